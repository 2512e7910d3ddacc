import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { deletePackage } from '../packages/change';
import { findPackage } from '../packages/find';
import { cleanUpClient } from '../transfer/cleanUp';
import type { Delivery } from './delivery';
import type { SendRequest } from './sendRequest';

/** How far a package is. `uncertain`: a request to finalize it may still be executed. `finalized`: whatever MASV shows. */
export type PackageProgress = 'open' | 'uncertain' | 'finalized';

/**
 * Adds the state of the package to the error, after deleting it if requested.
 * @returns the error
 */
export async function reportOutcome(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	delivery: Pick<Delivery, 'guard' | 'record'>,
	progress: PackageProgress,
	error: unknown,
): Promise<unknown> {
	if (!(error instanceof MasvError)) return error;
	const takenOver = await whyNotHeld(delivery);
	if (takenOver !== undefined) {
		// What failed is of no interest: the other run has changed what this one was working on.
		takenOver.cause ??= error;
		return takenOver;
	}
	error.addHint(await settlePackage(client, packageId, request, delivery, progress, error));
	return error;
}

async function whyNotHeld({ guard }: Pick<Delivery, 'guard'>): Promise<MasvError | undefined> {
	try {
		await guard.check();
		return undefined;
	} catch (error) {
		return error instanceof MasvError ? error : undefined;
	}
}

async function settlePackage(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	{ guard, record }: Pick<Delivery, 'guard' | 'record'>,
	progress: PackageProgress,
	first: MasvError,
): Promise<string> {
	const cleaner = cleanUpClient(client);
	try {
		// Undefined in the portal of another team, where only this delivery can finalize its package.
		const state = (await findPackage(cleaner, packageId))?.state;
		const isFinalized = progress === 'finalized' || state === 'finalized' || first.code === 'package_already_finalized';
		if (isFinalized) return `Package ${packageId} was finalized and delivered anyway.`;
		const isNoted = record !== undefined && record.hasFailed?.() !== true;
		const outcome = isNoted ? 'resumable' : 'kept';
		if (progress === 'uncertain') {
			// Deleting it could delete a package that has been delivered.
			first.facts.outcome = outcome;
			return `It is uncertain whether package ${packageId} is delivered: MASV may still finalize it.`;
		}
		if (request.unfinished === 'keep') {
			first.facts.outcome = outcome;
			return `Package ${packageId} was kept unfinished; no notifications were sent.`;
		}
		await guard.check();
		// Forgotten first: a run that knows the package could go on with it while it is being deleted.
		await record?.remove();
		if (record?.hasFailed?.() === true)
			return `Package ${packageId} was kept unfinished, because its notes cannot be removed.`;
		await deletePackage(cleaner, packageId);
		return `The unfinished package ${packageId} was deleted.`;
	} catch (second) {
		first.cause ??= second;
		return `The state of package ${packageId} is unknown; check it in MASV.`;
	}
}
