import type { ActivityType } from '../activities';
import { activityPackageIdOf, activityStateOf, activityTypeOf, readActivities } from '../activities';
import type { MasvClient } from '../client';
import { isRefusedRoute } from '../answers';
import { toTime } from '../dates';
import { MasvInputError } from '../errors';
import { undefinedIf } from '../undefinedIf';
import type { Transfer } from './transfers';
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
	/** Milliseconds; 0 if MASV does not return it. */
	createdAt: number;
	outcome: Outcome;
	/** As MASV returns it. */
	record: Transfer;
}

export interface Deliveries {
	all: Delivery[];
	/** All transfers of the package, in both directions; undefined on a server without the list. */
	transfers: Transfer[] | undefined;
	/** Whether MASV has told anything: on a server without both lists, there may be transfers that nothing shows. */
	isKnown: boolean;
}

/**
 * The transfers of a package to storages. A server without the list of transfers, or one that returns them without
 * states, has them in its activities: docs/masv-api.md#storage-connections-and-transfers
 */
export async function fetchDeliveries(client: MasvClient, packageId: string): Promise<Delivery[]> {
	return fromTransfers(await fetchTransfersIfAny(client, packageId)) ?? (await fromActivities(client, packageId));
}

/** The same, and what is known of them. On a server without both lists, nothing is. */
export async function fetchDeliveriesIfAny(client: MasvClient, packageId: string): Promise<Deliveries> {
	const transfers = await fetchTransfersIfAny(client, packageId);
	const all = fromTransfers(transfers);
	if (all !== undefined) return { all, transfers, isKnown: true };
	const isNotThere = (error: unknown): boolean => error instanceof MasvInputError || isRefusedRoute(error);
	const listed = await undefinedIf(isNotThere, fromActivities(client, packageId));
	return { all: listed ?? [], transfers, isKnown: listed !== undefined };
}

/** What was there at some time. MASV gives the same transfer two IDs, one as a transfer and one as an activity. */
export interface Seen {
	ids: string[];
	/** Whether there was no other transfer, and no other activity. */
	allTransfers: boolean;
	allActivities: boolean;
}

/** @param except one of them that counts as new */
export function toSeen({ all, transfers, isKnown }: Deliveries, except?: Pick<Delivery, 'id'>): Seen {
	const ids = [...all, ...(transfers ?? [])].map(({ id }) => id).filter((id) => id !== except?.id);
	return {
		ids: [...new Set(ids)],
		allTransfers: transfers !== undefined || (isKnown && all.length === 0),
		allActivities: isKnown && all.every(({ isActivity }) => isActivity),
	};
}

/** Whether a transfer to a storage was not there before. One that may have been, under its other ID, does not count. */
export function isNewSince({ ids, allTransfers, allActivities }: Seen, { id, isActivity }: Delivery): boolean {
	return !ids.includes(id) && (isActivity ? allActivities : allTransfers);
}

/** Whether it is to this storage. Activities may lack the connection. */
export function mayBeTo(connectionId: string, { isActivity, connectionId: to }: Delivery): boolean {
	return (isActivity ? (to ?? connectionId) : to) === connectionId;
}

/** The latest one to each storage. MASV's order is not known, and counts only for those of the same time. */
export function latestToEach(deliveries: Delivery[]): Delivery[] {
	const latest = new Map<string, Delivery>();
	for (const delivery of deliveries) {
		const key = delivery.connectionId ?? '';
		if ((latest.get(key)?.createdAt ?? 0) <= delivery.createdAt) latest.set(key, delivery);
	}
	return [...latest.values()];
}

function fromTransfers(transfers: Transfer[] | undefined): Delivery[] | undefined {
	const sent = transfers?.filter(({ direction }) => direction !== 'cloud_to_masv');
	if (sent === undefined || sent.some(({ state }) => state === undefined)) return undefined;
	return sent.map((transfer) => ({
		id: transfer.id,
		isActivity: false,
		connectionId: connectionIdOf(transfer),
		createdAt: toTime(transfer.created_at) ?? 0,
		outcome: outcomeOf(transfer.state),
		record: transfer,
	}));
}

async function fromActivities(client: MasvClient, packageId: string): Promise<Delivery[]> {
	const type: ActivityType = 'package_transfer_masv_to_cloud';
	const found: Delivery[] = [];
	const query = { activity_types: [type], package_id: packageId, sort: 'created_at' };
	for await (const activity of readActivities(client, query)) {
		if (activityTypeOf(activity) !== type || activityPackageIdOf(activity) !== packageId) continue;
		const { id, cloud_connection_id: connectionId } = activity;
		const state = activityStateOf(activity);
		found.push({
			id,
			isActivity: true,
			connectionId: typeof connectionId === 'string' ? connectionId : undefined,
			createdAt: toTime(activity.created_at) ?? 0,
			outcome: outcomeOf(state),
			record: { ...activity, state },
		});
	}
	return found;
}
