/** Seeds that were red once, and what they show. `npm test` runs them first. */
export const receiveRegressions: ReadonlyArray<{ seed: number; shows: string }> = [
	{ seed: 2120, shows: 'only a write that the system was given before its worker was frozen takes effect afterwards' },
	{ seed: 7342, shows: 'a stream is not received if its content was damaged and its ETag may be no checksum' },
	{ seed: 8483, shows: 'ranges of another size than before leave out what is there' },
	{ seed: 11542, shows: 'a file that gets another name the next time is resumed' },
	{ seed: 11812, shows: 'the same after a power failure that took the name of the whole file' },
	{ seed: 28862, shows: 'several streams at once succeed although their ETags are no checksums' },
];
