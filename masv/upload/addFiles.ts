import type { MasvClient } from '../client';
import type { MasvError } from '../errors';
import { MasvCancelledError } from '../errors';
import { inTurns, mapInTurns } from '../inTurns';
import { LongMap } from '../longCollections';
import { fetchOpen } from '../packages/open';
import type { ListedFile } from '../transfer/listing';
import { checkFolder, findMisplaced, labelOf, placeOf } from '../transfer/places';
import type { DirectoryFacts, FileSource } from '../transfer/source';
import { blockedError, claimedError } from './blockedError';
import { deliveryKey, takeDelivery, waitForEnd } from './delivery';
import { Directories } from './directories';
import { emptyDirectories } from './listDirectories';
import { findChanged, toReplace } from './findChanged';
import type { FilesPlan } from './planFiles';
import { groupKey, planFiles } from './planFiles';
import { sortOut } from './planWork';
import { removeLateEntries } from './removeLateEntries';
import { notRemovedError, removeEntries } from './removeEntries';
import type { Rivals } from './rivals';
import { createRivals } from './rivals';
import type { Stock } from './takeStock';
import type { UploadedFile } from './uploadedFile';
import type { FileJob } from './uploadFiles';
import { uploadFiles } from './uploadFiles';
import type { UploadOptions } from './uploadOptions';
import type { KnownFiles } from './uploadRun';

/** A file in a package that this upload did not create. */
export interface AddedFile extends UploadedFile {
	/** Whether the package contained the file before. */
	already_there: boolean;
}

export interface AddOptions extends UploadOptions {
	stopAtFirst: boolean;
	/** Folders in which no file is. Those that no file creates are registered with MASV. */
	directories?: readonly DirectoryFacts[];
	/** Given the paths of those that MASV did not accept, or that were not tried because a file failed. */
	onFoldersNotCreated?: (paths: string[]) => void;
}

/**
 * Uploads files to a package that someone created. Repeated, it uploads only what is missing: each file is in the package
 * once, also if other runs upload some of the same files at the same moment. It removes only what this delivery noted, and
 * what other deliveries that ended have left unfinished. A file that another one has finished counts if it has the same
 * content; otherwise, this one fails, as it does if anything else is in the way. A file that another run is uploading fails
 * with `delivery_running` or, with `ifRunning: 'wait'`, waits for its end. A file that {@link findMisplaced} finds fails before
 * anything is sent.
 * @returns one result per file, in the order of the sources. With `stopAtFirst`, the first failure cancels the others, which
 * then fail with MasvCancelledError
 * @throws MasvError if the package does not accept files, or another run is uploading the same files to it
 */
export async function addFiles(
	client: MasvClient,
	packageId: string,
	sources: FileSource[],
	options: AddOptions,
): Promise<Array<PromiseSettledResult<AddedFile>>> {
	const misplaced = await findMisplaced(sources, client.clock);
	const directories = emptyDirectories(options.directories ?? [], sources);
	for (const directory of directories) checkFolder(labelOf(directory));
	const isStopped = misplaced.size > 0 && (options.stopAtFirst || misplaced.size === sources.length);
	const placed = isStopped ? [] : sources.filter((_, index) => !misplaced.has(index));
	const added = placed.length === 0 ? [] : await addPlaced(client, packageId, placed, { ...options, directories });
	let next = 0;
	return sources.map((_, index) => {
		const reason = misplaced.get(index);
		return reason === undefined ? (added[next++] ?? stopped()) : { status: 'rejected', reason };
	});
}

function stopped(): PromiseRejectedResult {
	return { status: 'rejected', reason: new MasvCancelledError() };
}

/** The same for files in places of their own. */
async function addPlaced(
	client: MasvClient,
	packageId: string,
	sources: FileSource[],
	options: AddOptions,
): Promise<Array<PromiseSettledResult<AddedFile>>> {
	const { chunk_size: packagePartBytes } = await fetchOpen(client, packageId);
	// 0: the package has no part size of its own.
	const partBytes = options.partBytes ?? (packagePartBytes === 0 ? undefined : packagePartBytes);
	for (;;) {
		const outcome = await tryToAdd(client, packageId, sources, { ...options, partBytes });
		if ('results' in outcome) return outcome.results;
		client.onRetry?.('Another execution is uploading some of the same files. Waiting for its end.');
		await waitForEnd(client, options.leases, outcome.busy);
	}
}

/** @returns instead of the results, the keys of the deliveries to wait for: by then, nothing is held that they may need */
async function tryToAdd(
	client: MasvClient,
	packageId: string,
	sources: FileSource[],
	options: AddOptions,
): Promise<{ results: Array<PromiseSettledResult<AddedFile>> } | { busy: ReadonlySet<string> }> {
	const key = await deliveryKey(client, options.scope, ['files', packageId], sources);
	// What other executions left unfinished in the package is known, too.
	const group = groupKey(client, packageId);
	const delivery = await takeDelivery(client, options, key, group, 'ifUploadRunning');
	const rivals = createRivals(client, options.leases, delivery);
	try {
		const plan = await planFiles(client, packageId, sources, options, delivery, rivals);
		if (plan.busy.size > 0 && options.ifRunning === 'wait') return { busy: plan.busy };
		const results = await carryOut(plan, sources, options, rivals);
		// Another run may have replaced what this one has uploaded.
		await delivery.guard.check();
		return { results };
	} finally {
		await rivals.release();
		await delivery.end();
	}
}

