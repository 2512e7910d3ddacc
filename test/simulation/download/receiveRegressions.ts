/** Seeds that were red once, and what they show. `npm test` runs them first. */
export const receiveRegressions: ReadonlyArray<{ seed: number; shows: string }> = [
	{ seed: 2120, shows: 'only a write that the system was given before its worker was frozen takes effect afterwards' },
	{ seed: 7342, shows: 'a stream is not received if its content was damaged and its ETag may be no checksum' },
	{ seed: 8483, shows: 'ranges of another size than before leave out what is there' },
	{ seed: 11542, shows: 'a file that gets another name the next time is resumed' },
	{ seed: 11812, shows: 'the same after a power failure that took the name of the whole file' },
	{ seed: 13340, shows: 'the folder of a package stays its own after a power failure' },
	{ seed: 14573, shows: 'content that arrived damaged is not continued by a run that verifies nothing' },
	{
		seed: 15505,
		shows: 'a run that was frozen while it gave a file its name does not finish that once it was taken over',
	},
	{ seed: 21780, shows: 'such a run does not take the name from the file of another one' },
	{ seed: 28862, shows: 'several streams at once succeed although their ETags are no checksums' },
];
