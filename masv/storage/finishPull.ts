import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { deletedBefore, isDeleted } from '../packages/deleted';
import { fetchFiles, isSentFile } from '../packages/files';
import { finalizePackage } from '../packages/finalize';
import { fetchPackage } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvFile, MasvPackage } from '../schemas';
import { untilSettled } from '../transfer/untilSettled';
import { waitFor } from '../waitFor';
import { findFailureReason } from './failureReason';
import type { StorageSource, Transfer } from './transfers';
import { fetchTransfersIfAny } from './transfers';
import { createConfirmation, outcomeOf } from './transferState';

/**
 * Waits until the files of a storage are in their package, and finalizes it unless MASV does: whether it does so is not
 * documented (docs/masv-api.md#storage-connections-and-transfers).
 * @returns the transfer as MASV returned it last; undefined if the time is up
 * @throws MasvError if the transfer fails, or files are missing although it is complete
 */
export async function finishPull(
	client: MasvClient,
	packageId: string,
	started: Transfer,
	sources: StorageSource[],
	timeoutMs: number,
): Promise<Transfer | undefined> {
	const patient = client.withPolicy(fifteenMinutesOfOutage);
	const isConfirmed = createConfirmation();
	let latest = started;
	return await waitFor(client, timeoutMs, async () => {
		const found = await fetchPackage(patient, packageId);
		latest = (await findTransfer(patient, packageId, started.id)) ?? latest;
		if (found.state === 'finalized') return { ...latest, state: 'complete' };
		const outcome = isDeleted(found) ? 'failed' : outcomeOf(latest.state);
		// MASV may be about to finalize the package, or to try again.
		if (!isConfirmed(outcome === 'running' ? undefined : outcome)) return undefined;
		if (outcome === 'failed') throw await pullFailed(patient, found, latest);
		await checkArrived(patient, packageId, sources);
		await finalizePackage(patient, packageId, { wasRequested: true });
		return latest;
	});
}

/** Undefined on a server without the list, or one that does not list this transfer yet. */
async function findTransfer(client: MasvClient, packageId: string, id: string): Promise<Transfer | undefined> {
	return (await fetchTransfersIfAny(client, packageId))?.find((transfer) => transfer.id === id);
}

/**
 * Recipients get what is in the package when it is finalized. The contents of folders are not known. The list may be behind the
 * transfer, and what it lacks for good is transferred again. What it shows as unfinished for good is left to MASV, which does not
 * finalize a package with such a file.
 */
async function checkArrived(client: MasvClient, packageId: string, sources: StorageSource[]): Promise<void> {
	const look = async (): Promise<{ missing: StorageSource[]; isFinished: boolean }> => {
		const files = (await fetchFiles(client, packageId)).filter((file) => file.kind !== 'directory' && isSentFile(file));
		return { missing: findMissing(sources, files), isFinished: files.every(({ completed }) => completed !== false) };
	};
	const { missing } = await untilSettled(client, fifteenMinutesOfOutage, look, (seen) =>
		seen.missing.length === 0 && seen.isFinished ? 'settled' : 'behind',
	);
	if (missing.length === 0) return;
	const examples = missing.slice(0, 3).map(({ name }) => `"${name}"`);
	throw new MasvError(
		`The transfer to package ${packageId} is complete, but ${missing.length} of its files are missing: ${examples.join(', ')}`,
		{ code: 'storage_transfer_incomplete', hint: 'The package was not finalized. Check it in MASV.' },
	);
}

/** Files of several folders may have the same name. If there are as many as there should be, MASV has given some of them another one. */
function findMissing(sources: StorageSource[], files: MasvFile[]): StorageSource[] {
	const left = new Map<string | undefined, number>();
	for (const { name } of files) left.set(name, (left.get(name) ?? 0) + 1);
	const wanted = sources.filter(({ kind }) => kind !== 'directory');
	const isCounted = wanted.length === sources.length && files.length >= wanted.length;
	if (isCounted && wanted.every(({ name }) => left.has(name))) return [];
	return wanted.filter(({ name }) => {
		const count = left.get(name) ?? 0;
		left.set(name, count - 1);
		return count <= 0;
	});
}

async function pullFailed(client: MasvClient, found: MasvPackage, transfer: Transfer): Promise<MasvError> {
	const { id } = found;
	const reason = await findFailureReason(client, id, transfer, 'package_upload_to_masv');
	// MASV also deletes a package whose transfer fails. Without a failure, someone has deleted it, or its time was up.
	if (reason === undefined && outcomeOf(transfer.state) !== 'failed') return deletedBefore(found, 'complete');
	return new MasvError(
		`The transfer from the storage to package ${id} failed: ${reason ?? 'MASV does not return a reason'}`,
		{ code: 'storage_transfer_failed', hint: 'Check the connection in MASV (credentials, permissions) and the files.' },
	);
}
