import { isGone, isUnknownUpload } from '../answers';
import { MasvError, MasvTransferError } from '../errors';
import type { ListedFile } from '../transfer/listing';
import { labelOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { changedError } from '../transfer/unchanged';
import { blockedError } from './blockedError';
import { compareParts } from './compareParts';
import { contentSum } from './contentSum';
import { settleShown } from './fetchShown';
import type { EarlierFinalize, FinalizeOutcome } from './finalizeFile';
import { finalizeFile } from './finalizeFile';
import type { FileNote, NoteLine } from './notes';
import { isNoting, isOfOthers } from './notes';
import { openUpload, toFileLine } from './openUpload';
import type { StoredFile } from './partJob';
import type { PartNote } from './partNote';
import { isVerified, toPartNote } from './partNote';
import type { PartPlan } from './partPlan';
import { planParts } from './partPlan';
import { changeSince } from './reconcile';
import { discardEntry, notRemovedError, removeEntries } from './removeEntries';
import { storeParts } from './storeParts';
import type { UploadedFile } from './uploadedFile';
import type { UploadRun } from './uploadRun';

/** Where to begin with a file. */
export type FileStart =
	| { kind: 'send' }
	/** `compare`: the file may have changed since its stored parts were sent. `isUnlisted`: see `Decision`. */
	| { kind: 'resume'; note: FileNote; compare: boolean; isUnlisted?: boolean }
	/** MASV has the file, but it may have changed since. */
	| { kind: 'check'; note: FileNote };

/**
 * Adds one file to the package, uploads its parts and finalizes it. An incomplete file is never finalized. What is done is
 * noted for the next run. A file that cannot be resumed is removed, because a package with an unfinished file cannot be
 * finalized, unless MASV may have completed it.
 * @throws MasvTransferError, MasvInputError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function uploadFile(
	run: UploadRun,
	source: FileSource,
	plan: PartPlan,
	start: FileStart,
): Promise<UploadedFile> {
	const { clock } = run.access.client;
	const startedAt = clock.now();
	const stored = await storeAndFinalize(run, source, plan, start);
	run.inFlight.meter.fileDone();
	const file: UploadedFile = {
		id: stored.upload.fileId,
		name: source.name,
		path: source.path,
		size: source.bytes,
		parts: stored.plan.parts,
		retried_parts: stored.parts.filter((part) => part.attempts > 1).length,
		resumed_parts: stored.parts.filter((part) => part.attempts === 0).length,
		md5_verified: stored.parts.every(isVerified),
		duration_ms: clock.now() - startedAt,
		...(run.sums !== undefined && { md5: run.sums.latest(source) ?? (await run.sums.finish(source)) }),
		...(run.keepsContentSums === true && contentOf(run, stored)),
	};
	const { notebook } = run.known;
	await notebook?.write({ kind: 'done', by: notebook.by, file: file.id, result: { ...file } });
	return file;
}

function contentOf({ access, inFlight }: UploadRun, { plan, parts }: StoredFile): Pick<UploadedFile, 'content_sum'> {
	const areEtagsOpaque = inFlight.checks.verdict.etags === 'opaque';
	const sum = contentSum(access.client.hashing, plan.partBytes, parts, areEtagsOpaque);
	return sum === undefined ? {} : { content_sum: sum };
}

async function storeAndFinalize(
	run: UploadRun,
	source: FileSource,
	plan: PartPlan,
	start: FileStart,
): Promise<StoredFile> {
	if (start.kind === 'check') return (await check(run, source, start.note)) ?? (await sendWhole(run, source, plan));
	const resumed = start.kind === 'resume' ? await resume(run, source, start) : undefined;
	return resumed ?? (await sendWhole(run, source, plan));
}

/**
 * Compares the file with what MASV has. In a finalized package, a file that cannot be compared is the one that was sent if only
 * its device or inode differ: otherwise a share that was mounted again, or a new container, would be delivered twice. If a
 * program may have written to it, it is sent again.
 * @returns undefined if it differs, and the file is removed from the package
 * @throws MasvInputError if it differs, and another delivery has uploaded it
 */
async function check(run: UploadRun, source: FileSource, note: FileNote): Promise<StoredFile | undefined> {
	const plan = planOf(run, source, note);
	const { notebook } = run.known;
	// Parts may have been replaced without a note.
	const isKnown = plan !== undefined && note.parts.size === plan.parts && note.mixedBy.size === 0;
	const isComparable = isKnown && source.kind === 'range';
	const compared = isComparable
		? await compareParts(run.access, run.inFlight, source, plan, note.parts, sumOf(run, source))
		: undefined;
	const isDifferent = compared !== undefined && compared.different.length > 0;
	const isSame = compared !== undefined && compared.same.size === note.parts.size;
	if (isSame || (run.known.isClosed && !isDifferent && isUntouched(source, note))) {
		run.inFlight.meter.skip(source.bytes);
		const stored = storedBefore(source, note, compared?.same);
		if (note.by === notebook?.by) await noteStored(run, source, stored);
		return stored;
	}
	if (run.known.isClosed) {
		const unknown = 'its times changed, and there is no checksum of what an earlier run delivered';
		throw changedError(source, isDifferent ? 'it is not what an earlier run delivered' : unknown);
	}
	if (notebook !== undefined && isOfOthers(note, notebook.by)) {
		throw blockedError(run.access.packageId, { kind: 'blocked', by: entryOf(note), reason: 'different' });
	}
	await clearPlace(run, note, true);
	return undefined;
}

/** Whether size, modification time and change time are the same, so that no program has written to the file since. */
function isUntouched(source: FileSource, note: FileNote): boolean {
	return changeSince(source, note) === 'unsure' && note.stamp?.changed === source.stamp?.changed;
}

/** What earlier runs stored, with the checksums that were compared. A part that nothing is known of has no ETag. */
function storedBefore(source: FileSource, note: FileNote, same?: ReadonlyMap<number, PartNote>): StoredFile {
	const { id, uploadId = '', partBytes } = note;
	const count = Math.max(1, Math.ceil(source.bytes / partBytes));
	const parts = Array.from({ length: count }, (_, index) => ({
		...(same?.get(index) ?? note.parts.get(index) ?? { etag: '' }),
		attempts: 0,
	}));
	const upload = { fileId: id, uploadId, file: labelOf(source) };
	return { plan: { partBytes, parts: count, parallelParts: 1 }, upload, parts };
}

/**
 * Removes an entry of this delivery, so that the file can be sent again.
 * @param mayBeComplete whether MASV may have been asked to finalize the file. Then, a list that lacks it does not show that it is gone:
 * the file would be in the package twice
 */
async function clearPlace(
	{ access, known }: UploadRun,
	{ id, place }: FileNote,
	mayBeComplete: boolean,
): Promise<void> {
	const ids = new Set([id]);
	const [left] = await removeEntries(access, ids, known.notebook, mayBeComplete ? ids : undefined);
	if (left !== undefined) throw notRemovedError(access.packageId, left, place);
}

async function sendWhole(run: UploadRun, source: FileSource, plan: PartPlan): Promise<StoredFile> {
	const upload = await openUpload(run.access, run.known, source, plan);
	const stored = await storeMissing(run, source, {
		plan,
		upload,
		known: new Map(),
		compare: false,
		mayBeComplete: false,
	});
	const outcome = await finalize(run, source, stored, 'nothing');
	if (outcome.kind === 'finalized') return stored;
	if (outcome.kind === 'refused') await discardEntry(run.access, upload.fileId, run.known.notebook, outcome.error);
	throw outcome.error;
}

/**
 * Uploads the missing parts and finalizes the file. @returns undefined if the upload no longer exists, or if MASV cannot
 * assemble the file from what earlier runs have stored: it must be sent again, and its entry is removed
 */
async function resume(
	run: UploadRun,
	source: FileSource,
	{ note, compare, isUnlisted }: Extract<FileStart, { kind: 'resume' }>,
): Promise<StoredFile | undefined> {
	const stored = await goOn(run, source, note, compare);
	if (stored !== undefined) {
		const outcome = await finalize(run, source, stored, earlierOf(note));
		if (outcome.kind === 'finalized') return stored;
		if (outcome.kind === 'doubtful' && !(await mayReplace(run, note, outcome.error))) throw doubtful(outcome.error);
		// It is sent again, and must not be counted twice.
		run.inFlight.meter.skip(-source.bytes);
	}
	const { notebook } = run.known;
	const isReported = note.done !== undefined || isUnlisted === true;
	if (notebook !== undefined && isReported && isOfOthers(note, notebook.by)) await proveGone(run, source, note);
	else await clearPlace(run, note, stored !== undefined || earlierOf(note) !== 'nothing');
	return undefined;
}

/** The next run would fail in the same way. @returns the error, with what a person can do */
function doubtful(error: unknown): unknown {
	if (error instanceof MasvError && isUnknownUpload(error))
		error.addHint(
			'MASV does not say whether the file is complete. Look at it in MASV: if it is not, remove it there and run this again.',
		);
	return error;
}

/** Uploads the missing parts. @returns undefined if the upload no longer exists, or is not one for this file */
async function goOn(
	run: UploadRun,
	source: FileSource,
	note: FileNote,
	compare: boolean,
): Promise<StoredFile | undefined> {
	const plan = planOf(run, source, note);
	const { uploadId } = note;
	// The file of another delivery that reports it may have another size.
	if (plan === undefined || uploadId === undefined || note.bytes !== source.bytes) return undefined;
	const upload = { fileId: note.id, uploadId, file: labelOf(source) };
	const mayBeComplete = earlierOf(note) !== 'nothing';
	if (compare && !(await noteMixing(run, note))) return undefined;
	return await storeMissing(run, source, { plan, upload, known: note.parts, compare, mayBeComplete }).catch(
		async (error: unknown) => {
			// Also of a complete file, if the list is behind: the next run compares it.
			if (!isUnknownUpload(error) || (await settleShown(run.access, note.id)) === 'complete') throw error;
			return undefined;
		},
	);
}

/**
 * Notes that the upload goes on with what may be another file. Otherwise, the delivery that began it would take these parts, or
 * the whole entry once it is complete, for its own.
 * @returns whether it may go on, which in somebody's package demands that this could be noted
 */
async function noteMixing({ known: { notebook, isOwnPackage } }: UploadRun, { id }: FileNote): Promise<boolean> {
	if (isOwnPackage) return true;
	await notebook?.write({ kind: 'mixing', by: notebook.by, file: id }, { durable: true });
	return isNoting(notebook);
}

/**
 * For a file that another delivery reports or may have finished, and that is not listed: somebody has removed it, or the list is behind. Whoever is
 * asked to finalize a file that does not exist says so.
 * @throws MasvInputError if it may exist
 */
async function proveGone(run: UploadRun, source: FileSource, note: FileNote): Promise<void> {
	const noted = { ...source, bytes: note.bytes };
	const outcome = await finalizeFile(run.access, noted, storedBefore(noted, note), 'confirmed');
	if (outcome.kind === 'refused' && isGone(outcome.error)) return;
	const reason = outcome.kind === 'finalized' ? 'different' : 'unknown';
	throw blockedError(run.access.packageId, { kind: 'blocked', by: entryOf(note), reason });
}

/** As MASV would list it if it is complete. */
function entryOf({ id, place, bytes, modifiedMs }: FileNote): ListedFile {
	return { id, place, bytes, modifiedMs, isComplete: true };
}

function earlierOf({ done, isFinalizing }: FileNote): EarlierFinalize {
	if (done !== undefined) return 'confirmed';
	return isFinalizing ? 'intended' : 'nothing';
}

/**
 * Whether to send a file again if MASV does not say whether it is complete. In a package of this delivery, nobody else
 * relies on the entry, so that replacing it loses nothing: at once if its upload is gone, otherwise if a second run has asked. In
 * that of somebody else, only if the upload is gone and the list shows the file as unfinished to a second run that has waited.
 */
async function mayReplace(
	{ access, known }: UploadRun,
	{ id, isDoubtful }: FileNote,
	error: unknown,
): Promise<boolean> {
	const isUploadGone = isUnknownUpload(error);
	if (known.isOwnPackage) return isUploadGone || isDoubtful;
	return isUploadGone && isDoubtful && (await settleShown(access, id)) === 'unfinished';
}

/** The plan with the part size of the upload: all its parts must have the same size. Undefined: the limits changed. */
function planOf({ planOptions }: UploadRun, source: FileSource, { partBytes }: FileNote): PartPlan | undefined {
	const { kind, bytes } = source;
	const plan = planParts({ ...planOptions, partBytes, kind, bytes, file: labelOf(source) });
	return plan.partBytes === partBytes ? plan : undefined;
}

async function storeMissing(
	run: UploadRun,
	source: FileSource,
	job: Pick<StoredFile, 'plan' | 'upload'> & {
		known: ReadonlyMap<number, PartNote>;
		compare: boolean;
		/** Whether MASV may have been asked to finalize the file. */
		mayBeComplete: boolean;
	},
): Promise<StoredFile> {
	const { plan, upload } = job;
	const { notebook, isOwnPackage } = run.known;
	try {
		const parts = await storeParts(run.access, run.inFlight, source, {
			...job,
			sum: sumOf(run, source),
			onPartStored: async (index, part) => {
				if (plan.parts > 1) await notebook?.write({ kind: 'part', file: upload.fileId, index, ...part });
			},
		});
		return { plan, upload, parts };
	} catch (error) {
		const isUseless = notebook === undefined || plan.parts === 1 || (!isOwnPackage && hasChanged(error));
		if (isUseless && !job.mayBeComplete) await discardEntry(run.access, upload.fileId, notebook, error);
		throw error;
	}
}

function sumOf({ sums }: UploadRun, source: FileSource): (() => Promise<unknown>) | undefined {
	return sums && (async () => await sums.finish(source));
}

function hasChanged(error: unknown): boolean {
	return error instanceof MasvTransferError && error.code === 'file_changed';
}

async function finalize(
	run: UploadRun,
	source: FileSource,
	stored: StoredFile,
	earlier: EarlierFinalize,
): Promise<FinalizeOutcome> {
	const { notebook } = run.known;
	await noteStored(run, source, stored);
	const outcome = await finalizeFile(run.access, source, stored, earlier);
	if (outcome.kind === 'doubtful') await notebook?.write({ kind: 'doubtful', file: stored.upload.fileId });
	return outcome;
}

/**
 * Notes the state of the file that all its stored parts are from, before MASV is asked to finalize it: once its upload is
 * gone, only the notes can tell whether it was completed. A file of one part has not been noted before.
 */
async function noteStored(
	{ known: { notebook } }: UploadRun,
	source: FileSource,
	{ plan, upload, parts }: StoredFile,
): Promise<void> {
	if (notebook === undefined) return;
	const { fileId, uploadId } = upload;
	const [part] = parts;
	const lines: NoteLine[] = [toFileLine(notebook, source, plan, fileId, uploadId)];
	if (plan.parts === 1 && part !== undefined) lines.push({ kind: 'part', file: fileId, index: 0, ...toPartNote(part) });
	lines.push({ kind: 'finalizing', file: fileId });
	// Written together.
	const options = { durable: plan.parts > 1 };
	await Promise.all(lines.map(async (line) => await notebook.write(line, options)));
}
