import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { fetchPackage } from '../packages/find';
import type { Transfer } from './transfers';
import { connectionIdOf, fetchTransfersIfAny, startTransfer } from './transfers';
import { outcomeOf } from './transferState';
import { waitForDeliveries, waitTimeout } from './waitForTransfer';

export interface SendToStorageRequest {
	packageId: string;
	connectionId: string;
	/** Whether to start another transfer although one to this storage is complete. */
	again: boolean;
	/** How long to wait until the transfer is complete, in milliseconds. Undefined: MASV only starts it. */
	timeoutMs: number | undefined;
}

export interface SentToStorage {
	/** As MASV returned it last. */
	transfer: Transfer;
	/** Whether the transfer was running or complete before. */
	already_sent: boolean;
}

/**
 * Has MASV send a finalized package to a storage. A transfer to the same storage that is running or complete is not started
 * again, so that a repeated execution does not send everything twice.
 * @throws MasvError if the package cannot be sent, the transfer fails, or the time is up
 */
export async function sendToStorage(client: MasvClient, request: SendToStorageRequest): Promise<SentToStorage> {
	const { packageId, connectionId, again, timeoutMs } = request;
	await checkFinalized(client, packageId);
	const before = await fetchTransfersIfAny(client, packageId);
	const known = before?.findLast((transfer) => isTo(transfer, connectionId) && isUseful(transfer, again));
	const transfer = known ?? (await startTransfer(client, packageId, { cloud_connection_id: connectionId }, before));
	const result = { transfer, already_sent: known !== undefined };
	if (timeoutMs === undefined || outcomeOf(transfer.state) === 'complete') return result;
	const old = new Set(before?.map(({ id }) => id));
	const deliveries = await waitForDeliveries(client, packageId, timeoutMs, ({ id, isActivity, connectionId: to }) =>
		isActivity ? (to ?? connectionId) === connectionId : id === transfer.id || (to === connectionId && !old.has(id)),
	);
	if (deliveries === undefined) throw waitTimeout(packageId, 'sent to the storage');
	const after = (await fetchTransfersIfAny(client, packageId))?.find(({ id }) => id === transfer.id);
	return { ...result, transfer: after ?? { ...transfer, state: 'complete' } };
}

async function checkFinalized(client: MasvClient, packageId: string): Promise<void> {
	const { state } = await fetchPackage(client, packageId);
	if (state === undefined || state === 'finalized') return;
	throw new MasvInputError(`Package ${packageId} is ${state}. Only finalized packages can be sent to a storage`, {
		code: 'package_state_wrong',
		field: 'package',
		hint: state === 'new' ? 'Finalize the package first.' : 'Its files are deleted.',
	});
}

function isTo(transfer: Transfer, connectionId: string): boolean {
	return transfer.direction !== 'cloud_to_masv' && connectionIdOf(transfer) === connectionId;
}

/** Without a state, it is not known whether the transfer has failed. */
function isUseful({ state }: Transfer, again: boolean): boolean {
	const outcome = outcomeOf(state);
	return state !== undefined && (outcome === 'running' || (outcome === 'complete' && !again));
}
