import type { ListedFile, Listing } from '../transfer/listing';
import { isProvenFile, isSameFile } from '../transfer/listing';
import type { FileSource } from '../transfer/source';
import { compareStamps } from '../transfer/unchanged';
import type { FileNote } from './notes';

/** A file that must be in the package, and the latest note about it. */
export interface Wanted {
	source: FileSource;
	place: string;
	note: FileNote | undefined;
}

/** What other deliveries noted about a place in a package that is not theirs alone. */
export interface OthersAtPlace {
	/** Whether one of them was seen to be alive that has begun to upload a file to this place, or is about to. */
	isAtWork: boolean;
	/** IDs of their entries, and whether each was completed. They are not removed. */
	entries: ReadonlyMap<string, boolean>;
	/** By ID, the file that one of them noted last: it may have continued an entry that was added for another file. */
	files?: ReadonlyMap<string, Intent>;
	/** IDs of entries of this delivery or others in which one of them may have replaced parts, or which it may even have completed. */
	mixed?: ReadonlySet<string>;
}

/** By place. */
export type Others = ReadonlyMap<string, OthersAtPlace>;

/** For a package that only one delivery works on. */
export const noOthers: Others = new Map();

/** Whose entries are whose. */
export interface Ownership {
	/** Whether this delivery created the package. Otherwise, only entries that it noted are its own. */
	isOwnPackage: boolean;
	/** Whether the package is finalized, so that an entry is complete unless the list says otherwise. */
	isClosed: boolean;
	/** IDs of the entries that this delivery added, and of those that others left unfinished and that are continued. */
	ownIds: ReadonlySet<string>;
	others: Others;
	/** Where the entries of this and of other deliveries were added, by ID. MASV may list them elsewhere. */
	notedPlaces?: ReadonlyMap<string, string>;
	/** By place, what this delivery was about to add to a place that was free. The file may have changed since. */
	intents: ReadonlyMap<string, readonly Intent[]>;
}

/** What MASV was to be told of a file. */
export interface Intent {
	bytes: number;
	modifiedMs: number;
}

export type Reason =
	/** A complete file that is not the one to be sent. */
	| 'different'
	/** Another complete copy of the file. */
	| 'duplicate'
	/** An unfinished file that may belong to someone else. */
	| 'unfinished'
	/** A file of which the list does not say whether it is finished. */
	| 'unknown'
	/** A complete file of the same size and time, and the notes that tell whether it has the same content cannot be read. */
	| 'unproven';

/** What to do about a file. `remove`: entries of this delivery that are in the way. */
export type Decision =
	| { kind: 'send'; remove: readonly ListedFile[] }
	/**
	 * Its upload was begun. `compare`: the file may have changed since. `isUnlisted`: another delivery may have finished it, so that only
	 * MASV's word that it does not exist shows that it can be added anew.
	 */
	| { kind: 'resume'; note: FileNote; compare: boolean; isUnlisted?: boolean; remove: readonly ListedFile[] }
	/** MASV has it, but the file may have changed since. */
	| { kind: 'check'; note: FileNote; remove: readonly ListedFile[] }
	/** MASV has it. */
	| { kind: 'there'; id: string; note: FileNote | undefined; remove: readonly ListedFile[] }
	/** The list contradicts what was noted, so it may be behind. `otherwise`: what to do if it stays so. */
	| { kind: 'wait'; otherwise: Decision }
	/** Something at this place is neither the file nor known to be of this delivery. It is not touched. */
	| { kind: 'blocked'; by: ListedFile; reason: Reason }
	/** Another delivery is uploading a file to this place. */
	| { kind: 'claimed' };

/** What a run has to do itself. */
export type ToDo = Extract<Decision, { kind: 'send' | 'resume' | 'check' }>;

export function isToDo(decision: Decision): decision is ToDo {
	return decision.kind === 'send' || decision.kind === 'resume' || decision.kind === 'check';
}

/** What to do if the list stays as it is. */
export function settle(decision: Decision): Exclude<Decision, { kind: 'wait' }> {
	return decision.kind === 'wait' ? settle(decision.otherwise) : decision;
}

export function toIntent({ bytes, modifiedAt }: FileSource): Intent {
	return { bytes, modifiedMs: modifiedAt.getTime() };
}

/** Compares what MASV lists at the place of a file with the file and with what was noted. Changes nothing. */
export function decide(wanted: Wanted, listing: Listing, ownership: Ownership): Decision {
	return respectOthers(decideAlone(wanted, listing, ownership), wanted, ownership);
}

/** What another delivery is doing changes nothing about a place where the file, or a different one, is complete. */
function respectOthers(decision: Decision, { place }: Wanted, { others }: Pick<Ownership, 'others'>): Decision {
	const isOver =
		decision.kind === 'there' ||
		(decision.kind === 'blocked' && (decision.reason === 'different' || decision.reason === 'duplicate'));
	return others.get(place)?.isAtWork === true && !isOver ? { kind: 'claimed' } : decision;
}

