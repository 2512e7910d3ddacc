import { z } from 'zod';
import type { Clock } from '../clock';
import { inTurns, quickly } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import type { JournalRecord } from '../transfer/journal';
import { placeOf } from '../transfer/places';
import type { FileStamp } from '../transfer/source';
import type { PartNote } from './partNote';
import { toPartNote } from './partNote';
import type { UploadedFile } from './uploadedFile';

const stampSchema = z.object({
	bytes: z.number(),
	modified: z.string(),
	changed: z.string(),
	device: z.string(),
	inode: z.string(),
});

const uploadedFileSchema = z.looseObject({ id: z.string(), name: z.string(), path: z.string(), size: z.number() });

/** The lines of a record. */
const lineSchema = z.discriminatedUnion('kind', [
	/** The package was created, or is now worked on. */
	z.object({
		kind: z.literal('package'),
		fence: z.number(),
		id: z.string(),
		/** Sealed, for a package that MASV does not list. */
		token: z.string().optional(),
	}),
	/** A run has begun that does not yet claim anything. What earlier runs of the same delivery claimed is void. */
	z.object({ kind: z.literal('begun'), fence: z.number(), by: z.string() }),
	/** A run will upload a file to a place in someone's package, unless it ends before. */
	z.object({ kind: z.literal('claimed'), fence: z.number(), by: z.string(), place: z.string() }),
	/** It has failed to. */
	z.object({ kind: z.literal('unclaimed'), fence: z.number(), by: z.string(), place: z.string() }),
	/** A file is about to be added to someone's package. */
	z.object({
		kind: z.literal('adding'),
		fence: z.number(),
		by: z.string(),
		place: z.string(),
		bytes: z.number(),
		modifiedMs: z.number(),
	}),
	/** A file was added. */
	z.object({
		kind: z.literal('file'),
		fence: z.number(),
		by: z.string(),
		id: z.string(),
		place: z.string(),
		location: z.string().optional(),
		stamp: stampSchema.optional(),
		bytes: z.number(),
		modifiedMs: z.number(),
		uploadId: z.string().optional(),
		partBytes: z.number(),
	}),
	/** In somebody's package: another file, or one in another state, is about to replace stored parts. Over with the next `file`. */
	z.object({ kind: z.literal('mixing'), by: z.string(), file: z.string() }),
	/** A part was stored. `index` counts from 0. */
	z.looseObject({ kind: z.literal('part'), file: z.string(), index: z.number() }),
	/** MASV was asked, or is about to be asked, to finalize the file. */
	z.object({ kind: z.literal('finalizing'), file: z.string() }),
	/** MASV refused to finalize the file and did not say whether it is complete. */
	z.object({ kind: z.literal('doubtful'), file: z.string() }),
	/** MASV has confirmed that the entry was removed. */
	z.object({ kind: z.literal('removed'), file: z.string() }),
	/** MASV has confirmed that the file is finalized. `by`: the delivery that reports it, which may not have added it. */
	z.object({ kind: z.literal('done'), by: z.string().optional(), file: z.string(), result: uploadedFileSchema }),
	/** MASV has listed the files of the package. */
	z.object({ kind: z.literal('listed'), package: z.string() }),
	/** MASV has refused to add a file to the package, although it was open. `answer` identifies what MASV said. */
	z.object({ kind: z.literal('refused'), package: z.string(), answer: z.string() }),
	/** MASV was asked, or is about to be asked, to finalize the package. */
	z.object({ kind: z.literal('delivering'), fence: z.number(), package: z.string() }),
	/** MASV has refused that, because the package is incomplete. What this run and earlier ones requested is settled. */
	z.object({ kind: z.literal('incomplete'), fence: z.number(), package: z.string() }),
	/** MASV has created the link, which is sealed. `request` identifies the package and the link. */
	z.object({ kind: z.literal('linked'), request: z.string(), link: z.string() }),
	/** The package is finalized, and the run is about to report it. */
	z.object({
		kind: z.literal('sent'),
		fence: z.number(),
		package: z.string(),
		/** Sealed, as above. */
		token: z.string().optional(),
		/** Identifies the content that was sent. */
		content: z.string(),
		/** Paths of empty folders that MASV did not accept. */
		foldersNotCreated: z.array(z.string()).optional(),
	}),
]);
export type NoteLine = z.infer<typeof lineSchema>;

