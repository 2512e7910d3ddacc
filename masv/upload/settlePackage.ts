import { isInProgress, isRejection } from '../answers';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { deletePackage } from '../packages/change';
import { findPackage } from '../packages/find';
import { cleanUpClient } from './cleanUp';
import type { Delivery } from './delivery';
import type { SendRequest } from './sendRequest';

/**
 * Adds the state of the package to the error, after deleting it if requested.
 * @param isRequested whether MASV may have been asked to finalize the package
 * @returns the error
 */
export async function reportOutcome(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	delivery: Pick<Delivery, 'guard' | 'record'>,
	isRequested: boolean,
	error: unknown,
): Promise<unknown> {
	if (!(error instanceof MasvError) || error.code === 'delivery_taken_over') return error;
	error.addHint(await settlePackage(client, packageId, request, delivery, isRequested, error));
	return error;
}

async function settlePackage(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	{ guard, record }: Pick<Delivery, 'guard' | 'record'>,
	isRequested: boolean,
	first: MasvError,
): Promise<string> {
	const cleaner = cleanUpClient(client);
	try {
		// In the portal of another team, only this delivery can finalize its package.
		const state = (await findPackage(cleaner, packageId))?.state ?? (isRequested ? 'unknown' : 'new');
		if (state === 'finalized') return `Package ${packageId} was finalized and delivered anyway.`;
		if (state === 'unknown') return `The state of package ${packageId} is unknown; check it in MASV.`;
		if (request.unfinished === 'keep') {
			first.facts.outcome = record === undefined ? 'kept' : 'resumable';
			return `Package ${packageId} was kept unfinished; no notifications were sent.`;
		}
		// A request whose outcome is open may still finalize it.
		const isRefused = isRejection(first) && !isInProgress(first);
		if (isRequested && !isRefused) return `The state of package ${packageId} is unknown; check it in MASV.`;
		await guard.check();
		await deletePackage(cleaner, packageId);
		await record?.remove();
		return `The unfinished package ${packageId} was deleted.`;
	} catch (second) {
		first.cause ??= second;
		return `The state of package ${packageId} is unknown; check it in MASV.`;
	}
}
