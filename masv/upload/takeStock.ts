import type { ListedFile, Listing } from '../transfer/listing';
import { atNotedPlaces, fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import type { Decision, Ownership, Wanted } from './reconcile';
import { decide, decideWithoutList, settle } from './reconcile';
import { untilSeenTwice } from './untilSeenTwice';

/** What is to be done about each file. */
export interface Stock {
	/** In the order of the wanted files. Never `wait`. */
	decisions: Array<Exclude<Decision, { kind: 'wait' }>>;
	/** Entries at places where no file is wanted. */
	extras: ListedFile[];
	/** This delivery's entries that must be removed first, by ID with their places. Two lists agreed on each, unless there is none. */
	inTheWay: ReadonlyMap<string, string>;
	/** Those among them that the list lacks: it does not show that they are gone. */
	unlisted: ReadonlySet<string>;
	/** Whether MASV's list shows all that is there; otherwise, the notes decided alone. */
	isListed: boolean;
}

/**
 * Reads the list of files until it agrees with what was noted, or for a minute at most: it may be behind. Changes nothing.
 * Where no list can be had, the notes decide alone.
 * @param unfinished IDs of entries that this delivery added and never finished, by place
 * @throws MasvError if each list shows other entries in the way
 */
export async function takeStock(
	access: PackageAccess,
	wanted: Wanted[],
	ownership: Ownership,
	unfinished: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<Stock> {
	const places = new Set(wanted.map(({ place }) => place));
	const current = new Set(wanted.map(({ note }) => note?.id));
	const look = async (): Promise<Look | undefined> => {
		const listed = await fetchListing(access);
		if (listed === undefined) return undefined;
		const { isOwnPackage, ownIds, notedPlaces } = ownership;
		const listing = notedPlaces === undefined ? listed : atNotedPlaces(listed, notedPlaces);
		const elsewhere = [...listing.byPlace].flatMap(([place, files]) => (places.has(place) ? [] : files));
		// MASV may spell the place of an entry in another way.
		const extras = elsewhere.filter(({ id }) => !current.has(id));
		const isOwn = ({ id }: ListedFile): boolean => isOwnPackage && ownIds.has(id);
		const decisions = wanted.map((each) => decide(each, listing, ownership));
		return {
			listing,
			decisions,
			extras: extras.filter((each) => !isOwn(each)),
			inTheWay: inTheWayOf(decisions, extras.filter(isOwn)),
		};
	};
	const found = await untilSeenTwice(
		access,
		look,
		(latest) => latest?.inTheWay.keys() ?? [],
		(latest) => (latest?.decisions.some(({ kind }) => kind === 'wait') === true ? 'behind' : 'settled'),
	);
	if (found === undefined) {
		const byNotes = wanted.map((each) => settle(decideWithoutList(each, ownership, unfinished.get(each.place) ?? [])));
		const inTheWay = inTheWayOf(byNotes, []);
		return { decisions: byNotes, extras: [], inTheWay, unlisted: new Set(inTheWay.keys()), isListed: false };
	}
	const { listing, extras, inTheWay } = found;
	const decisions = found.decisions.map(settle);
	const isListed = decisions.every((decision) => {
		const id = believedId(decision);
		return id === undefined || listing.byId.has(id);
	});
	const unlisted = new Set([...inTheWay.keys()].filter((id) => !listing.byId.has(id)));
	return { decisions, extras, inTheWay, unlisted, isListed };
}

/** Of a file that MASV is believed to have. */
function believedId(decision: Stock['decisions'][number]): string | undefined {
	if (decision.kind === 'there') return decision.id;
	return decision.kind === 'check' ? decision.note.id : undefined;
}

/** What one look at the list shows. */
interface Look extends Pick<Stock, 'extras' | 'inTheWay'> {
	listing: Listing;
	decisions: Decision[];
}

/** @param ownExtras entries of this delivery at other places */
function inTheWayOf(decisions: readonly Decision[], ownExtras: readonly ListedFile[]): Map<string, string> {
	const removable = decisions.map(settle).flatMap((decision) => ('remove' in decision ? decision.remove : []));
	return new Map([...removable, ...ownExtras].map(({ id, place }) => [id, place]));
}