/** What is noted about one file that was added to the package. */
export interface FileNote extends Omit<Extract<NoteLine, { kind: 'file' }>, 'kind' | 'stamp'> {
	stamp: FileStamp | undefined;
	/** By index from 0. */
	parts: Map<number, PartNote>;
	/** Deliveries that may have replaced stored parts by those of other files, or of the file in another state. */
	mixedBy: ReadonlySet<string>;
	isFinalizing: boolean;
	isDoubtful: boolean;
	isRemoved: boolean;
	done: UploadedFile | undefined;
	/** The deliveries that report it. */
	reportedBy: ReadonlySet<string>;
}

/** What earlier runs noted. A hint: every line may be missing, and what it says may have changed since. */
export interface Notes {
	package: { id: string; token: string | undefined } | undefined;
	/** All files that were ever added, by ID. */
	files: Map<string, FileNote>;
	/** `isOpen`: it is not known what became of it. */
	adding: Array<Extract<NoteLine, { kind: 'adding' }> & { isOpen: boolean }>;
	/** By place, the deliveries whose latest run has begun to upload a file to it, or is about to. */
	claims: Map<string, Set<string>>;
	/** By delivery, the fence of its latest run that noted something about someone's package. */
	runs: Map<string, number>;
	isDelivering: boolean;
	wasListed: boolean;
	/** What MASV said when it refused to add a file to the package while it was open. */
	refusals: Set<string>;
	sent: Extract<NoteLine, { kind: 'sent' }> | undefined;
	/** By request, sealed. */
	links: Map<string, string>;
}

