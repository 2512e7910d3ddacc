import type { Clock } from '../clock';
import { groupInTurns, inTurns, mapInTurns, quickly } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import type { ListedFile } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { isContentSum } from './contentSum';
import { checkAsPlanned, toReplace } from './findChanged';
import type { FileNote, Notebook, Notes } from './notes';
import { latestByPlace, unfinishedByPlace } from './notes';
import type { Decision, Wanted } from './reconcile';
import { isToDo, noOthers } from './reconcile';
import type { Stock } from './takeStock';
import { removeEntries } from './removeEntries';
import { takeStock } from './takeStock';
import type { UploadedFile } from './uploadedFile';
import type { FileJob } from './uploadFiles';
import type { KnownFiles } from './uploadRun';

/** What is left to do in a package. */
export interface Work {
	/** Files to upload or to compare. */
	jobs: FileJob[];
	/** Files that MASV has, by place. */
	there: Map<string, UploadedFile>;
	known: KnownFiles;
	/** Whether MASV's list shows all that is there; otherwise, the notes decided alone. */
	isListed: boolean;
	/** Places of files that earlier runs finished and that are not wanted any more: a list of MD5s with another name. */
	unwanted: string[];
}

/** For a package that was created just now. */
export function wholeWork(sources: FileSource[], notebook: Notebook | undefined): Work {
	return {
		jobs: sources.map((source) => ({ source, start: { kind: 'send' } })),
		there: new Map(),
		known: {
			isOwnPackage: true,
			isClosed: false,
			ownIds: new Set(),
			others: noOthers,
			intents: new Map(),
			lostPlaces: new Set(),
			notebook,
		},
		isListed: true,
		unwanted: [],
	};
}

/**
 * Reads what the package of this delivery contains, and decides for each file.
 * @throws MasvTransferError for a file that has changed since it was planned, before anything of it is removed
 * @returns instead of the work, the place of an entry that is not of this delivery, or that MASV does not remove
 */
export async function planWork(
	access: PackageAccess,
	sources: FileSource[],
	notes: Notes,
	notebook: Notebook,
	isClosed: boolean,
): Promise<Work | { blockedPlace: string }> {
	const { clock } = access.client;
	const ownIds = new LongSet(notes.files.keys());
	const intents = await groupInTurns(notes.adding, clock, ({ place }) => place);
	const lostPlaces = new Set<string>();
	const known: KnownFiles = { isOwnPackage: true, isClosed, ownIds, others: noOthers, intents, lostPlaces, notebook };
	const latest = await latestByPlace(notes, notebook.by, clock);
	const unfinished = await unfinishedByPlace(notes.files.values(), clock);
	const wanted = await toWanted(sources, latest, clock);
	const elsewhere = await notedElsewhere(notes, notebook.by, wanted, clock);
	const stock = await takeStock(access, wanted, known, unfinished, elsewhere.map(toEntry));
	const [extra] = stock.extras;
	if (extra !== undefined) return { blockedPlace: extra.place };
	const blocked = stock.decisions.find((decision) => decision.kind === 'blocked');
	if (blocked !== undefined) return { blockedPlace: blocked.by.place };
	const { inTheWay, unlisted } = stock;
	if (!isClosed) await checkAsPlanned(toReplace(sources, stock.decisions), access.client.signal);
	const [left] = isClosed ? [] : await removeEntries(access, new Set(inTheWay.keys()), notebook, unlisted);
	if (left !== undefined) return { blockedPlace: inTheWay.get(left.id) ?? '' };
	known.wasListed = notes.wasListed;
	const unwanted = elsewhere.filter(({ done }) => done !== undefined).map(({ place }) => place);
	return { ...(await sortOut(sources, stock, clock)), known, isListed: stock.isListed, unwanted };
}

/** What a delivery has added, and not removed, at places where no file is wanted. */
async function notedElsewhere(
	{ files }: Notes,
	by: string,
	wanted: readonly Wanted[],
	clock: Pick<Clock, 'sleep'>,
): Promise<FileNote[]> {
	const places = new LongSet<string>();
	await inTurns(wanted, clock, ({ place }) => void places.add(place), quickly);
	const elsewhere: FileNote[] = [];
	const take = (note: FileNote): void => {
		if (note.by === by && !note.isRemoved && !places.has(note.place)) elsewhere.push(note);
	};
	await inTurns(files.values(), clock, take, quickly);
	return elsewhere;
}

function toEntry({ id, place }: FileNote): ListedFile {
	return { id, place, bytes: undefined, modifiedMs: undefined, isComplete: undefined };
}

export async function toWanted(
	sources: readonly FileSource[],
	latest: ReadonlyMap<string, FileNote>,
	clock: Pick<Clock, 'sleep'>,
): Promise<Wanted[]> {
	return await mapInTurns(sources, clock, (source) => {
		const place = placeOf(source);
		return { source, place, note: latest.get(place) };
	});
}

/** Files that need work, and files that are there. Those that cannot be uploaded are in neither. */
export async function sortOut(
	sources: readonly FileSource[],
	{ decisions }: Pick<Stock, 'decisions'>,
	clock: Pick<Clock, 'sleep'>,
): Promise<Pick<Work, 'jobs' | 'there'>> {
	const jobs: FileJob[] = [];
	const there = new LongMap<string, UploadedFile>();
	await inTurns(sources.entries(), clock, ([index, source]) => {
		const decision = decisions[index] as Stock['decisions'][number];
		if (decision.kind === 'there') there.set(placeOf(source), toUploadedFile(source, decision));
		else if (isToDo(decision)) jobs.push({ source, start: decision });
	});
	return { jobs, there };
}

/** What MASV has, as it is reported. */
export function toUploadedFile(source: FileSource, { id, note }: Extract<Decision, { kind: 'there' }>): UploadedFile {
	const { name, path, bytes } = source;
	// Without a note, all that is known is what the list shows. A file has at least one part.
	const { md5, content_sum: sum } = note?.done ?? {};
	const parts = note?.done?.parts ?? Math.max(1, note?.parts.size ?? 0);
	return {
		id,
		name,
		path,
		size: bytes,
		parts,
		retried_parts: 0,
		resumed_parts: parts,
		md5_verified: note?.done?.md5_verified ?? false,
		duration_ms: 0,
		...(typeof md5 === 'string' && /^[0-9a-f]{32}$/.test(md5) && { md5 }),
		...(isContentSum(sum) && { content_sum: sum }),
	};
}
