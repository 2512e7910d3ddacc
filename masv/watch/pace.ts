import type { Clock } from '../clock';

/** How much one poll does. The next one continues with the rest. */
export interface Pace {
	/** Whether there is time for one more request that looks for events, and room for what it may find. */
	hasCapacity(found: number): boolean;
	/** To be called after each request that made progress. */
	advance(): void;
	/** Whether there was any progress. A poll makes at least one request, however slow the server is. */
	hasAdvanced(): boolean;
}

/** For the whole poll: looking for events, then requesting their details. */
export interface PollPace extends Pace {
	/** Whether there is time for the details of one more event. */
	hasTime(): boolean;
}

/** n8n cancels a poll that exceeds its budget. The rest is reserved for the last request to finish. */
const usableShare = 0.7;

/** How many events a poll looks for if each needs details; whole pages may exceed it. */
const maxDetailed = 300;

/** The share for finding events that need details. If finding took all the time, none would ever be emitted. */
const detailedShare = usableShare / 2;

/** @param isDetailed whether each event needs requests for its details before it is emitted */
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
