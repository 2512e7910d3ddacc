import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { deletedBefore, isDeleted } from '../packages/deleted';
import { fetchPackage } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import { waitFor } from '../waitFor';
import type { Delivery } from './deliveries';
import { fetchDeliveries, latestToEach } from './deliveries';
import { findFailureReason } from './failureReason';
import { createConfirmation } from './transferState';

/**
 * Waits until the latest transfer of a package to each storage is complete.
 * @param concerns which storages to wait for. Without a match, it waits for one
 * @returns undefined if the time is up
 * @throws MasvError with MASV's reason if one has failed and none is running; if the package was deleted
 */
export async function waitForDeliveries(
	client: MasvClient,
	packageId: string,
	timeoutMs: number,
	concerns: (delivery: Delivery) => boolean = () => true,
): Promise<Delivery[] | undefined> {
	const patient = client.withPolicy(fifteenMinutesOfOutage);
	const isConfirmed = createConfirmation();
	return await waitFor(client, timeoutMs, async () => {
		const deliveries = latestToEach((await fetchDeliveries(patient, packageId)).filter(concerns));
		const isRunning = deliveries.length === 0 || deliveries.some(({ outcome }) => outcome === 'running');
		const failed = isRunning ? undefined : deliveries.find(({ outcome }) => outcome === 'failed');
		if (isConfirmed(failed?.id) && failed !== undefined) throw await transferFailed(patient, packageId, failed);
		if (!isRunning && failed === undefined) return deliveries;
		const found = await fetchPackage(patient, packageId);
		if (isDeleted(found)) throw deletedBefore(found, 'delivered');
		return undefined;
	});
}

async function transferFailed(client: MasvClient, packageId: string, failed: Delivery): Promise<MasvError> {
	const { connectionId, record } = failed;
	const reason = await findFailureReason(client, packageId, record, 'package_transfer_masv_to_cloud');
	const where = connectionId === undefined ? 'to storage' : `to storage connection ${connectionId}`;
	return new MasvError(
		`The transfer of package ${packageId} ${where} failed: ${reason ?? 'MASV does not return a reason'}`,
		{
			code: 'storage_transfer_failed',
			hint: 'Check the connection in MASV (credentials, permissions, free space), then send the package again.',
		},
	);
}

/** The time for a transfer is up. MASV continues it. */
export function waitTimeout(packageId: string, what: string): MasvError {
	return new MasvError(`The time limit was reached before package ${packageId} was ${what}`, {
		code: 'wait_timeout',
		hint: 'MASV continues to process the package.',
	});
}
