import type { Clock } from '../clock';
import { inTurns, mapInTurns, quickly } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import type { ListedFile, Listing } from '../transfer/listing';
import { atNotedPlaces, fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import type { Decision, Ownership, Wanted } from './reconcile';
import { decide, decideWithoutList, isOwnLeftover, settle } from './reconcile';
import { untilSeenTwice } from './untilSeenTwice';

/** What is to be done about each file. */
export interface Stock {
	/** In the order of the wanted files. Never `wait`. */
	decisions: Array<Exclude<Decision, { kind: 'wait' }>>;
	/** Entries at places where no file is wanted, and which are not of this delivery. */
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
 * @param elsewhere entries that it noted at places where no file is wanted
 * @throws MasvError if each list shows other entries in the way
 */
export async function takeStock(
	access: PackageAccess,
	wanted: Wanted[],
	ownership: Ownership,
	unfinished: ReadonlyMap<string, readonly string[]> = new Map(),
	elsewhere: readonly ListedFile[] = [],
): Promise<Stock> {
	const { clock } = access.client;
	const places = new LongSet<string>();
	const current = new Set<string | undefined>();
	const enter = ({ place, note }: Wanted): void => {
		places.add(place);
		current.add(note?.id);
	};
	await inTurns(wanted, clock, enter, quickly);
	const look = async (): Promise<Look | undefined> => {
		const listed = await fetchListing(access);
		if (listed === undefined) return undefined;
		const { isOwnPackage, ownIds, notedPlaces, intents } = ownership;
		const listing = notedPlaces === undefined ? listed : atNotedPlaces(listed, notedPlaces);
		const extras: ListedFile[] = [];
		const sortOut = ([place, files]: [string, readonly ListedFile[]]): void => {
			// MASV may spell the place of an entry in another way.
			if (!places.has(place)) extras.push(...files.filter(({ id }) => !current.has(id)));
		};
		await inTurns(listing.byPlace, clock, sortOut, quickly);
		const isOwn = (listed: ListedFile): boolean =>
			isOwnPackage && (ownIds.has(listed.id) || isOwnLeftover(listed, intents.get(listed.place) ?? []));
		const decisions = await mapInTurns(wanted, clock, (each) => decide(each, listing, ownership));
		return {
			listing,
			decisions,
			extras: extras.filter((each) => !isOwn(each)),
			inTheWay: await inTheWayOf(decisions, [...elsewhere, ...extras.filter(isOwn)], clock),
		};
	};
	const found = await untilSeenTwice(
		access,
		look,
		(latest) => latest?.inTheWay.keys() ?? [],
		(latest) => (latest?.decisions.some(({ kind }) => kind === 'wait') === true ? 'behind' : 'settled'),
	);
	if (found === undefined) {
		const decideByNotes = (each: Wanted): Decision =>
			decideWithoutList(each, ownership, unfinished.get(each.place) ?? []);
		const byNotes = await mapInTurns(wanted, clock, decideByNotes);
		const inTheWay = await inTheWayOf(byNotes, elsewhere, clock);
		return {
			decisions: byNotes.map(settle),
			extras: [],
			inTheWay,
			unlisted: new Set(inTheWay.keys()),
			isListed: false,
		};
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
async function inTheWayOf(
	decisions: readonly Decision[],
	ownExtras: readonly ListedFile[],
	clock: Pick<Clock, 'sleep'>,
): Promise<Map<string, string>> {
	const inTheWay = new LongMap<string, string>();
	const add = (entries: readonly ListedFile[]): void => {
		for (const { id, place } of entries) inTheWay.set(id, place);
	};
	const addRemovable = (decision: Decision): void => {
		const settled = settle(decision);
		if ('remove' in settled) add(settled.remove);
	};
	await inTurns(decisions, clock, addRemovable, quickly);
	add(ownExtras);
	return inTheWay;
}
