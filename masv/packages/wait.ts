import type { ActivityType } from '../activities';
import { activityPackageIdOf, activityStateOf, activityTypeOf, readActivities, wasUploaded } from '../activities';
import type { MasvClient } from '../client';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import { waitForDeliveries } from '../storage/waitForTransfer';
import { waitFor } from '../waitFor';
import { deletedBefore, isDeleted, perhapsDeletedBefore } from './deleted';
import { fetchPackage } from './find';

/** `delivered`: all its transfers to storages are complete. `downloaded`: someone has downloaded all files. */
export type Milestone = 'finalized' | 'delivered' | 'downloaded';

/**
 * Waits until a package is complete, is in the connected storage, or was downloaded. The last two are known from MASV's
 * activities and transfers, which MASV does not document: docs/masv-api.md#activities
 * @returns the package; undefined if the time is up
 * @throws MasvError if it cannot happen any more: the package was deleted, or a transfer has failed
 */
export async function waitForPackage(
	client: MasvClient,
	packageId: string,
	milestone: Milestone,
	timeoutMs: number,
): Promise<MasvPackage | undefined> {
	const patient = client.withPolicy(fifteenMinutesOfOutage);
	if (milestone === 'delivered') {
		const deliveries = await waitForDeliveries(client, packageId, timeoutMs);
		return deliveries && (await fetchPackage(patient, packageId));
	}
	const hasHappened = milestone === 'finalized' ? isFinalized : wasDownloaded;
	return await waitFor(client, timeoutMs, async () => {
		const found = await fetchPackage(patient, packageId);
		const hasIt = await hasHappened(patient, found);
		if (hasIt === true) return found;
		if (!isDeleted(found)) return undefined;
		throw hasIt === false ? deletedBefore(found, milestone) : perhapsDeletedBefore(found, milestone);
	});
}

/** @returns undefined if MASV does not say */
async function isFinalized(client: MasvClient, { id, ...found }: MasvPackage): Promise<boolean | undefined> {
	if (!isDeleted(found)) return found.state === 'finalized';
	// Whether a package was complete before it expired is only in the activities.
	const wasComplete = await wasUploaded(client, id, fifteenMinutesOfOutage);
	return typeof wasComplete === 'boolean' ? wasComplete : undefined;
}

/** A download counts when MASV has received confirmation of all files: docs/masv-api.md#activities */
async function wasDownloaded(client: MasvClient, { id }: MasvPackage): Promise<boolean> {
	const types: ActivityType[] = ['package_download_from_masv', 'link_generation'];
	for await (const activity of readActivities(client, { activity_types: types, package_id: id })) {
		const isDownload = types.some((type) => type === activityTypeOf(activity));
		if (isDownload && activityPackageIdOf(activity) === id && activityStateOf(activity) === 'complete') return true;
	}
	return false;
}
