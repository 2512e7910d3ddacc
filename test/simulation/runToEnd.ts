import type { Timeline } from './timeline';

export interface Limits {
	/** A history that needs more events does not end. */
	maxEvents: number;
	/** How long to go on after the last run, for what happens late. Milliseconds. */
	aftermathMs: number;
}

/** Lets everything happen until all is done and over, or fails if that does not end. */
export async function runToEnd(
	{ timeline, judge }: { timeline: Timeline; judge: { fail(rule: 'every run ends', text: string): void } },
	directors: ReadonlyArray<{ isDone: boolean; runs: ReadonlyArray<{ name: string; result?: unknown }> }>,
	{ maxEvents, aftermathMs }: Limits,
): Promise<void> {
	let isGoingOn = true;
	let overAt: number | undefined;
	while (isGoingOn && timeline.count < maxEvents && (overAt === undefined || timeline.nowMs < overAt + aftermathMs)) {
		isGoingOn = await timeline.step();
		if (overAt === undefined && directors.every(({ isDone }) => isDone)) overAt = timeline.nowMs;
	}
	if (overAt !== undefined) return;
	const hanging = directors.flatMap(({ runs }) => runs).filter(({ result }) => result === undefined);
	judge.fail('every run ends', `${hanging.map(({ name }) => name).join(', ')}: no end after ${timeline.count} events`);
}
