import type { Clock } from '../clock';

/** How far the attempts of one task have come. */
export interface Advance {
	/** To be told of each position that an attempt reaches, in bytes. */
	readonly reached: (position: number) => void;
	/** When an attempt last got farther than any before, see `RetryOptions.advancedAt`. */
	readonly at: () => number;
}

/**
 * A slow line on which bytes move is no outage. What breaks again and again at the same place is one, however long it takes to get there.
 * @param start where the first attempt begins
 */
export function createAdvance(clock: Pick<Clock, 'now'>, start = 0): Advance {
	let farthest = start;
	let advancedAt = -Infinity;
	return {
		reached: (position) => {
			if (position <= farthest) return;
			farthest = position;
			advancedAt = clock.now();
		},
		at: () => advancedAt,
	};
}
