import type { MasvClient } from '../client';
import { MasvConnectionError, MasvError, MasvInputError } from '../errors';
import { path } from '../path';
import type { RetryPolicy, Spent } from '../retry';
import { fifteenMinutesOfOutage, fifteenMinutesOfWork, minuteOfLag, noRetry } from '../retry';
import type { MasvPackage } from '../schemas';
import {
	hadNoEffect,
	isAlreadyDone,
	isIncompletePackage,
	isPackageInProgress,
	isRejection,
	isTransient,
	mayHaveSucceeded,
} from '../answers';
import { askAgain } from '../transfer/askAgain';
import { untilSettled } from '../transfer/untilSettled';
import { undefinedIf } from '../undefinedIf';
import { fetchPackageToken, findPackage } from './find';
import { isOpen } from './open';

export interface FinalizeOptions {
	policy?: RetryPolicy;
	/** What the caller has already used of the quarter of an hour for which MASV may be at work. */
	spent?: Spent;
	/** Whether an earlier request for the same may have been executed. "Already finalized" is then success. */
	wasRequested?: boolean;
	/** Called when a request failed or was canceled although MASV may have executed it, or may still do so. */
	onUncertain?: () => void;
}

/**
 * Finalizes a package: MASV sends emails, activates links and fires webhooks. After a lost response the state of the
 * package is read before the call is repeated; `finalized` counts as success. So does another 2xx than the documented one,
 * unless it comes with a page or the state contradicts it. While MASV is working on it, this waits and
 * asks again. docs/masv-api.md#finalizing-a-package
 * @throws MasvInputError if the package had been finalized before
 */
export async function finalizePackage(
	client: MasvClient,
	packageId: string,
	{ policy = fifteenMinutesOfOutage, spent, wasRequested = false, onUncertain }: FinalizeOptions = {},
): Promise<void> {
	const token = await fetchPackageToken(client, packageId, policy);
	/** Undefined if this key has no access to the package: it may be in another team's portal. */
	const readState = async (lookUp: RetryPolicy): Promise<string | undefined> =>
		(await findPackage(client, packageId, lookUp))?.state;
	const settledState = async (refusal: unknown): Promise<string | undefined> =>
		await untilSettled(
			client,
			policy,
			async () => await readState(policy),
			(state) => (state === 'new' && isAlreadyDone(refusal) ? 'behind' : 'settled'),
		);
	const reportUncertain = (error: unknown): void => {
		const isLost = mayHaveSucceeded(error) && !hadNoEffect(error);
		// MASV goes on with a request that nobody waits for any more.
		const isAbandoned = client.signal?.aborted === true;
		if (isPackageInProgress(error) || isLost || isAbandoned) onUncertain?.();
	};
	let isRepeat = wasRequested;
	/** MASV has answered that it is done, although not with the documented status, and nothing has contradicted it. */
	let isConfirmed = false;
	const request = async (): Promise<void> => {
		const ask = async (): Promise<boolean | void> =>
			await client.call<boolean | void>({
				operation: `finalize package ${packageId}`,
				method: 'POST',
				path: path`/v1/packages/${packageId}/finalize`,
				authorization: { kind: 'package', token },
				expectNoContent: true,
				policy,
				endsAt: isPackageInProgress,
				recoverResult: async (lost) => {
					isRepeat = true;
					reportUncertain(lost);
					isConfirmed ||= lost instanceof MasvConnectionError && lost.code === 'response_undocumented';
					// No retries: this call retries already, and each of its attempts would start a new retry budget.
					const state = await readState(noRetry).catch((error: unknown) => {
						if (isConfirmed && isRejection(error) && !isTransient(error)) return 'finalized';
						throw error;
					});
					if (state !== undefined) isConfirmed = state === 'finalized';
					return state === 'finalized' ? true : undefined;
				},
			});
		// A page is a gateway's, and says nothing about the package.
		await askAgain(client, minuteOfLag(policy), ask);
	};
	/** What a rejection means: the state of the package decides. */
	const judge = async (error: unknown): Promise<void> => {
		// All that failed is looking at the state.
		if (isConfirmed && isTransient(error)) return;
		reportUncertain(error);
		if (!isRejection(error) && !isPackageInProgress(error)) throw error;
		const state = await settledState(error).catch((second: unknown) => void ((error as Error).cause ??= second));
		// MASV's word that it is done outweighs a state that is out of date. So does an earlier word, of which a refusal without a
		// reason may be the consequence, where this key cannot see the state.
		const isDone =
			state === 'finalized' ||
			(isAlreadyDone(error) && isOpen({ state })) ||
			(isConfirmed && state === undefined && !isIncompletePackage(error));
		if (!isDone) {
			if (isPackageInProgress(error)) isRepeat = true;
			throw error;
		}
		if (isRepeat) return;
		throw new MasvInputError(`Package ${packageId} has already been finalized`, {
			code: 'package_already_finalized',
			field: 'package',
			hint: 'A finalized package does not accept more files and cannot be finalized again. Create a new package.',
			cause: error,
		});
	};
	await client.retry(
		async () => {
			await request().catch(judge);
		},
		{
			policy: fifteenMinutesOfWork,
			isTransient: isPackageInProgress,
			spent,
		},
	);
}

/**
 * A package that was finalized, as MASV shows it now. What fails here is no failure: the package is finalized.
 * @param before the package as it was before
 * @param known what it contains, if that is known: MASV may still show it as it was before
 */
export async function fetchFinalized(
	client: MasvClient,
	before: MasvPackage,
	known: Pick<MasvPackage, 'size' | 'total_files'> = {},
): Promise<MasvPackage> {
	const found = await undefinedIf((error) => error instanceof MasvError, findPackage(client, before.id));
	return asFinalized(found ?? before, known);
}

/** A package that was finalized. MASV may still show the state from before; any other is from after: it may have expired. */
export function asFinalized(found: MasvPackage, known: Pick<MasvPackage, 'size' | 'total_files'> = {}): MasvPackage {
	return isOpen(found) ? { ...found, ...known, state: 'finalized' } : found;
}