/** Lines that are not understood are skipped: they were torn by a crash, or written by another version. */
export async function readNotes(lines: readonly unknown[], clock: Pick<Clock, 'sleep'>): Promise<Notes> {
	const notes: Notes = {
		package: undefined,
		files: new LongMap(),
		adding: [],
		claims: new LongMap(),
		runs: new Map(),
		isDelivering: false,
		wasListed: false,
		refusals: new Set(),
		sent: undefined,
		links: new Map(),
	};
	let packageFence = 0;
	/** By package, the fence of the latest run that may have delivered it. */
	const delivering = new Map<string, number>();
	const listed = new LongSet<string>();
	const refusals: Array<Extract<NoteLine, { kind: 'refused' }>> = [];
	/** A run that was frozen may write its lines after its successor. */
	const isLatest = ({ by, fence }: { by: string; fence: number }): boolean => {
		const latest = notes.runs.get(by) ?? 0;
		if (fence > latest) {
			notes.runs.set(by, fence);
			for (const claimants of notes.claims.values()) claimants.delete(by);
		}
		return fence >= latest;
	};
	const claim = (line: { place: string; by: string; fence: number }): void => {
		if (isLatest(line)) notes.claims.set(line.place, (notes.claims.get(line.place) ?? new Set()).add(line.by));
	};
	const intentsAt = new LongMap<string, Notes['adding']>();
	const closeIntents = (place: string, by?: string): void => {
		for (const intent of intentsAt.get(place) ?? []) if ((by ?? intent.by) === intent.by) intent.isOpen = false;
	};
	const unclaimed: Array<Extract<NoteLine, { kind: 'unclaimed' }>> = [];
	const change = (file: string, changes: Partial<FileNote>): void => {
		const known = notes.files.get(file);
		if (known !== undefined) Object.assign(known, changes);
	};
	await inTurns(lines, clock, (each) => {
		const { data: line } = lineSchema.safeParse(each);
		switch (line?.kind) {
			case 'package':
				// A run that was frozen may write its line after the run that took over from it.
				if (line.fence >= packageFence) {
					notes.package = { id: line.id, token: line.token };
					packageFence = line.fence;
				}
				break;
			case 'begun':
				isLatest(line);
				break;
			case 'claimed':
				claim(line);
				break;
			case 'unclaimed':
				unclaimed.push(line);
				break;
			case 'adding': {
				const intent = { ...line, isOpen: true };
				notes.adding.push(intent);
				intentsAt.set(line.place, [...(intentsAt.get(line.place) ?? []), intent]);
				claim(line);
				break;
			}
			case 'file': {
				const { kind: _kind, stamp, ...file } = line;
				const known = notes.files.get(line.id);
				const begun = {
					parts: new Map<number, PartNote>(),
					isFinalizing: false,
					isDoubtful: false,
					mixedBy: new Set<string>(),
					isRemoved: false,
					done: undefined,
					reportedBy: new Set<string>(),
				};
				notes.files.set(line.id, { ...begun, ...known, ...file, stamp, mixedBy: new Set() });
				// Its "adding" may not have been written.
				if (known === undefined) claim(line);
				break;
			}
			case 'mixing':
				change(line.file, { mixedBy: new Set(notes.files.get(line.file)?.mixedBy).add(line.by) });
				break;
			case 'part': {
				const part = toPartNote(line);
				if (part !== undefined) notes.files.get(line.file)?.parts.set(line.index, part);
				break;
			}
			case 'finalizing':
				change(line.file, { isFinalizing: true });
				break;
			case 'doubtful':
				change(line.file, { isDoubtful: true });
				break;
			case 'removed': {
				change(line.file, { isRemoved: true });
				const removed = notes.files.get(line.file);
				if (removed !== undefined) closeIntents(removed.place, removed.by);
				break;
			}
			case 'done': {
				const finished = notes.files.get(line.file);
				// Whoever finishes it has seen what others, which ended, were about to do there.
				const place = finished?.place ?? placeOf(line.result);
				notes.claims.delete(place);
				closeIntents(place);
				if (finished === undefined) break;
				const { by = finished.by } = line;
				change(line.file, {
					done: line.result as unknown as UploadedFile,
					reportedBy: new Set(finished.reportedBy).add(by),
				});
				break;
			}
			case 'listed':
				listed.add(line.package);
				break;
			case 'refused':
				refusals.push(line);
				break;
			case 'delivering':
				delivering.set(line.package, Math.max(line.fence, delivering.get(line.package) ?? 0));
				break;
			case 'incomplete':
				// A run that was frozen does not know what its successor has requested.
				if (line.fence >= (delivering.get(line.package) ?? 0)) delivering.delete(line.package);
				break;
			case 'linked':
				notes.links.set(line.request, line.link);
				break;
			case 'sent':
				if (line.fence >= (notes.sent?.fence ?? 0)) notes.sent = line;
				break;
		}
	});
	// The same run may be the last one to write: what it says is of its package, and not of the one that is worked on now.
	notes.isDelivering = notes.package !== undefined && delivering.has(notes.package.id);
	notes.wasListed = notes.package !== undefined && listed.has(notes.package.id);
	for (const { package: id, answer } of refusals) if (id === notes.package?.id) notes.refusals.add(answer);
	if (notes.sent !== undefined && notes.sent.fence < packageFence) notes.sent = undefined;
	// While its run is alive, what it has left is not to be touched.
	const unfinished = new Set([...notes.files.values()].filter(isUnfinished).map(claimKey));
	for (const line of unclaimed) {
		if (line.fence === notes.runs.get(line.by) && !unfinished.has(claimKey(line)))
			notes.claims.get(line.place)?.delete(line.by);
	}
	return notes;
}

function claimKey({ by, place }: { by: string; place: string }): string {
	return JSON.stringify([by, place]);
}

/** Whether it was added, and neither finished nor removed. */
export function isUnfinished({ done, isRemoved }: FileNote): boolean {
	return done === undefined && !isRemoved;
}

/** Whether another delivery has added the file, reports it, or may have completed it with a file of its own. */
export function isOfOthers({ by, reportedBy, mixedBy }: FileNote, key: string): boolean {
	return by !== key || [...reportedBy, ...mixedBy].some((each) => each !== key);
}

