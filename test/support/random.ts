/** Random integers between `min` and `max` inclusive. The same seed gives the same sequence. */
export function randomOf(seed: number): (min: number, max: number) => number {
	let state = seed >>> 0;
	return (min, max) => {
		// mulberry32
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
		return min + Math.floor(share * (max - min + 1));
	};
}
