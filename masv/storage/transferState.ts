/** What a state means for someone who waits. Transfers presumably have the states of activities: docs/masv-api.md#activities */
export type Outcome = 'running' | 'complete' | 'failed';

/** `complete` is the only word known for success; the others are what a service would call the same. */
const outcomes = new Map<string, Outcome>([
	['complete', 'complete'],
	['completed', 'complete'],
	['error', 'failed'],
	['failed', 'failed'],
	['cancelled', 'failed'],
	['canceled', 'failed'],
]);

export function outcomeOf(state: string | undefined): Outcome {
	return outcomes.get(state?.toLowerCase() ?? '') ?? 'running';
}

/**
 * A failure counts once it is seen twice in a row: states "could transition back and forth multiple times"
 * (docs/masv-api.md#activities), and MASV may be about to try again.
 */
export function createConfirmation(): (seen: string | undefined) => boolean {
	let before: string | undefined;
	return (seen) => {
		const isRepeated = seen !== undefined && seen === before;
		before = seen;
		return isRepeated;
	};
}
