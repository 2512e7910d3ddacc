import { isRefusedState } from '../answers';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { deletePackage } from '../packages/change';
import { isDeleted } from '../packages/deleted';
import { findPackage } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import { cleanUpClient } from '../transfer/cleanUp';
import { untilSettled } from '../transfer/untilSettled';
import type { Delivery } from './delivery';
import { isNoting } from './notes';
import type { SendRequest } from './sendRequest';

/** How far a package is. `uncertain`: a request to finalize it may still be executed. `finalized`: whatever MASV shows. */
export type PackageProgress = 'open' | 'uncertain' | 'finalized';

/** What is left of the delivery of the package. */
interface Left extends Pick<Delivery, 'guard' | 'record'> {
	/** Whether the next run begins another package. */
	isGivenUp?: boolean;
}

/**
 * Adds the state of the package to the error, after deleting it if requested.
 * @returns the error
 */
export async function reportOutcome(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	delivery: Left,
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
	{ guard, record, isGivenUp = false }: Left,
	progress: PackageProgress,
	first: MasvError,
): Promise<string> {
	const delivered = `Package ${packageId} was finalized and delivered anyway.`;
	if (progress === 'finalized' || first.code === 'package_already_finalized') return delivered;
	const outcome = isGivenUp ? 'lost' : outcomeOf(client, record);
	let state: MasvPackage['state'];
	try {
		const mayBeBehind = progress === 'open' && request.unfinished === 'delete' && isRefusedState(first);
		const seen = mayBeBehind ? await lookWhileNew(client, packageId, request) : undefined;
		// Undefined in the portal of another team, where only this delivery can finalize its package.
		state = (seen ?? (await findPackage(cleanUpClient(client), packageId)))?.state;
	} catch (second) {
		// Often the same outage that made the upload fail: the next run can continue it.
		first.facts.outcome = outcome;
		return unknownState(packageId, first, second);
	}
	if (state === 'finalized') return delivered;
	const uncertain = `It is uncertain whether package ${packageId}`;
	if (isDeleted({ state })) {
		if (progress === 'uncertain') return `${uncertain} was delivered: it is ${state} now.`;
		first.facts.outcome = 'lost';
		return `Package ${packageId} is ${state} now: its files were deleted.`;
	}
	if (progress === 'uncertain') {
		// Deleting it could delete a package that has been delivered.
		first.facts.outcome = outcome;
		return `${uncertain} is delivered: MASV may still finalize it.`;
	}
	// A file of somebody else is not deleted with it.
	if (request.unfinished === 'keep' || first.code === 'package_file_unknown') {
		first.facts.outcome = outcome;
		return `Package ${packageId} was kept unfinished; no notifications were sent.`;
	}
	try {
		await guard.check();
		// Forgotten first: a run that knows the package could go on with it while it is being deleted.
		await record?.remove();
		if (record?.hasFailed?.() === true)
			return `Package ${packageId} was kept unfinished, because its notes cannot be removed.`;
		await deletePackage(cleanUpClient(client), packageId);
		return `The unfinished package ${packageId} was deleted.`;
	} catch (second) {
		return unknownState(packageId, first, second);
	}
}

function unknownState(packageId: string, first: MasvError, second: unknown): string {
	first.cause ??= second;
	return `The state of package ${packageId} is unknown; check it in MASV.`;
}

/**
 * What MASV refuses to change may have been delivered by a run that could not note that, and its state may be shown as it was before:
 * nothing is deleted because of that.
 */
async function lookWhileNew(
	client: MasvClient,
	packageId: string,
	{ policy = fifteenMinutesOfOutage }: SendRequest,
): Promise<MasvPackage | undefined> {
	const look = async () => await findPackage(client, packageId);
	return await untilSettled(client, policy, look, (found) => (found?.state === 'new' ? 'behind' : 'settled'));
}

/**
 * Who can complete the package. `lost`: nobody, because its token is not noted, and there is no account to look it up with.
 */
function outcomeOf(client: MasvClient, record: Delivery['record']): 'resumable' | 'kept' | 'lost' {
	if (isNoting(record) && client.canSeal) return 'resumable';
	return client.hasAccount ? 'kept' : 'lost';
}
