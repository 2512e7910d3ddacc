import { isRejection } from '../answers';
import type { MasvClient } from '../client';
import { fetchOnceFinalized } from '../packages/fetchOnceFinalized';
import { fifteenMinutesOfOutage } from '../retry';
import type { JournalRecord } from '../transfer/journal';
import { untilSettled } from '../transfer/untilSettled';
import { takeDelivery } from '../upload/delivery';
import type { UploadOptions } from '../upload/uploadOptions';
import type { Deliveries, Delivery, Seen } from './deliveries';
import { fetchDeliveriesIfAny, isNewSince, mayBeTo, toSeen } from './deliveries';
import type { SendNotes } from './sendNotes';
import { noteSend, readSendNotes } from './sendNotes';
import type { Transfer } from './transfers';
import { fetchTransfersIfAny, isStartUncertain, mayHaveStarted, startTransfer, startUncertain } from './transfers';
import { outcomeOf } from './transferState';
import { waitForDeliveries, waitTimeout } from './waitForTransfer';

export interface SendToStorageRequest extends Pick<UploadOptions, 'journal' | 'leases'> {
	packageId: string;
	connectionId: string;
	/** Whether to start another transfer although one to this storage is complete. */
	again: boolean;
	/** How long to wait until the transfer is complete, in milliseconds. Undefined: MASV only starts it. */
	timeoutMs: number | undefined;
	/** Identifies this run: one that is started again gets the same transfer. */
	run: string;
}

export interface SentToStorage {
	/** As MASV returned it last. */
	transfer: Transfer;
	/** Whether the transfer was running or complete before. */
	already_sent: boolean;
}

type Begun = SentToStorage & { before: Seen };

/**
 * Has MASV send a finalized package to a storage. A transfer to the same storage that is running or complete is not started
 * again, so that a repeated execution does not send everything twice. Nor does the next run start another one for a run that
 * died before it got its result, even to send again.
 * @throws MasvError if the package cannot be sent, the transfer fails, or the time is up
 */
export async function sendToStorage(client: MasvClient, request: SendToStorageRequest): Promise<SentToStorage> {
	const { packageId, timeoutMs, run } = request;
	await fetchOnceFinalized(client, packageId, 'sent to a storage');
	const done = { kind: 'done', run } as const;
	const begun = await withRecord(client, request, async (guarded, record) => {
		const result = await begin(guarded, request, record);
		if (timeoutMs === undefined) await noteSend(record, done);
		return result;
	});
	const { already_sent } = begun;
	if (timeoutMs === undefined) return { transfer: begun.transfer, already_sent };
	const transfer = await waitUntilSent(client, request, begun, timeoutMs);
	await withRecord(client, request, async (_, record) => await noteSend(record, done));
	return { transfer, already_sent };
}

/** One run at a time looks for a transfer and starts one. While it waits for the transfer to complete, others may do the same. */
async function withRecord<T>(
	client: MasvClient,
	{ packageId, connectionId, journal, leases }: SendToStorageRequest,
	work: (guarded: MasvClient, record: JournalRecord | undefined) => Promise<T>,
): Promise<T> {
	const key = client.recordKey(['send to storage', packageId, connectionId]);
	const taken = await takeDelivery(client, { journal, leases, ifRunning: 'wait' }, key);
	try {
		return await work(client.withGuard(taken.guard), taken.record);
	} finally {
		await taken.end();
	}
}

async function begin(
	client: MasvClient,
	{ packageId, connectionId, again, run }: SendToStorageRequest,
	record: JournalRecord | undefined,
): Promise<Begun> {
	const notes = readSendNotes(record?.lines ?? []);
	const isOver = notes.before === undefined || (notes.doneBy.size > 0 && !notes.doneBy.has(run));
	const list = async (): Promise<Deliveries> => await fetchDeliveriesIfAny(client, packageId);
	// The run may have been killed after MASV received its request, and the list may be behind.
	const found = await untilSettled(client, fifteenMinutesOfOutage, list, (deliveries) => {
		const isAwaited = !isOver && notes.transferId === undefined && (notes.toldBy ?? run) === run && deliveries.isKnown;
		return isAwaited && findListed(deliveries, notes, connectionId) === undefined ? 'behind' : 'settled';
	});
	const own = isOver ? undefined : findOwn(found, notes, connectionId);
	const tell = async (): Promise<void> => await noteSend(record, { kind: 'told', run });
	// Only one run reports this. A run that is started after it is to start another transfer.
	if (own === 'unknown' && (notes.toldBy ?? run) === run) {
		await tell();
		throw startUncertain(packageId);
	}
	// MASV may not return where a transfer goes. Of the one noted here, it is known.
	const useful = found.all.findLast(
		({ id, connectionId: to, outcome }) =>
			(to === connectionId || id === notes.transferId) && (outcome === 'running' || (outcome === 'complete' && !again)),
	);
	const known = own === 'unknown' ? useful : (own ?? useful);
	const before = toSeen(found, known);
	await noteSend(record, { kind: 'start', before });
	const start = async (): Promise<Transfer> => {
		try {
			return await startTransfer(client, packageId, { cloud_connection_id: connectionId }, found.transfers);
		} catch (error) {
			if (isStartUncertain(error)) await tell();
			// Nothing was started that the next run should wait for.
			else if (isRejection(error) && !mayHaveStarted(error)) await record?.remove();
			throw error;
		}
	};
	const transfer = known?.record ?? (await start());
	await noteSend(record, { kind: 'transfer', id: transfer.id });
	return { transfer, already_sent: known !== undefined, before };
}

/** The transfer of a run that did not get its result, unless it has failed. `unknown`: there may be one */
function findOwn(
	deliveries: Deliveries,
	notes: SendNotes,
	connectionId: string,
): Pick<Delivery, 'id' | 'record'> | 'unknown' | undefined {
	const { transferId } = notes;
	const own = findListed(deliveries, notes, connectionId);
	if (own !== undefined) return own.outcome === 'failed' ? undefined : own;
	if (transferId !== undefined) return { id: transferId, record: { id: transferId } };
	return deliveries.transfers === undefined ? 'unknown' : undefined;
}

/** The same as MASV lists it, also if it has failed. */
function findListed(
	{ all }: Deliveries,
	{ before, transferId }: SendNotes,
	connectionId: string,
): Delivery | undefined {
	return all.findLast(
		(delivery) =>
			mayBeTo(connectionId, delivery) &&
			(delivery.id === transferId || (before !== undefined && isNewSince(before, delivery))),
	);
}

async function waitUntilSent(
	client: MasvClient,
	request: SendToStorageRequest,
	{ transfer, before }: Begun,
	timeoutMs: number,
): Promise<Transfer> {
	const { packageId, connectionId } = request;
	if (outcomeOf(transfer.state) === 'complete') return transfer;
	const isAwaited = (delivery: Delivery): boolean =>
		delivery.id === transfer.id || (mayBeTo(connectionId, delivery) && isNewSince(before, delivery));
	const deliveries = await waitForDeliveries(client, packageId, timeoutMs, isAwaited);
	const listed = await fetchTransfersIfAny(client, packageId);
	const after = listed?.find(({ id }) => id === transfer.id);
	if (deliveries !== undefined) return after ?? { ...transfer, state: 'complete' };
	// The next run must not wait for a transfer that MASV no longer lists.
	if (listed !== undefined && after === undefined)
		await withRecord(client, request, async (_, record) => await record?.remove());
	throw waitTimeout(packageId, 'sent to the storage');
}
