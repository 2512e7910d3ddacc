import type { Clock } from '../retry';

/** How far one poll goes. What it leaves is for the next one. */
export interface Pace {
	/** Whether there is time for one more request, and room for more events. */
	goesOn(found: number): boolean;
	/** Told after each request that has brought the poll further. */
	advance(): void;
	/** Whether anything has been done. A poll does at least one thing, so that it gets on however slow the server is. */
	hasAdvanced(): boolean;
}

/** n8n gives up on a poll that uses more than its budget. The rest is for the request that is under way by then. */
const usableShare = 0.7;

/** @param most events that are found before it stops, as far as whole pages allow */
export function createPace(clock: Clock, budgetMs: number, most = Infinity): Pace {
	const startedAt = clock.now();
	let steps = 0;
	return {
		goesOn: (found) => steps === 0 || (found < most && clock.now() - startedAt < budgetMs * usableShare),
		advance: () => void steps++,
		hasAdvanced: () => steps > 0,
	};
}
