import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import type { FileNote, Notes } from './notes';
import { unfinishedByPlace } from './notes';
import type { OthersAtPlace, Wanted } from './reconcile';
import type { Rivals } from './rivals';

/** What this delivery may continue, of its own and of other deliveries to the same package that ended halfway. */
export interface InheritedNotes {
	/** By place. */
	latest: Map<string, FileNote>;
	ownIds: Set<string>;
	others: Map<string, OthersAtPlace>;
	/** Of the own ones, those that were never finished, by place. */
	unfinished: Map<string, string[]>;
	wasAdding: (wanted: Wanted) => boolean;
}

/** Keys of the deliveries that noted something about the places of these files without an end. */
export function rivalsAt(notes: Notes, sources: readonly FileSource[]): Set<string> {
	const places = new Set(sources.map((source) => placeOf(source)));
	const intents = notes.adding.filter(({ place }) => places.has(place));
	const keys = [
		...intents.map(({ by }) => by),
		...[...places].flatMap((place) => [...(notes.atWork.get(place) ?? [])]),
	];
	return new Set(keys.filter((key) => key !== ''));
}

/** Notes about the places of these files. What deliveries have left that ended is continued; what others do is left alone. */
export function inheritNotes(
	notes: Notes,
	key: string,
	{ ended, alive }: Pick<Rivals, 'ended' | 'alive'>,
	sources: readonly FileSource[],
): InheritedNotes {
	const places = new Map(sources.map((source) => [placeOf(source), source]));
	const files = [...notes.files.values()].filter(({ place }) => places.has(place));
	const isFinished = ({ place, location, done }: FileNote): boolean =>
		done !== undefined && location === places.get(place)?.location;
	const usable = files.filter((file) => !file.isRemoved && (ended.has(file.by) || isFinished(file)));
	// What this delivery began is of no use where another has finished: its entry may have been removed without a note.
	const rank = (file: FileNote): number => (isFinished(file) ? 2 : 0) + (file.by === key ? 1 : 0);
	const latest = new Map<string, FileNote>();
	for (const [place, atPlace] of Map.groupBy(usable, (file) => file.place)) {
		const latestOfEach = [...Map.groupBy(atPlace, ({ by }) => by).values()].map((notesOfOne) =>
			notesOfOne.reduce((known, file) => (isStale(file, known) ? known : file)),
		);
		latest.set(
			place,
			latestOfEach.reduce((known, file) => (rank(file) < rank(known) ? known : file)),
		);
	}
	const isOwn = (file: FileNote): boolean => ended.has(file.by) || latest.get(file.place) === file;
	const others = new Map<string, OthersAtPlace>();
	const ofOthers = Map.groupBy(
		files.filter((file) => !isOwn(file) && !file.isRemoved),
		({ place }) => place,
	);
	for (const place of places.keys()) {
		const entries = new Map((ofOthers.get(place) ?? []).map(({ id, done }) => [id, done !== undefined]));
		const isAtWork = [...(notes.atWork.get(place) ?? [])].some((by) => alive.has(by));
		if (isAtWork || entries.size > 0) others.set(place, { isAtWork, entries });
	}
	const adding = notes.adding.filter(({ by, place }) => ended.has(by) && places.has(place));
	const intents = new Set(adding.map(intentKey));
	return {
		latest,
		ownIds: new Set(files.filter(isOwn).map(({ id }) => id)),
		others,
		unfinished: unfinishedByPlace(files.filter(isOwn)),
		wasAdding: ({ source, place }) =>
			intents.has(intentKey({ place, bytes: source.bytes, modifiedMs: source.modifiedAt.getTime() })),
	};
}

/** Whether a run that was frozen wrote its note after its successor. */
function isStale(file: FileNote, known: FileNote): boolean {
	return file.fence < known.fence;
}

function intentKey({ place, bytes, modifiedMs }: { place: string; bytes: number; modifiedMs: number }): string {
	return JSON.stringify([place, bytes, modifiedMs]);
}
