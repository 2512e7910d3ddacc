import type { ListedFile, Listing } from '../transfer/listing';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { untilSettled } from '../transfer/untilSettled';
import type { Decision, Ownership, Wanted } from './reconcile';
import { decide, decideWithoutList, settle } from './reconcile';

/** What is to be done about each file. */
export interface Stock {
	/** In the order of the wanted files. Never `wait`. */
	decisions: Array<Exclude<Decision, { kind: 'wait' }>>;
	/** Entries at places where no file is wanted. */
	extras: ListedFile[];
	/** IDs of this delivery's entries that must be removed first. Each was listed twice, or noted if there is no list. */
	inTheWay: Set<string>;
	/** Whether MASV's list was read; otherwise, the notes decided alone. */
	isListed: boolean;
}

/**
 * Reads the list of files until it agrees with what was noted, or for a minute at most: it may be behind. Changes nothing.
 * Where no list can be had, the notes decide alone.
 * @param unfinished IDs of entries that this delivery added and never finished, by place
 */
export async function takeStock(
	access: PackageAccess,
	wanted: Wanted[],
	ownership: Ownership,
	unfinished: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<Stock> {
	const places = new Set(wanted.map(({ place }) => place));
	let seen: ReadonlySet<string> | undefined;
	const look = async (): Promise<{ listing: Listing; decisions: Decision[] } | undefined> => {
		const listing = await fetchListing(access);
		if (listing === undefined) return undefined;
		return { listing, decisions: wanted.map((each) => decide(each, listing, ownership)) };
	};
	const found = await untilSettled(access.client, access.policy, look, (latest) => {
		const inTheWay = idsOf(latest?.decisions ?? []);
		const isSeenTwice = [...inTheWay].every((id) => seen?.has(id) === true);
		seen = inTheWay;
		if (!isSeenTwice) return 'unsure';
		return latest?.decisions.some(({ kind }) => kind === 'wait') === true ? 'behind' : 'settled';
	});
	if (found === undefined) {
		const byNotes = wanted.map((each) => settle(decideWithoutList(each, ownership, unfinished.get(each.place) ?? [])));
		return { decisions: byNotes, extras: [], inTheWay: idsOf(byNotes), isListed: false };
	}
	const decisions = found.decisions.map(settle);
	const extras = [...found.listing.byPlace].flatMap(([place, files]) => (places.has(place) ? [] : files));
	return { decisions, extras, inTheWay: idsOf(decisions), isListed: true };
}

function idsOf(decisions: readonly Decision[]): Set<string> {
	const ids = new Set<string>();
	for (const decision of decisions) {
		const settled = settle(decision);
		if ('remove' in settled) for (const { id } of settled.remove) ids.add(id);
	}
	return ids;
}
