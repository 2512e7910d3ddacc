import type { Clock } from '../clock';

/** How far one poll goes. What it leaves is for the next one. */
export interface Pace {
	/** Whether there is time for one more request that looks for events, and room for more of them. */
	hasCapacity(found: number): boolean;
	/** Told after each request that has brought the poll further. */
	advance(): void;
	/** Whether anything has been done. A poll does at least one thing, so that it gets on however slow the server is. */
	hasAdvanced(): boolean;
}

/** The same for all of the poll: looking for events, and then asking about those. */
export interface PollPace extends Pace {
	/** Whether there is time for one more request about what was found. */
	hasTime(): boolean;
}

/** n8n gives up on a poll that uses more than its budget. The rest is for the request that is under way by then. */
const usableShare = 0.7;

/** Events with details that are found at most, as far as whole pages allow, before they are handed over. */
const maxDetailed = 300;

/** What is found would never be handed over if looking for it took all the time, poll after poll. */
const detailedShare = usableShare / 2;

/** @param isDetailed what is found takes requests of its own before it is handed over */
export function createPace(clock: Clock, budgetMs: number, isDetailed: boolean): PollPace {
	const startedAt = clock.now();
	const isWithin = (share: number): boolean => clock.now() - startedAt < budgetMs * share;
	let steps = 0;
	return {
		hasCapacity: (found) =>
			steps === 0 || (isDetailed ? found < maxDetailed && isWithin(detailedShare) : isWithin(usableShare)),
		hasTime: () => isWithin(usableShare),
		advance: () => void steps++,
		hasAdvanced: () => steps > 0,
	};
}
