import type { MasvClient } from '../client';
import { toTime } from '../dates';
import type { MasvPackage } from '../schemas';
import { pollCreated } from '../watch/created/poll';
import { createdStateSchema } from '../watch/created/state';
import type { ListChoice, Standing } from '../watch/created/watch';
import { finalized } from '../watch/events/finalized';
import { createPace } from '../watch/pace';
import { watchedSent } from '../watch/packageLists';
import { withReceived } from '../watch/receivedLists';

/** Which packages a job receives: what has arrived through portals (undefined: all of them), or what the team has sent. */
export type PackageOrigin = { kind: 'portals'; portalIds: string[] | undefined } | { kind: 'sent' };

/** Of another selection, the lists are read from the beginning, also those of portals that were selected before. */
export function originKey(origin: PackageOrigin): string {
	return JSON.stringify(origin.kind === 'sent' ? ['sent'] : ['portals', origin.portalIds?.toSorted() ?? 'all']);
}

/** A package whose upload has not ended. */
export interface WaitingPackage {
	id: string;
	/** Null if MASV was not asked for it this time. */
	name: string | null;
	/** ISO 8601. */
	created_at: string;
}

export interface FoundPackages {
	/** New since the last look, oldest first. Some may have expired in the meantime. */
	found: Array<{ created: number; record: MasvPackage }>;
	waiting: WaitingPackage[];
	/** Plain JSON, for the next look. Worth storing only once it is known elsewhere what was found. */
	state: object;
}

/**
 * Looks for packages that are complete and that no earlier look has found, as the polling trigger does: masv/watch/README.md.
 * @param from what was created before is not looked for; milliseconds, 0: everything is
 * @param saved the state of the last look; anything else: the first one, which does not return what has expired
 */
export async function findPackages(
	client: MasvClient,
	origin: PackageOrigin,
	from: number,
	saved: unknown,
): Promise<FoundPackages> {
	const before = createdStateSchema.safeParse(saved).data;
	/** Whether no earlier look can have left it: at the first one, and in a list that could not be read until now. */
	const isOld = (record: MasvPackage): boolean =>
		before?.isReady !== true || (toTime(record.created_at) ?? Infinity) < before.settledBefore;
	const look = async (choice: ListChoice<MasvPackage>): Promise<FoundPackages> => {
		const uploading = new Map<string, MasvPackage>();
		const standingOf = (record: MasvPackage): Standing => {
			const standing = finalized.standingOf(record, { portalIds: undefined, days: 0, startFrom: from });
			if (standing === 'pending') uploading.set(record.id, record);
			// Asking what each of them was would take thousands of requests, and none can be received.
			return standing === 'unproven' && isOld(record) ? 'never' : standing;
		};
		const isProven = finalized.createProof?.(client) ?? (() => Promise.resolve(false));
		const pace = createPace(client.clock, Infinity, false);
		// A portal that this key may not read for a while. The ledger knows what was found in it before.
		const watch = { ...choice, rereadsLists: true, startFrom: from, standingOf, isProven };
		const { found, stateWithout } = await pollCreated(watch, before, pace, client.clock.now());
		const state = stateWithout([]);
		const waiting = Object.entries(state.pending).map(([id, { createdAt }]) => ({ id, createdAt }));
		return {
			found: found.map(({ at, record }) => ({ created: toTime(record.created_at) ?? at, record })),
			waiting: waiting
				.sort((a, b) => a.createdAt - b.createdAt)
				.map(({ id, createdAt }) => ({
					id,
					name: uploading.get(id)?.name ?? null,
					created_at: new Date(createdAt).toISOString(),
				})),
			state,
		};
	};
	if (origin.kind === 'sent') return await look({ lists: [watchedSent(client)], isOpenEnded: false });
	return await withReceived(client, origin.portalIds, before, look);
}
