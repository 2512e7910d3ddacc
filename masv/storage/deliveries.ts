import type { ActivityType } from '../activities';
import { activityPackageIdOf, activityStateOf, activityTypeOf, readActivities } from '../activities';
import type { MasvClient } from '../client';
import { toTime } from '../dates';
import { connectionIdOf, fetchTransfersIfAny } from './transfers';
import type { Outcome } from './transferState';
import { outcomeOf } from './transferState';

/** A transfer of a package to a storage, from its transfers or from the activities. */
export interface Delivery {
	/** Of the transfer, or of the activity. */
	id: string;
	isActivity: boolean;
	/** Undefined if MASV does not return it. */
	connectionId: string | undefined;
	outcome: Outcome;
	/** As MASV returns it. */
	record: Record<string, unknown>;
}

interface Dated extends Delivery {
	createdAt: number;
}

/**
 * The latest transfer of a package to each storage. A server without the list of transfers, or one that returns them without
 * states, has them in its activities: docs/masv-api.md#storage-connections-and-transfers
 */
export async function fetchDeliveries(client: MasvClient, packageId: string): Promise<Delivery[]> {
	const latest = new Map<string, Dated>();
	for (const delivery of (await fromTransfers(client, packageId)) ?? (await fromActivities(client, packageId))) {
		const key = delivery.connectionId ?? '';
		if ((latest.get(key)?.createdAt ?? 0) <= delivery.createdAt) latest.set(key, delivery);
	}
	return [...latest.values()];
}

async function fromTransfers(client: MasvClient, packageId: string): Promise<Dated[] | undefined> {
	const transfers = (await fetchTransfersIfAny(client, packageId))?.filter(
		({ direction }) => direction !== 'cloud_to_masv',
	);
	if (transfers === undefined || transfers.some(({ state }) => state === undefined)) return undefined;
	return transfers.map((transfer) => ({
		id: transfer.id,
		isActivity: false,
		connectionId: connectionIdOf(transfer),
		createdAt: toTime(transfer.created_at) ?? 0,
		outcome: outcomeOf(transfer.state),
		record: transfer,
	}));
}

async function fromActivities(client: MasvClient, packageId: string): Promise<Dated[]> {
	const type: ActivityType = 'package_transfer_masv_to_cloud';
	const found: Dated[] = [];
	const query = { activity_types: [type], package_id: packageId, sort: 'created_at' };
	for await (const activity of readActivities(client, query)) {
		if (activityTypeOf(activity) !== type || activityPackageIdOf(activity) !== packageId) continue;
		const { id, cloud_connection_id: connectionId } = activity;
		found.push({
			id,
			isActivity: true,
			connectionId: typeof connectionId === 'string' ? connectionId : undefined,
			createdAt: toTime(activity.created_at) ?? 0,
			outcome: outcomeOf(activityStateOf(activity)),
			record: activity,
		});
	}
	return found;
}
