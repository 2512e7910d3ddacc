import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import type { FileNote, Notes } from './notes';
import { isUnfinished, unfinishedByPlace } from './notes';
import type { Intent, OthersAtPlace } from './reconcile';
import type { Rivals, Traces } from './rivals';

/** What this delivery may continue, of its own and of other deliveries to the same package that ended halfway. */
export interface InheritedNotes {
	/** By place. What another delivery has finished may be among them. */
	latest: Map<string, FileNote>;
	/** All of this delivery, and what others that ended have not finished. What others have finished is never removed. */
	ownIds: Set<string>;
	others: Map<string, OthersAtPlace>;
	/** Of the own ones, those that were never finished, by place. */
	unfinished: Map<string, string[]>;
	/** By place, what was about to be added. */
	intents: Map<string, Intent[]>;
}

/** Other deliveries that noted something about the places of these files without an end, by their keys. */
export function rivalsAt(notes: Notes, sources: readonly FileSource[], own: string): Map<string, Traces> {
	const places = new Set(sources.map((source) => placeOf(source)));
	const found = new Map<string, { fence: number; unfinishedAt: Set<string> }>();
	const at = (by: string): { fence: number; unfinishedAt: Set<string> } => {
		const known = found.get(by) ?? { fence: notes.runs.get(by) ?? 0, unfinishedAt: new Set() };
		if (by !== own && by !== '') found.set(by, known);
		return known;
	};
	for (const place of places) for (const by of notes.claims.get(place) ?? []) at(by);
	const files = [...notes.files.values()].filter(isUnfinished);
	for (const { by, place } of [...files, ...notes.adding.filter(({ isOpen }) => isOpen)])
		if (places.has(place)) at(by).unfinishedAt.add(place);
	return found;
}

/** Notes about the places of these files. What deliveries have left that ended is continued; what others do is left alone. */
export function inheritNotes(
	notes: Notes,
	key: string,
	{ ended, alive }: Pick<Rivals, 'ended' | 'alive'>,
	sources: readonly FileSource[],
): InheritedNotes {
	const places = new Set(sources.map((source) => placeOf(source)));
	const files = [...notes.files.values()].filter(({ place }) => places.has(place));
	const isOwn = ({ by, done }: FileNote): boolean => by === key || (ended.has(by) && done === undefined);
	const usable = files.filter((file) => !file.isRemoved && (isOwn(file) || file.done !== undefined));
	// What this delivery began is of no use where another has finished: its entry may have been removed without a note.
	const rank = ({ by, done }: FileNote): number => (done === undefined ? 0 : 2) + (by === key ? 1 : 0);
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
	const others = new Map<string, OthersAtPlace>();
	const ofOthers = Map.groupBy(
		files.filter(({ by, isRemoved }) => by !== key && !isRemoved),
		({ place }) => place,
	);
	for (const place of places) {
		const entries = new Map((ofOthers.get(place) ?? []).map(({ id, done }) => [id, done !== undefined]));
		const isAtWork = [...(notes.claims.get(place) ?? [])].some((by) => alive.has(by));
		if (isAtWork || entries.size > 0) others.set(place, { isAtWork, entries });
	}
	const adding = notes.adding.filter(({ by, place }) => ended.has(by) && places.has(place));
	return {
		latest,
		ownIds: new Set(files.filter(isOwn).map(({ id }) => id)),
		others,
		unfinished: unfinishedByPlace(files.filter(isOwn)),
		intents: Map.groupBy(adding, ({ place }) => place),
	};
}

/** Whether a run that was frozen wrote its note after its successor. */
function isStale(file: FileNote, known: FileNote): boolean {
	return file.fence < known.fence;
}