function decideAlone(wanted: Wanted, listing: Listing, ownership: Ownership): Decision {
	const { source, place, note } = wanted;
	const { isOwnPackage, isClosed, ownIds } = ownership;
	const ofOthers = ownership.others.get(place)?.entries ?? new Map<string, boolean>();
	const isComplete = (listed: ListedFile): boolean | undefined =>
		listed.isComplete ?? (isClosed || ofOthers.get(listed.id) === true || undefined);
	// Whoever finished it may have reported it, also if the note of that is missing.
	const mayRemove = (listed: ListedFile): boolean =>
		ownIds.has(listed.id) && !(ofOthers.has(listed.id) && isComplete(listed) === true);
	const sent = toIntent(source);
	const intents = ownership.intents.get(place) ?? [];
	const remove: ListedFile[] = [];
	// Found by its ID: MASV may spell its place in another way.
	const current = note && listing.byId.get(note.id);
	let found: ListedFile | undefined;
	for (const listed of listing.byPlace.get(place) ?? []) {
		if (listed.id === note?.id) {
			continue;
		} else if (mayRemove(listed)) {
			remove.push(listed);
		} else if (isComplete(listed) === true) {
			if (!isProvenFile(listed, sent) || !isNotedAs(listed, sent))
				return { kind: 'blocked', by: listed, reason: 'different' };
			if (found !== undefined) return { kind: 'blocked', by: listed, reason: 'duplicate' };
			found = listed;
		} else if (isLeftover(listed)) {
			remove.push(listed);
		} else {
			return { kind: 'blocked', by: listed, reason: listed.isComplete === false ? 'unfinished' : 'unknown' };
		}
	}
	if (current !== undefined && found !== undefined) return { kind: 'blocked', by: found, reason: 'duplicate' };
	if (current !== undefined && note !== undefined) {
		// MASV confirmed the file, and nothing of a finalized package can change: what shows it as unfinished is behind.
		const isBehind = isClosed && note.done !== undefined && current.isComplete === false;
		const seen = { ...current, isComplete: isBehind || isComplete(current) };
		const decision = mayRemove(current)
			? decideOnCurrent(wanted, note, seen, remove, ownership.others)
			: decideOnFinished(wanted, note, seen, remove);
		return isBehind ? { kind: 'wait', otherwise: decision } : decision;
	}
	if (note !== undefined) {
		return { kind: 'wait', otherwise: decideOnUnlisted(wanted, note, found, remove, ownership) };
	}
	if (found !== undefined) return { kind: 'there', id: found.id, note: undefined, remove };
	const send: Decision = { kind: 'send', remove };
	const isMissing = [...ofOthers].some(([id, isDone]) => isDone && !listing.byId.has(id));
	return isMissing ? { kind: 'wait', otherwise: send } : send;

	function isNotedAs({ id }: ListedFile, { bytes, modifiedMs }: Intent): boolean {
		const noted = ownership.others.get(place)?.files?.get(id);
		return noted === undefined || (noted.bytes === bytes && noted.modifiedMs === modifiedMs);
	}

	function isLeftover(listed: ListedFile): boolean {
		if (isOwnPackage) return isOwnLeftover(listed, [sent, ...intents]);
		return !ofOthers.has(listed.id) && intents.some((intent) => isSameFile(listed, intent));
	}
}

/**
 * For an entry that was noted and is not listed: somebody has removed it, or the list is behind for longer than anybody waits.
 * Its upload is continued, where MASV says which of both it is; nothing is added before the entry is known to be gone.
 */
function decideOnUnlisted(
	wanted: Wanted,
	note: FileNote,
	found: ListedFile | undefined,
	remove: ListedFile[],
	{ isClosed, ownIds, others }: Ownership,
): Decision {
	const unlisted = { id: note.id, place: wanted.place, bytes: undefined, modifiedMs: undefined };
	const isOfOther = others.get(wanted.place)?.entries.has(note.id) === true;
	const mayBeOfOther = isOfOther && (note.done !== undefined || mayBeComplete(note));
	const isMixed = isMixedByOther(wanted, note, others);
	const isRemovable = ownIds.has(note.id) && !mayBeOfOther && !isMixed && !isClosed;
	if (found !== undefined) {
		const gone = isRemovable ? [...remove, { ...unlisted, isComplete: undefined }] : remove;
		return { kind: 'there', id: found.id, note: undefined, remove: gone };
	}
	// Nothing can be removed from a finalized package, and what it was finalized with had been compared with a list.
	if (isClosed && note.done !== undefined) {
		return decideOnCurrent(wanted, note, { ...unlisted, isComplete: true }, remove, others);
	}
	const isAsked = mayBeOfOther && (note.done !== undefined || !isMixed) && !isClosed;
	const compare = changeSince(wanted.source, note) !== 'same';
	if (isAsked) return { kind: 'resume', note, compare, isUnlisted: true, remove };
	if (!isRemovable) return { kind: 'send', remove };
	return settle(decideOnCurrent(wanted, note, { ...unlisted, isComplete: false }, remove, others));
}

