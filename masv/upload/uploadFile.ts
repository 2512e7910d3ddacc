import { MasvTransferError } from '../errors';
import type { UploadRun } from './uploadRun';
import type { EarlierFile } from './fileRecord';
import { claimFileRecord, readEarlierFile, writeBeginning, writePart } from './fileRecord';
import { finalizeFile } from './finalizeFile';
import type { JournalRecord } from '../transfer/journal';
import { openUpload } from './openUpload';
import type { PartPlan } from './partPlan';
import type { FileSource } from '../transfer/source';
import { storeParts } from './storeParts';
import { removeAfterFailure, removeFile } from './removeFile';
import type { StoredFile } from './partJob';
import { isUnknownUpload, isRefusedState } from '../answers';

/** One file that is whole in MASV. In MASV's own spelling, because it goes to the output as it is. */
export interface UploadedFile {
	id: string;
	name: string;
	path: string;
	/** Bytes. */
	size: number;
	parts: number;
	/** Parts that had to be sent more than once. */
	retried_parts: number;
	/** Parts that an earlier try had stored. */
	resumed_parts: number;
	duration_ms: number;
}

/**
 * Registers one file in the package, stores its parts and finalizes it. Fails as a whole: nothing of a file that is not
 * complete is ever finalized. What is stored by then is remembered in the journal for the next try; what no next try can go
 * on with is removed, because a package with an unfinished file cannot be finalized.
 * @throws MasvTransferError, MasvInputError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function uploadFile(run: UploadRun, source: FileSource, plan: PartPlan): Promise<UploadedFile> {
	const { client } = run.access;
	const startedAt = client.clock.now();
	const record = await claimFileRecord(run, source, plan);
	try {
		const earlier = readEarlierFile(run, source, record);
		const stored =
			(earlier === undefined ? undefined : await resume(run, source, earlier, record)) ??
			(await storeFromStart(run, source, plan, record));
		await orDiscard(run, stored.upload.fileId, record, async () => await finalizeFile(run.access, source, stored));
		await record?.remove();
		run.inFlight.meter.fileDone();
		return {
			id: stored.upload.fileId,
			name: source.name,
			path: source.path,
			size: source.bytes,
			parts: stored.plan.parts,
			retried_parts: stored.parts.filter((part) => part.attempts > 1).length,
			resumed_parts: stored.parts.filter((part) => part.attempts === 0).length,
			duration_ms: client.clock.now() - startedAt,
		};
	} finally {
		await record?.release();
	}
}

async function storeFromStart(
	run: UploadRun,
	source: FileSource,
	plan: PartPlan,
	record: JournalRecord | undefined,
): Promise<StoredFile> {
	const upload = await openUpload(run.access, run.known, source, plan);
	await writeBeginning(record, upload, plan);
	return await storeRest(run, source, { plan, upload, etags: new Map() }, record);
}

/** Stores what is missing. Undefined when the storage or MASV has forgotten the upload: then it must begin anew. */
async function resume(
	run: UploadRun,
	source: FileSource,
	earlier: EarlierFile,
	record: JournalRecord | undefined,
): Promise<StoredFile | undefined> {
	const { fileId } = earlier.upload;
	run.known.ownIds.add(fileId);
	try {
		return await storeRest(run, source, earlier, record);
	} catch (error) {
		if (!isUnknownUpload(error)) throw error;
		await removeFile(run.access, fileId);
		return undefined;
	}
}

async function storeRest(
	run: UploadRun,
	source: FileSource,
	{ plan, upload, etags: known }: EarlierFile,
	record: JournalRecord | undefined,
): Promise<StoredFile> {
	const remember = async (index: number, etag: string): Promise<void> => await writePart(record, index, etag);
	const parts = await orDiscard(run, upload.fileId, record, async () =>
		storeParts(run.access, run.inFlight, source, { plan, upload, known, remember }),
	);
	return { plan, upload, parts };
}

/** Does a step of an upload; when it fails so that nobody can go on with the upload, removes what there is of it. */
async function orDiscard<T>(
	run: UploadRun,
	fileId: string,
	record: JournalRecord | undefined,
	step: () => Promise<T>,
): Promise<T> {
	try {
		return await step();
	} catch (error) {
		if (record === undefined || isHopeless(error)) {
			await record?.remove();
			await removeAfterFailure(run.access, fileId, error);
		}
		throw error;
	}
}

/** The file is another one now, or MASV has refused to put its parts together. */
function isHopeless(error: unknown): boolean {
	if (error instanceof MasvTransferError) return error.code === 'file_changed';
	return isRefusedState(error);
}