async function carryOut(
	{ access, known, stock, neverFinished, openPlaces }: FilesPlan,
	sources: FileSource[],
	options: AddOptions,
	rivals: Rivals,
): Promise<Array<PromiseSettledResult<AddedFile>>> {
	const { packageId } = access;
	const { clock } = access.client;
	const { decisions, inTheWay, unlisted } = stock;
	const changed = await findChanged(toReplace(sources, decisions), access.client.signal);
	const removable = new Set([...inTheWay].flatMap(([id, place]) => (changed.has(place) ? [] : [id])));
	const notRemoved = await removeEntries(access, removable, known.notebook, unlisted);
	const stuck = new Map(notRemoved.map((each) => [each.id, each]));
	const results = new LongMap<string, PromiseSettledResult<AddedFile>>();
	await inTurns(sources.entries(), clock, ([index, source]) => {
		const place = placeOf(source);
		const decision = decisions[index] as Stock['decisions'][number];
		const reason = changed.get(place) ?? whyNot(packageId, place, decision, stuck);
		if (reason !== undefined) results.set(place, { status: 'rejected', reason });
	});
	const failed = new Set(results.keys());
	const { jobs: all, there } = await sortOut(sources, { decisions }, clock);
	await inTurns(there, clock, ([place, file]) => {
		if (!failed.has(place)) results.set(place, fulfilled(file, true));
	});
	const jobs: FileJob[] = [];
	const waiting = new Set<string>();
	await inTurns(all, clock, async (job) => {
		const place = placeOf(job.source);
		if (failed.has(place)) return await unclaim(known, place);
		jobs.push(job);
		waiting.add(place);
	});
	await inTurns(sources, clock, async (source) => {
		const place = placeOf(source);
		if (!waiting.has(place)) await rivals.leave(place);
	});
	const onFileEnd = async (source: FileSource, isDone: boolean): Promise<void> => {
		if (!isDone) await unclaim(known, placeOf(source));
		await rivals.leave(placeOf(source));
	};
	const isStopped = options.stopAtFirst && failed.size > 0;
	const uploaded = isStopped ? jobs.map(stopped) : await uploadFiles(access, jobs, known, { ...options, onFileEnd });
	await inTurns(uploaded.entries(), clock, ([index, result]) => {
		const place = placeOf((jobs[index] as FileJob).source);
		results.set(place, result.status === 'fulfilled' ? fulfilled(result.value, false) : result);
	});
	// Where this run has failed, another one may have begun.
	for (const place of openPlaces) if (results.get(place)?.status === 'fulfilled') known.lostPlaces.add(place);
	const added = new Set(uploaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : [])));
	const left = neverFinished.filter(({ id, place }) => !removable.has(id) && isOther(results.get(place), id));
	const late = { addedIds: added, unfinished: new Map(left.map(({ id, place }) => [id, place])) };
	await removeLateEntries(access, known, sources, late, options.onWarning);
	const directories = new Directories(access, known, options.directories ?? [], options.onWarning);
	const hasFailed = [...results.values()].some(({ status }) => status === 'rejected');
	if (!(options.stopAtFirst && hasFailed)) await directories.create();
	options.onFoldersNotCreated?.(directories.notCreated);
	const resultOf = (source: FileSource): PromiseSettledResult<AddedFile> =>
		results.get(placeOf(source)) as PromiseSettledResult<AddedFile>;
	return await mapInTurns(sources, clock, resultOf);
}

/** Whether the file has been uploaded as another entry than this one. */
function isOther(result: PromiseSettledResult<AddedFile> | undefined, id: string): boolean {
	return result?.status === 'fulfilled' && result.value.id !== id;
}

/** A run of another delivery need not wait until this one has ended. */
async function unclaim({ notebook }: KnownFiles, place: string): Promise<void> {
	await notebook?.write({ kind: 'unclaimed', by: notebook.by, fence: notebook.fence, place });
}

/** Why a file cannot be uploaded. @param stuck entries that MASV does not remove, by ID */
function whyNot(
	packageId: string,
	place: string,
	decision: Stock['decisions'][number],
	stuck: ReadonlyMap<string, ListedFile>,
): MasvError | undefined {
	if (decision.kind === 'blocked') return blockedError(packageId, decision);
	if (decision.kind === 'claimed') return claimedError(packageId, place);
	const left = decision.remove.find(({ id }) => stuck.has(id));
	return left && notRemovedError(packageId, left, place);
}

function fulfilled(file: UploadedFile, isThere: boolean): PromiseFulfilledResult<AddedFile> {
	return { status: 'fulfilled', value: { ...file, already_there: isThere } };
}
