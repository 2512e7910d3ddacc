import { MasvTransferError } from '../errors';
import type { UploadRun } from './uploadRun';
import type { UnfinishedFile } from './fileRecord';
import { claimFileRecord, readUnfinishedFile, writeUpload, writePart } from './fileRecord';
import { finalizeFile } from './finalizeFile';
import type { JournalRecord } from '../transfer/journal';
import { openUpload } from './openUpload';
import type { PartPlan } from './partPlan';
import type { FileSource } from '../transfer/source';
import { storeParts } from './storeParts';
import { removeAfterFailure, removeFile } from './removeFile';
import type { StoredFile } from './partJob';
import { isUnknownUpload, isRefusedState } from '../answers';

/** A completely uploaded file. Keys are in MASV's snake_case, because the object is part of the output. */
export interface UploadedFile {
	id: string;
	name: string;
	path: string;
	/** Bytes. */
	size: number;
	parts: number;
	/** Parts sent more than once. */
	retried_parts: number;
	/** Parts uploaded by an earlier run. */
	resumed_parts: number;
	duration_ms: number;
}

/**
 * Adds one file to the package, uploads its parts and finalizes it. An incomplete file is never finalized. The journal
 * records the uploaded parts for the next run. A file that cannot be resumed is removed, because a package with an
 * unfinished file cannot be finalized.
 * @throws MasvTransferError, MasvInputError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function uploadFile(run: UploadRun, source: FileSource, plan: PartPlan): Promise<UploadedFile> {
	const { client } = run.access;
	const startedAt = client.clock.now();
	const record = await claimFileRecord(run, source, plan);
	try {
		const unfinished = readUnfinishedFile(run, source, record);
		const stored =
			(unfinished === undefined ? undefined : await resume(run, source, unfinished, record)) ??
			(await storeFromStart(run, source, plan, record));
		await discardOnFailure(
			run,
			stored.upload.fileId,
			record,
			async () => await finalizeFile(run.access, source, stored),
		);
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
		await record?.close();
	}
}

async function storeFromStart(
	run: UploadRun,
	source: FileSource,
	plan: PartPlan,
	record: JournalRecord | undefined,
): Promise<StoredFile> {
	const upload = await openUpload(run.access, run.known, source, plan);
	await writeUpload(record, upload, plan);
	return await storeMissing(run, source, { plan, upload, etags: new Map() }, record);
}

/** Uploads the missing parts. @returns undefined if the upload no longer exists and must start again */
async function resume(
	run: UploadRun,
	source: FileSource,
	unfinished: UnfinishedFile,
	record: JournalRecord | undefined,
): Promise<StoredFile | undefined> {
	const { fileId } = unfinished.upload;
	run.known.ownIds.add(fileId);
	try {
		return await storeMissing(run, source, unfinished, record);
	} catch (error) {
		if (!isUnknownUpload(error)) throw error;
		await removeFile(run.access, fileId);
		return undefined;
	}
}

async function storeMissing(
	run: UploadRun,
	source: FileSource,
	{ plan, upload, etags: known }: UnfinishedFile,
	record: JournalRecord | undefined,
): Promise<StoredFile> {
	const onPartStored = async (index: number, etag: string): Promise<void> => await writePart(record, index, etag);
	const parts = await discardOnFailure(run, upload.fileId, record, async () =>
		storeParts(run.access, run.inFlight, source, { plan, upload, known, onPartStored }),
	);
	return { plan, upload, parts };
}

/** Runs a step of the upload. If it fails and the upload cannot be resumed, removes the file from the package. */
async function discardOnFailure<T>(
	run: UploadRun,
	fileId: string,
	record: JournalRecord | undefined,
	step: () => Promise<T>,
): Promise<T> {
	try {
		return await step();
	} catch (error) {
		if (record === undefined || isUnrecoverable(error)) {
			await record?.remove();
			await removeAfterFailure(run.access, fileId, error);
		}
		throw error;
	}
}

/** The file has changed, or MASV has refused to finalize it. */
function isUnrecoverable(error: unknown): boolean {
	if (error instanceof MasvTransferError) return error.code === 'file_changed';
	return isRefusedState(error);
}
