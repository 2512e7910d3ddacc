import type { OpenUpload } from './openUpload';
import type { UploadRun } from './uploadRun';
import type { JournalRecord } from '../transfer/journal';
import type { PartPlan } from './partPlan';
import { planParts } from './partPlan';
import type { FileSource } from '../transfer/source';
import { labelOf } from '../transfer/places';

/** First line of a record: the multipart upload. */
interface UploadLine {
	file_id: string;
	upload_id: string;
	part_bytes: number;
}

/** Every other line: a stored part. */
interface PartLine {
	/** From 1. */
	part: number;
	etag: string;
}

/** A file that an earlier run uploaded in part. */
export interface UnfinishedFile {
	plan: PartPlan;
	upload: OpenUpload;
	/** By index from 0. */
	etags: Map<number, string>;
}

/** The journal record of one file in one package. Undefined for files with a single part or without an identity. */
export async function claimFileRecord(
	{ access: { client, packageId }, known: { journal } }: UploadRun,
	source: FileSource,
	plan: PartPlan,
): Promise<JournalRecord | undefined> {
	if (plan.parts === 1 || source.identity === undefined) return undefined;
	return await journal?.open(client.recordKey(['file', packageId, source.path, source.name, source.identity]));
}

export async function writeUpload(
	record: JournalRecord | undefined,
	upload: OpenUpload,
	plan: PartPlan,
): Promise<void> {
	const { fileId, uploadId } = upload;
	await record?.append({ file_id: fileId, upload_id: uploadId, part_bytes: plan.partBytes } satisfies UploadLine);
}

export async function writePart(record: JournalRecord | undefined, index: number, etag: string): Promise<void> {
	await record?.append({ part: index + 1, etag } satisfies PartLine);
}

/** The unfinished upload in the record, with its part size: all parts of one upload must have the same size. */
export function readUnfinishedFile(
	{ planOptions }: UploadRun,
	source: FileSource,
	record: JournalRecord | undefined,
): UnfinishedFile | undefined {
	const lines = (record?.lines ?? []) as Array<Partial<UploadLine & PartLine>>;
	const start = lines.findLastIndex((line) => line.upload_id !== undefined);
	const { file_id: fileId, upload_id: uploadId, part_bytes: partBytes } = lines[start] ?? {};
	if (fileId === undefined || uploadId === undefined || partBytes === undefined) return undefined;
	const file = labelOf(source);
	const plan = planParts({ ...planOptions, partBytes, kind: source.kind, bytes: source.bytes, file });
	if (plan.partBytes !== partBytes) return undefined;
	const etags = new Map<number, string>();
	for (const { part, etag } of lines.slice(start + 1)) {
		if (part !== undefined && etag !== undefined) etags.set(part - 1, etag);
	}
	return { plan, upload: { fileId, uploadId, file }, etags };
}
