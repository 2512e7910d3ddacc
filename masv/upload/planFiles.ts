import type { MasvClient } from '../client';
import type { Clock } from '../clock';
import { inTurns } from '../inTurns';
import { fetchPackageToken } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { waitForLease } from '../transfer/waitForLease';
import { settled } from '../workers';
import type { Delivery } from './delivery';
import { FinishedFiles } from './finishedFiles';
import { foldRecords } from './foldRecords';
import type { InheritedNotes } from './inheritNotes';
import { inheritNotes, rivalsAt } from './inheritNotes';
import { mergeLines } from './mergeLines';
import type { FileNote, NoteLine, Notebook } from './notes';
import { createNotebook, readNotes } from './notes';
import { toUploadedFile, toWanted } from './planWork';
import { isToDo } from './reconcile';
import { refuseChanged } from './refuseChanged';
import type { Rivals, Traces } from './rivals';
import type { Stock } from './takeStock';
import { takeStock } from './takeStock';
import type { UploadOptions } from './uploadOptions';
import type { KnownFiles } from './uploadRun';

/** What is to be done about each file in somebody's package. */
export interface FilesPlan extends Pick<InheritedNotes, 'neverFinished' | 'openPlaces'> {
	access: PackageAccess;
	known: KnownFiles;
	stock: Stock;
	/** Keys of other deliveries that are uploading some of the files at this moment. */
	busy: ReadonlySet<string>;
}

/** What the records of all deliveries to a package have in common. */
export function groupKey(client: MasvClient, packageId: string): string {
	return client.recordKey(['files', packageId]);
}

/**
 * Decides what to upload to a package that other deliveries may be uploading to at this moment, with other lists of files. One
 * run at a time decides, and notes which places it has claimed before the next one reads them: none could see in MASV's list
 * what another is about to add.
 *
 * Whoever decides waits for nobody but MASV. Which deliveries are alive has to be known before, because watching takes half a
 * minute: each that is found is watched, and then everything is read again.
 */
export async function planFiles(
	client: MasvClient,
	packageId: string,
	sources: FileSource[],
	{ journal, leases, policy = fifteenMinutesOfOutage, ifRunning }: UploadOptions,
	delivery: Delivery,
	rivals: Rivals,
): Promise<FilesPlan> {
	const { clock } = client;
	const token = await fetchPackageToken(client, packageId);
	const access: PackageAccess = { client: client.withGuard(rivals.guard), packageId, token, policy };
	const planningKey = client.recordKey(['planning', packageId]);
	await begin(delivery);
	const finished = journal && new FinishedFiles(client, journal, packageId);
	let found: ReadonlyMap<string, Traces> = new Map();
	let hasReadAgain = false;
	for (;;) {
		await rivals.watch(found);
		// Without an identity or a lease, there is nothing to claim places with.
		const isAlone = leases === undefined || delivery.record === undefined;
		const turn = isAlone ? undefined : await waitForLease(client, leases, planningKey);
		try {
			const records = await delivery.read();
			// Afterwards: what another run removes from the former is in the latter by then.
			const before = records && (await finished?.read(sources));
			const merged = before && (await mergeLines([...before, ...records.values()], clock));
			const notes = await readNotes(merged?.lines ?? [], clock);
			found = await rivalsAt(notes, sources, delivery.key, clock);
			if (![...found].every(([key, traces]) => rivals.hasWatched(key, traces))) continue;
			// What others have claimed is not known.
			const record = merged === undefined ? undefined : delivery.record;
			const notebook = createNotebook(record, delivery.key, delivery.fence, merged?.nextTurn);
			const inherited = await inheritNotes(notes, delivery.key, rivals, sources, clock);
			const { latest, unfinished, neverFinished, openPlaces, ...ownership } = inherited;
			const known = { ...ownership, isOwnPackage: false, isClosed: false, lostPlaces: new Set<string>(), notebook };
			const stock = await takeStock(access, await toWanted(sources, latest, clock), known, unfinished);
			if (merged === undefined) stock.decisions = await refuseChanged(stock.decisions, sources, delivery.record, clock);
			if (!hasReadAgain && areNotesOlder(sources, stock, known)) {
				hasReadAgain = true;
				continue;
			}
			const contested = sources.filter((_, index) => stock.decisions[index]?.kind === 'claimed');
			const atWork = contested.flatMap((source) => [...(notes.claims.get(placeOf(source)) ?? [])]);
			const busy = new Set(atWork.filter((key) => rivals.alive.has(key)));
			const plan = { access, known, stock, neverFinished, openPlaces, busy };
			if (busy.size > 0 && ifRunning === 'wait') return plan;
			await claim(notebook, sources, stock, clock);
			// A process that was frozen may have noted its claims after another one had decided.
			if (turn !== undefined && !(await turn.isHeld())) continue;
			if (turn !== undefined && records !== undefined && finished !== undefined) {
				const group = { group: groupKey(client, packageId), own: delivery.key, records, notes };
				await foldRecords(client, { journal, leases }, finished, group);
			}
			return plan;
		} finally {
			await turn?.release();
		}
	}
}

/**
 * Whether MASV lists a file as complete that another delivery was uploading when its notes were read. What it has noted about it since
 * then shows whether that is the same file, or a different one of the same size and time.
 */
function areNotesOlder(
	sources: readonly FileSource[],
	{ decisions }: Stock,
	{ others }: Pick<KnownFiles, 'others'>,
): boolean {
	return sources.some((source, index) => {
		const decision = decisions[index];
		if (decision?.kind !== 'there' || decision.note !== undefined) return false;
		return others.get(placeOf(source))?.entries.get(decision.id) === false;
	});
}

/**
 * Voids what an earlier run of this delivery claimed: this one is alive, so that others would believe that it still wants it.
 * Two deliveries that both do so would stand in each other's way forever.
 */
async function begin({ record, key, fence }: Delivery): Promise<void> {
	const mayHaveClaims = fence > 1;
	if (mayHaveClaims)
		await createNotebook(record, key, fence)?.write({ kind: 'begun', by: key, fence }, { durable: true });
}

/**
 * Notes what this run will upload, and what it will report although another delivery has uploaded it: that one would otherwise
 * replace it once its own file has changed. Written together. Another machine must see them at once.
 */
async function claim(
	notebook: Notebook | undefined,
	sources: FileSource[],
	{ decisions }: Stock,
	clock: Pick<Clock, 'sleep'>,
): Promise<void> {
	if (notebook === undefined) return;
	const { by, fence } = notebook;
	const toLine = (source: FileSource, decision: Stock['decisions'][number]): NoteLine | undefined => {
		if (isToDo(decision)) return { kind: 'claimed', by, fence, place: placeOf(source) };
		if (decision.kind !== 'there' || decision.note === undefined || isNotedBy(decision.note, by)) return undefined;
		return { kind: 'done', by, file: decision.id, result: { ...toUploadedFile(source, decision) } };
	};
	const written: Array<Promise<PromiseSettledResult<void>>> = [];
	await inTurns(sources.entries(), clock, ([index, source]) => {
		const line = toLine(source, decisions[index] as Stock['decisions'][number]);
		if (line !== undefined) written.push(settled(notebook.write(line, { durable: true })));
	});
	const failed = (await Promise.all(written)).find(({ status }) => status === 'rejected');
	if (failed?.status === 'rejected') throw failed.reason;
}

function isNotedBy(note: FileNote, key: string): boolean {
	return note.by === key || note.reportedBy.has(key);
}