/** The places that lines are about. Those of files that other lines have added are found in the notes. */
export async function placesIn(
	lines: readonly unknown[],
	{ files }: Pick<Notes, 'files'>,
	clock: Pick<Clock, 'sleep'>,
): Promise<Set<string>> {
	const places = new LongSet<string>();
	await inTurns(lines, clock, (each) => {
		const { data: line } = lineSchema.safeParse(each);
		if (line === undefined) return;
		const file = 'file' in line && typeof line.file === 'string' ? files.get(line.file) : undefined;
		if (file !== undefined) places.add(file.place);
		if ('place' in line && typeof line.place === 'string') places.add(line.place);
		if (line.kind === 'done') places.add(placeOf(line.result));
	});
	return places;
}

/**
 * Lines that say the same about a file that was finished. No delivery depends on the number of the run that noted it.
 */
export function finishedLines({ done, parts, ...file }: FileNote): NoteLine[] {
	const { by, id, place, location, stamp, bytes, modifiedMs, uploadId, partBytes } = file;
	if (done === undefined) return [];
	// Two suffice to tell that it is not of one delivery alone.
	const reporters = [...file.reportedBy].slice(0, 2);
	return [
		{ kind: 'file', fence: 0, by, id, place, location, stamp, bytes, modifiedMs, uploadId, partBytes },
		...[...parts].map(([index, part]): NoteLine => ({ kind: 'part', file: id, index, ...part })),
		...reporters.map((reporter): NoteLine => ({ kind: 'done', by: reporter, file: id, result: { ...done } })),
	];
}

/** The latest file of a delivery at each place. */
export async function latestByPlace(
	{ files }: Pick<Notes, 'files'>,
	by: string,
	clock: Pick<Clock, 'sleep'>,
): Promise<Map<string, FileNote>> {
	const latest = new LongMap<string, FileNote>();
	const take = (file: FileNote): void => {
		if (file.by !== by || file.isRemoved) return;
		const known = latest.get(file.place);
		if (known === undefined || file.fence >= known.fence) latest.set(file.place, file);
	};
	await inTurns(files.values(), clock, take, quickly);
	return latest;
}

/** IDs of the files that were added and neither finished nor removed, by place. */
export async function unfinishedByPlace(
	files: Iterable<FileNote>,
	clock: Pick<Clock, 'sleep'>,
): Promise<Map<string, string[]>> {
	const ids = new LongMap<string, string[]>();
	const take = (file: FileNote): void => {
		if (isUnfinished(file)) ids.set(file.place, [...(ids.get(file.place) ?? []), file.id]);
	};
	await inTurns(files, clock, take, quickly);
	return ids;
}

/** Where one run writes its notes. */
export interface Notebook {
	/** The delivery that the notes belong to. */
	by: string;
	fence: number;
	/** @param options `durable` for what must outlive a power failure */
	write(line: NoteLine, options?: { durable?: boolean }): Promise<void>;
	/** Whether something could not be written, see {@link JournalRecord.hasFailed}. */
	hasFailed?(): boolean;
}

/** Whether all that was noted until now has been written, as far as is known, so that others and later runs find it. */
export function isNoting(notes: Pick<JournalRecord, 'hasFailed'> | undefined): boolean {
	return notes !== undefined && notes.hasFailed?.() !== true;
}

/**
 * @param turn of a run that shares a package with other deliveries, see {@link mergeLines}
 * @returns undefined without a record: nothing can be noted
 */
export function createNotebook(
	record: JournalRecord | undefined,
	by: string,
	fence: number,
	turn?: number,
): Notebook | undefined {
	if (record === undefined) return undefined;
	let begun: { turn?: number } = { turn };
	return {
		by,
		fence,
		hasFailed: () => record.hasFailed?.() === true,
		write: async (line, options) => {
			const first = begun;
			begun = {};
			await record.append({ ...line, ...first }, options);
		},
	};
}
