import type { IPollFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { MasvCancelledError, MasvConnectionError } from '../../../masv/errors';
import { connectForPoll } from '../connect';

/**
 * For a version of n8n that does not report how long a poll may take; it starts at most one poll per minute. Also the
 * maximum we use: for the poll that activates a workflow, n8n reports five minutes but stops waiting after 84 seconds.
 * Milliseconds.
 */
export const usualBudgetMs = 60_000;

/** Stops a hanging request before n8n aborts the whole poll. */
const signalShare = 0.95;

/** How long this poll may take according to n8n, in milliseconds. */
export function readBudget(n8n: Partial<IPollFunctions>): number {
	const budgetMs = typeof n8n.getPollBudgetMs === 'function' ? n8n.getPollBudgetMs() : usualBudgetMs;
	return budgetMs > 0 ? budgetMs : usualBudgetMs;
}

/**
 * Runs `work` with a client that stops when the time for the poll has passed.
 * @throws MasvConnectionError if time ran out, and whatever `work` throws
 */
export async function withinBudget<T>(
	n8n: IPollFunctions,
	budgetMs: number,
	work: (masv: MasvClient) => Promise<T>,
): Promise<T> {
	const masv = await connectForPoll(n8n, budgetMs * signalShare);
	try {
		return await work(masv);
	} catch (error) {
		if (!(error instanceof MasvCancelledError)) throw error;
		throw new MasvConnectionError(`MASV did not respond within the ${budgetMs / 1000} s allowed for a poll`, {
			code: 'poll_timeout',
			hint: 'No events are lost; the next poll starts from the same point.',
			cause: error,
		});
	}
}
