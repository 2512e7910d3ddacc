import type { Clock } from '../clock';
import { groupInTurns, inTurns } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import type { FileNote, Notes } from './notes';
import { isOfOthers, isUnfinished, unfinishedByPlace } from './notes';
import type { Intent, OthersAtPlace } from './reconcile';
import type { Rivals, Traces } from './rivals';

/** What this delivery may continue, of its own and of other deliveries to the same package that ended halfway. */
export interface InheritedNotes {
	/** By place. What another delivery has finished may be among them. */
	latest: Map<string, FileNote>;
	/** All of this delivery, and what others that ended have not finished. What others have finished is never removed. */
	ownIds: Set<string>;
	others: Map<string, OthersAtPlace>;
	/** Where each entry that was noted was added, by its ID. */
	notedPlaces: Map<string, string>;
	/** Of the own ones, those that were never finished, by place. */
	unfinished: Map<string, string[]>;
	/** Of these, what this delivery alone has added. */
	neverFinished: Array<Pick<FileNote, 'id' | 'place'>>;
	/** By place, what was about to be added. */
	intents: Map<string, Intent[]>;
	/** Places where it is not known what became of such an intent: the list may not show yet what it has left. */
	openPlaces: Set<string>;
}

/** Other deliveries that noted something about the places of these files without an end, by their keys. */
export async function rivalsAt(
	notes: Notes,
	sources: readonly FileSource[],
	own: string,
	clock: Pick<Clock, 'sleep'>,
): Promise<Map<string, Traces>> {
	const places = new LongSet<string>();
	const found = new Map<string, { fence: number; unfinishedAt: Set<string> }>();
	const at = (by: string): { fence: number; unfinishedAt: Set<string> } => {
		const known = found.get(by) ?? { fence: notes.runs.get(by) ?? 0, unfinishedAt: new Set() };
		if (by !== own && by !== '') found.set(by, known);
		return known;
	};
	await inTurns(sources, clock, (source) => {
		const place = placeOf(source);
		places.add(place);
		for (const by of notes.claims.get(place) ?? []) at(by);
	});
	const addTrace = ({ by, place }: { by: string; place: string }): void => {
		if (places.has(place)) at(by).unfinishedAt.add(place);
	};
	await inTurns(notes.files.values(), clock, (file) => {
		if (isUnfinished(file)) addTrace(file);
	});
	await inTurns(notes.adding, clock, (intent) => {
		if (intent.isOpen) addTrace(intent);
	});
	return found;
}

/** Notes about the places of these files. What deliveries have left that ended is continued; what others do is left alone. */
export async function inheritNotes(
	notes: Notes,
	key: string,
	{ ended, alive }: Pick<Rivals, 'ended' | 'alive'>,
	sources: readonly FileSource[],
	clock: Pick<Clock, 'sleep'>,
): Promise<InheritedNotes> {
	const filesAt = new LongMap<string, FileNote[]>();
	await inTurns(sources, clock, (source) => void filesAt.set(placeOf(source), []));
	const notedPlaces = new LongMap<string, string>();
	const own: FileNote[] = [];
	const isOwn = ({ by, done }: FileNote): boolean => by === key || (ended.has(by) && done === undefined);
	await inTurns(notes.files.values(), clock, (file) => {
		const here = filesAt.get(file.place);
		if (here === undefined) return;
		here.push(file);
		notedPlaces.set(file.id, file.place);
		if (isOwn(file)) own.push(file);
	});
	const latest = new LongMap<string, FileNote>();
	const others = new LongMap<string, OthersAtPlace>();
	await inTurns(filesAt, clock, ([place, files]) => {
		const usable = files.filter((file) => !file.isRemoved && (isOwn(file) || file.done !== undefined));
		if (usable.length > 0) latest.set(place, latestOf(usable, key));
		const ofOthers = files.filter((file) => isOfOthers(file, key) && !file.isRemoved);
		const entries = new Map(ofOthers.map(({ id, done }) => [id, done !== undefined]));
		const isAtWork = [...(notes.claims.get(place) ?? [])].some((by) => alive.has(by));
		const noted = new Map(ofOthers.map(({ id, bytes, modifiedMs }) => [id, { bytes, modifiedMs }]));
		const mixed = new Set(ofOthers.filter(({ mixedBy }) => [...mixedBy].some((by) => by !== key)).map(({ id }) => id));
		if (isAtWork || entries.size > 0) others.set(place, { isAtWork, entries, files: noted, mixed });
	});
	const adding: typeof notes.adding = [];
	await inTurns(notes.adding, clock, (intent) => {
		if (ended.has(intent.by) && filesAt.has(intent.place)) adding.push(intent);
	});
	return {
		latest,
		ownIds: new LongSet(own.map(({ id }) => id)),
		others,
		notedPlaces,
		unfinished: await unfinishedByPlace(own, clock),
		neverFinished: own.filter((file) => isUnfinished(file) && !isOfOthers(file, key)),
		intents: await groupInTurns(adding, clock, ({ place }) => place),
		openPlaces: new Set(adding.filter(({ isOpen }) => isOpen).map(({ place }) => place)),
	};
}

/** What this delivery began is of no use where another has finished: its entry may have been removed without a note. */
function latestOf(usable: FileNote[], key: string): FileNote {
	const rank = ({ by, done }: FileNote): number => (done === undefined ? 0 : 2) + (by === key ? 1 : 0);
	const latestOfEach = [...Map.groupBy(usable, ({ by }) => by).values()].map((notesOfOne) =>
		notesOfOne.reduce((known, file) => (isStale(file, known) ? known : file)),
	);
	return latestOfEach.reduce((known, file) => (rank(file) < rank(known) ? known : file));
}

/** Whether a run that was frozen wrote its note after its successor. */
function isStale(file: FileNote, known: FileNote): boolean {
	return file.fence < known.fence;
}
