import type { MasvClient } from '../client';
import { MasvError, MasvInputError } from '../errors';
import { deletePackage, updateTexts } from '../packages/change';
import { createPackage } from '../packages/create';
import { isDeleted } from '../packages/deleted';
import { findPackage } from '../packages/find';
import { isOpen } from '../packages/open';
import type { MasvPackage } from '../schemas';
import { fifteenMinutesOfOutage } from '../retry';
import type { JournalRecord } from '../transfer/journal';
import { cleanUpClient } from '../transfer/cleanUp';
import { untilSettled } from '../transfer/untilSettled';
import { fetchConnection } from './connections';
import type { PullNotes } from './pullNotes';
import { notePull } from './pullNotes';
import type { PullRequest } from './pullRequest';
import type { Transfer, TransferRequest } from './transfers';
import { fetchTransfersIfAny, isStartUncertain, mayHaveStarted, startTransfer, startUncertain } from './transfers';

/** A package, and the transfer that fills it. */
export interface StartedPull {
	package: MasvPackage;
	transfer: Transfer;
}

/** Creates a package and has MASV fill it. If that is refused, the package is deleted. */
export async function startPull(
	client: MasvClient,
	request: PullRequest,
	record: JournalRecord | undefined,
): Promise<StartedPull> {
	const body = await transferBody(client, request);
	const created = await createPackage(client, { kind: 'team', request: request.package });
	await notePull(record, { kind: 'package', id: created.id });
	try {
		return { package: created, transfer: await startNoted(client, created.id, body, record) };
	} catch (error) {
		if (isStartUncertain(error)) await notePull(record, { kind: 'told', run: request.run });
		if (error instanceof MasvError) error.addHint(await settle(client, created.id, error, record));
		throw error;
	}
}

/**
 * Continues with the package of a run that was interrupted.
 * @returns undefined if there is nothing to continue
 * @throws MasvConnectionError if it is not known whether the transfer was started
 */
export async function resumePull(
	client: MasvClient,
	request: PullRequest,
	{ packageId, transfer: noted, toldBy }: PullNotes,
	record: JournalRecord | undefined,
): Promise<StartedPull | undefined> {
	if (packageId === undefined) return undefined;
	const found = await findPackage(client, packageId);
	if (found === undefined || isDeleted(found)) return undefined;
	const update = async (): Promise<MasvPackage> => await updateTexts(client, found, request.package, request.onWarning);
	if (noted !== undefined) return { package: await update(), transfer: noted };
	// The run may have been killed after MASV received its request, and the list may be behind.
	const list = async (): Promise<Transfer[] | undefined> => await fetchTransfersIfAny(client, packageId);
	const listed = await untilSettled(client, fifteenMinutesOfOutage, list, (transfers) =>
		transfers?.length === 0 && isOpen(found) ? 'behind' : 'settled',
	);
	const [running] = listed ?? [];
	if (running !== undefined) return { package: await update(), transfer: running };
	if (listed === undefined) {
		// Only one run reports this. A run that is started after it is to create another package.
		if (toldBy !== undefined && toldBy !== request.run) return undefined;
		await notePull(record, { kind: 'told', run: request.run });
		throw startUncertain(packageId);
	}
	if (!isOpen(found)) return undefined;
	return {
		package: await update(),
		transfer: await startNoted(client, packageId, await transferBody(client, request), record),
	};
}

async function startNoted(
	client: MasvClient,
	packageId: string,
	body: TransferRequest,
	record: JournalRecord | undefined,
): Promise<Transfer> {
	const transfer = await startTransfer(client, packageId, body, []);
	await notePull(record, { kind: 'transfer', transfer });
	return transfer;
}

async function transferBody(client: MasvClient, request: PullRequest): Promise<TransferRequest> {
	const { connectionId, sources, notifyEmail } = request;
	const { provider } = await fetchConnection(client, connectionId);
	if (provider === undefined) {
		throw new MasvInputError(`MASV does not return the provider of storage connection ${connectionId}`, {
			code: 'storage_provider_unknown',
			field: 'connection',
			hint: 'The transfer cannot be started without it. Check the connection in MASV.',
		});
	}
	return {
		cloud_connection_id: connectionId,
		direction: 'cloud_to_masv',
		provider,
		files: sources.map(({ id, name, kind }) => ({ id, name, kind })),
		...(notifyEmail !== undefined && { notify_email: notifyEmail }),
	};
}

/** An empty package is of no use, so it is deleted, unless a transfer to it may be running. @returns what is left in MASV */
async function settle(
	client: MasvClient,
	packageId: string,
	error: MasvError,
	record: JournalRecord | undefined,
): Promise<string> {
	if (mayHaveStarted(error) || client.signal?.aborted === true) {
		return `Package ${packageId} was created, and a transfer to it may be running.`;
	}
	try {
		await record?.remove();
		await deletePackage(cleanUpClient(client), packageId);
		return `The empty package ${packageId} was deleted.`;
	} catch (second) {
		error.cause ??= second;
		return `The empty package ${packageId} could not be deleted; delete it in MASV.`;
	}
}