/**
 * Whether an entry in a package of this delivery is an upload whose ID was never noted, because the response with it was lost or
 * its run died.
 * @param sent what is or was to be added to its place
 */
export function isOwnLeftover(listed: ListedFile, sent: readonly Intent[]): boolean {
	if (sent.length === 0) return false;
	if (listed.isComplete !== undefined) return !listed.isComplete;
	return sent.some((each) => isSameFile(listed, each));
}

function decideOnCurrent(
	wanted: Wanted,
	note: FileNote,
	current: ListedFile,
	remove: ListedFile[],
	others: Others,
): Decision {
	const change = changeSince(wanted.source, note);
	const isMixed = isMixedByOther(wanted, note, others);
	const isOfOther = others.get(wanted.place)?.entries.has(note.id) === true;
	const mayBeOfOther = isMixed || (isOfOther && change !== 'same' && mayBeComplete(note));
	if (mayBeOfOther && current.isComplete === undefined) return { kind: 'blocked', by: current, reason: 'unknown' };
	const replace: Decision = { kind: 'send', remove: [...remove, current] };
	// Once it is complete, the ETags no longer show whose parts are in it: it may be completed at this moment.
	if (isMixed && current.isComplete === false) return replace;
	const isOtherSize = current.bytes !== undefined && current.bytes !== wanted.source.bytes;
	if (change === 'resized' || isOtherSize) return replace;
	const isSame = change === 'same';
	if (current.isComplete === true || (current.isComplete === undefined && note.done !== undefined)) {
		return isSame ? { kind: 'there', id: note.id, note, remove } : { kind: 'check', note, remove };
	}
	const resume: Decision = note.uploadId === undefined ? replace : { kind: 'resume', note, compare: !isSame, remove };
	return note.done === undefined ? resume : { kind: 'wait', otherwise: resume };
}

function isMixedByOther({ place }: Wanted, { id }: FileNote, others: Others): boolean {
	return others.get(place)?.mixed?.has(id) === true;
}

/** Whether a run has ended while MASV was finalizing the file. */
function mayBeComplete({ isFinalizing, done }: FileNote): boolean {
	return isFinalizing && done === undefined;
}

/** For a file that another delivery has finished: it is taken for this one if it has the same content, and never removed. */
function decideOnFinished(wanted: Wanted, note: FileNote, current: ListedFile, remove: ListedFile[]): Decision {
	const { source } = wanted;
	const blocked = (reason: Reason): Decision => ({ kind: 'blocked', by: current, reason });
	const change = changeSince(source, note);
	if (change === 'resized' || (current.bytes !== undefined && current.bytes !== source.bytes)) {
		return blocked('different');
	}
	if (current.isComplete === false) return { kind: 'wait', otherwise: blocked('unfinished') };
	if (change === 'same') return { kind: 'there', id: note.id, note, remove };
	if (source.kind === 'range') return { kind: 'check', note, remove };
	// The entry may have been added for another file, whose upload this one continued: MASV shows the time of that one.
	const isSame = note.modifiedMs === source.modifiedAt.getTime() && isProvenFile(current, toIntent(source));
	return isSame ? { kind: 'there', id: note.id, note, remove } : blocked('different');
}

/**
 * The same from the notes alone, where no list can be had.
 * @param unfinished IDs of entries at this place that this delivery added and never finished
 */
export function decideWithoutList(
	wanted: Wanted,
	ownership: Pick<Ownership, 'others' | 'ownIds'>,
	unfinished: readonly string[] = [],
): Decision {
	return respectOthers(decideByNote(wanted, ownership, unfinished), wanted, ownership);
}

function decideByNote(
	wanted: Wanted,
	{ others: othersAt, ownIds }: Pick<Ownership, 'others' | 'ownIds'>,
	unfinished: readonly string[],
): Decision {
	const { place, note } = wanted;
	const unknown = { place, bytes: undefined, modifiedMs: undefined, isComplete: undefined };
	const leftover = unfinished.filter((id) => id !== note?.id).map((id) => ({ ...unknown, id }));
	if (note === undefined) return { kind: 'send', remove: leftover };
	const ofOthers = othersAt.get(place)?.entries;
	const isReported = ofOthers?.get(note.id) === true;
	if (!ownIds.has(note.id) || isReported) {
		const noted = { id: note.id, place, bytes: note.bytes, modifiedMs: note.modifiedMs, isComplete: true };
		return decideOnFinished(wanted, note, noted, leftover);
	}
	return decideOnCurrent(wanted, note, { ...unknown, id: note.id }, leftover, othersAt);
}

/** What happened to a file since it was noted. */
export function changeSince(source: FileSource, note: FileNote): ReturnType<typeof compareStamps> {
	if (note.bytes !== source.bytes) return 'resized';
	if (note.mixedBy.size > 0 || note.location !== source.location) return 'modified';
	if (note.stamp === undefined || source.stamp === undefined) return note.stamp === source.stamp ? 'same' : 'modified';
	return compareStamps(note.stamp, source.stamp);
}
