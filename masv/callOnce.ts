import { hadNoEffect, mayHaveSucceeded } from './answers';
import type { ApiCall } from './apiCall';
import type { MasvClient } from './client';
import { MasvConnectionError } from './errors';
import { fiveSecondsOfOutage } from './retry';
import { untilSettled } from './transfer/untilSettled';

/**
 * Makes a call that must not take effect twice, and is repeated only after MASV was asked what became of a lost one.
 * @param look asks MASV, again and again while nothing is found: a list may be behind. Undefined: the lost call had no effect.
 * Whatever it throws for good means that this is not known
 * @param uncertain the error for that
 * @throws that error, also if MASV could not be asked before the time for retries was over
 */
export async function callOnce<T>(
	client: MasvClient,
	call: ApiCall<T>,
	look: (lost: unknown) => Promise<T | undefined>,
	uncertain: (lost: unknown) => MasvConnectionError,
): Promise<T> {
	/** The error of a call of which nothing has shown what became of it. */
	let unexplained: unknown;
	try {
		return await client.call({
			...call,
			recoverResult: async (lost) => {
				if (hadNoEffect(lost)) return undefined;
				unexplained = lost;
				const found = await findLost(client, async () => await look(lost));
				// MASV has accepted a request whose response arrived, even if it cannot be read.
				const wasAccepted = lost instanceof MasvConnectionError && lost.status !== undefined;
				if (found === undefined && wasAccepted) throw uncertain(lost);
				unexplained = undefined;
				return found;
			},
		});
	} catch (error) {
		if (client.signal?.aborted === true) throw error;
		const isLost = mayHaveSucceeded(error) && !hadNoEffect(error);
		const lost = unexplained ?? (isLost ? error : undefined);
		throw lost === undefined ? error : uncertain(lost);
	}
}

/**
 * Looks for what a call without a response has done, for some seconds while nothing is found: the list may be behind. Not longer: it is
 * the time in which the call itself can be repeated.
 */
export async function findLost<T>(client: MasvClient, look: () => Promise<T | undefined>): Promise<T | undefined> {
	return await untilSettled(client, fiveSecondsOfOutage, look, (found) => (found === undefined ? 'behind' : 'settled'));
}
