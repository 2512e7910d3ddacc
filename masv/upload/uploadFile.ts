import type { LimitFunction } from 'p-limit';

import type { MasvClient } from '../client';
import { MasvApiError, MasvConnectionError, MasvError, MasvUploadError } from '../errors';
import { fetchFiles } from '../packages';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { halfAMinuteOfOutage, isTransient, noRetry, retry, saysAlreadyDone } from '../retry';
import type { AddedFile, Blueprint, MasvFile } from '../schemas';
import { addedFileSchema } from '../schemas';
import type { Journal, JournalRecord } from './journal';
import type { PartLimits, PartPlan } from './partPlan';
import { partRange, planParts } from './partPlan';
import type { OpenUpload, PartUrls } from './partUrls';
import { createPartUrls } from './partUrls';
import type { ProgressMeter } from './progress';
import type { Attempt, PartCutter, Slot } from './readPart';
import { createPartCutter, readRange } from './readPart';
import type { FileFacts, FileSource, RangeSource, StreamSource } from './source';
import { checkUnchanged, labelOf } from './source';

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

/** What the uploads of one operation share. */
export interface UploadContext {
	client: MasvClient;
	packageId: string;
	token: string;
	limits: PartLimits;
	/** The one budget of parts in flight over all files. */
	budget: LimitFunction;
	parallelParts: number;
	slots: { take(): Slot; give(slot: Slot): void };
	partBytes: number | undefined;
	policy: RetryPolicy;
	meter: ProgressMeter;
	/** Files that this run has registered, so that a stray one can be told from them. */
	ownFileIds: Set<string>;
	/** Where unfinished uploads are remembered. Absent: they are not. */
	journal: Journal | undefined;
	/** Files that a try which broke off may have left in this package; nobody but this run works on it. */
	strays: MasvFile[];
}

/** How long a clean-up may take when the work itself was stopped. Milliseconds. */
export const cleanUpMs = 20_000;

/** Answers other than 204 after which a file is taken for finalized. */
const maxOddAnswers = 2;

/** Attempts at what no waiting mends: an expired address, an answer without an ETag. */
const maxRenewals = 3;

/**
 * Registers one file in the package, stores its parts and finalizes it. Fails as a whole: nothing of a file that is not
 * complete is ever finalized. What is stored by then is remembered in the journal for the next try; without a journal the
 * entry of a failed file is removed, because a package with an unfinished file cannot be finalized.
 * @throws MasvUploadError, MasvInputError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function uploadFile(context: UploadContext, source: FileSource): Promise<UploadedFile> {
	const { client } = context;
	const startedAt = client.clock.now();
	const plan = planParts({ ...context, kind: source.kind, bytes: source.bytes, file: labelOf(source) });
	const record = plan.parts > 1 ? await claimRecord(context, source) : undefined;
	try {
		const earlier = readEarlier(context, source, record);
		const stored =
			(earlier === undefined ? undefined : await resume(context, source, earlier, record)) ??
			(await storeAnew(context, source, plan, record));
		await finalizeFile(context, source, stored);
		await record?.remove();
		context.meter.fileDone();
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

/** A file whose parts are all in the storage. */
interface StoredFile {
	plan: PartPlan;
	upload: OpenUpload;
	parts: StoredPart[];
}

async function claimRecord(context: UploadContext, source: FileSource): Promise<JournalRecord | undefined> {
	const { client, packageId, journal } = context;
	if (source.identity === undefined) return undefined;
	return await journal?.claim(client.recordKey(['file', packageId, source.path, source.name, source.identity]));
}

async function storeAnew(
	context: UploadContext,
	source: FileSource,
	plan: PartPlan,
	record: JournalRecord | undefined,
): Promise<StoredFile> {
	const upload = await openUpload(context, source, plan);
	try {
		await record?.append({
			file_id: upload.fileId,
			upload_id: upload.uploadId,
			part_bytes: plan.partBytes,
		} satisfies Beginning);
		return { plan, upload, parts: await storeParts(context, source, plan, upload, new Map(), record) };
	} catch (error) {
		if (record === undefined) await removeAfterFailure(context, upload.fileId, error);
		throw error;
	}
}

/** First line of a record: what was begun. */
interface Beginning {
	file_id: string;
	upload_id: string;
	part_bytes: number;
}

/** Every other line: a part that is stored. */
interface PartLine {
	part: number;
	etag: string;
}

interface Earlier {
	plan: PartPlan;
	upload: OpenUpload;
	etags: Map<number, string>;
}

/** What an earlier try has left, in its own part size: that cannot be changed in the middle. */
function readEarlier(
	context: UploadContext,
	source: FileSource,
	record: JournalRecord | undefined,
): Earlier | undefined {
	const lines = (record?.lines ?? []) as Array<Partial<Beginning & PartLine>>;
	const begun = lines.findLastIndex((line) => line.upload_id !== undefined);
	const { file_id: fileId, upload_id: uploadId, part_bytes: partBytes } = lines[begun] ?? {};
	if (fileId === undefined || uploadId === undefined || partBytes === undefined) return undefined;
	const file = labelOf(source);
	const plan = planParts({ ...context, partBytes, kind: source.kind, bytes: source.bytes, file });
	if (plan.partBytes !== partBytes) return undefined;
	const etags = new Map<number, string>();
	for (const { part, etag } of lines.slice(begun + 1)) {
		if (part !== undefined && etag !== undefined) etags.set(part - 1, etag);
	}
	return { plan, upload: { packageId: context.packageId, token: context.token, fileId, uploadId, file }, etags };
}

/** Stores what is missing. Undefined when the storage or MASV has forgotten the upload: then it must begin anew. */
async function resume(
	context: UploadContext,
	source: FileSource,
	{ plan, upload, etags }: Earlier,
	record: JournalRecord | undefined,
): Promise<StoredFile | undefined> {
	context.ownFileIds.add(upload.fileId);
	try {
		return { plan, upload, parts: await storeParts(context, source, plan, upload, etags, record) };
	} catch (error) {
		if (!isForgotten(error)) throw error;
		await removeFile(context, upload.fileId);
		return undefined;
	}
}

function isForgotten(error: unknown): boolean {
	const cause = error instanceof MasvUploadError ? error.cause : error;
	return cause instanceof MasvApiError && (cause.status === 404 || cause.code === 'NoSuchUpload');
}

/** A failure to clean up hangs on the failure that made it necessary. */
async function removeAfterFailure(context: UploadContext, fileId: string, first: unknown): Promise<void> {
	try {
		const cleaner = context.client.withSignal(AbortSignal.timeout(cleanUpMs));
		await removeFile({ ...context, client: cleaner, policy: halfAMinuteOfOutage }, fileId);
	} catch (second) {
		if (first instanceof MasvError) first.cause ??= second;
	}
}

/** Registers the file and begins its multipart upload. Does both again when the signed request has expired meanwhile. */
async function openUpload(context: UploadContext, source: FileSource, plan: PartPlan): Promise<OpenUpload> {
	const { packageId, token } = context;
	const file = labelOf(source);
	for (let renewals = 0; ; renewals++) {
		const added = await addFile(context, source, plan);
		try {
			const uploadId = await beginMultipart(context, added.create_blueprint, file);
			return { packageId, token, fileId: added.file.id, uploadId, file };
		} catch (error) {
			if (!isExpired(error) || renewals >= maxRenewals) throw error;
			await removeFile(context, added.file.id);
		}
	}
}

/**
 * `POST /v1/packages/{package}/files`. Only this answer holds the request that begins the upload, so when it is lost the
 * file must be registered again. An entry that the lost request left behind is removed first: a package with an
 * unfinished file cannot be finalized.
 */
async function addFile(context: UploadContext, source: FileSource, plan: PartPlan): Promise<AddedFile> {
	const { client, packageId, token, policy, ownFileIds } = context;
	await removeStrays(context, source, context.strays);
	const added = await client.call({
		operation: `add "${labelOf(source)}" to the package`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/files`,
		body: {
			kind: 'file',
			name: source.name,
			path: source.path,
			last_modified: source.modifiedAt.toISOString(),
			size: source.bytes,
			chunk_size: plan.partBytes,
		},
		authorization: { kind: 'package', token },
		schema: addedFileSchema,
		policy,
		findLost: async () => {
			// Within the patience of this call, which must not be spent anew at each try.
			const once = { ...context, policy: noRetry };
			await removeStrays(once, source, await fetchFiles(client, packageId, noRetry));
			return undefined;
		},
	});
	ownFileIds.add(added.file.id);
	return added;
}

/** Removes unfinished entries at the place of this file that this run does not know. */
async function removeStrays(context: UploadContext, source: FileSource, files: MasvFile[]): Promise<void> {
	for (const file of files) {
		const isSame = file.name === source.name && sameFolder(file.path, source.path);
		if (isSame && !context.ownFileIds.has(file.id) && file.completed !== true) await removeFile(context, file.id);
	}
}

/** MASV's pages show folders with a leading slash in lists and without one in requests. */
function sameFolder(listed: string | undefined, sent: string): boolean {
	return (listed ?? '').replace(/^\/+|\/+$/g, '') === sent;
}

/**
 * `DELETE /v1/packages/{package}/files/{file}`: not printed as a route, but "this token authorizes the user to add and
 * remove files from the package until the package is finalized" (MASV docs, Uploads). Gone already is as good.
 */
async function removeFile(context: UploadContext, fileId: string): Promise<void> {
	const { client, packageId, token, policy } = context;
	try {
		await client.call({
			operation: 'remove a file that was registered twice',
			method: 'DELETE',
			path: path`/v1/packages/${packageId}/files/${fileId}`,
			authorization: { kind: 'package', token },
			policy,
		});
	} catch (error) {
		if (!(error instanceof MasvApiError && [404, 405].includes(error.status))) throw error;
	}
}

/** The blueprint's own request; the storage answers XML with `<UploadId>`. Begun twice is begun once and one left empty. */
async function beginMultipart(context: UploadContext, blueprint: Blueprint, file: string): Promise<string> {
	const { client, policy } = context;
	const operation = `begin the upload of "${file}"`;
	return await retry(
		async () => {
			const { text } = await client.storage(operation, {
				method: blueprint.method ?? 'POST',
				url: blueprint.url,
				headers: toStorageHeaders(blueprint, undefined),
				body: blueprint.body === '' ? undefined : blueprint.body,
			});
			const uploadId = /<UploadId>\s*([^<]+?)\s*<\/UploadId>/.exec(text)?.[1];
			if (uploadId !== undefined) return decodeXml(uploadId);
			throw new MasvConnectionError(`Could not ${operation}. The storage answered without an upload ID`, {
				hint: 'A proxy between n8n and the storage may have answered in its place.',
			});
		},
		{
			policy,
			clock: client.clock,
			signal: client.signal,
			onRetry: (error, attempt) => client.reportRetry(error, attempt),
		},
	);
}

function decodeXml(text: string): string {
	const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
	return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] as string);
}

/** What the blueprint says; `host` and `content-length` are the transport's own business. */
function toStorageHeaders(blueprint: Blueprint, bytes: number | undefined): Record<string, string> {
	const headers = Object.fromEntries(
		Object.entries(blueprint.headers).filter(([name]) => !['host', 'content-length'].includes(name.toLowerCase())),
	);
	return bytes === undefined ? headers : { ...headers, 'content-length': String(bytes) };
}

interface StoredPart {
	etag: string;
	/** 0: an earlier try had stored it. */
	attempts: number;
}

async function storeParts(
	context: UploadContext,
	source: FileSource,
	plan: PartPlan,
	upload: OpenUpload,
	known: ReadonlyMap<number, string>,
	record: JournalRecord | undefined,
): Promise<StoredPart[]> {
	const parts: StoredPart[] = new Array<StoredPart>(plan.parts);
	for (const [index, etag] of known) {
		parts[index] = { etag, attempts: 0 };
		context.meter.skip(partRange(plan, source.bytes, index).length);
	}
	const keep = async (index: number, part: StoredPart): Promise<void> => {
		parts[index] = part;
		await record?.append({ part: index + 1, etag: part.etag } satisfies PartLine);
	};
	const job = { plan, upload, urls: createPartUrls(context.client, upload, plan.parts, context.policy), known, keep };
	await (source.kind === 'range' ? storeRange(context, source, job) : storeStream(context, source, job));
	return parts;
}

/** The parts of one file that are still to be stored. */
interface PartJob {
	plan: PartPlan;
	upload: OpenUpload;
	urls: PartUrls;
	/** ETags of parts that are stored already, by index from 0. */
	known: ReadonlyMap<number, string>;
	keep: (index: number, part: StoredPart) => Promise<void>;
}

/** N workers on one counter. Any part may be read again, so a failed one costs only itself. */
async function storeRange(context: UploadContext, source: RangeSource, job: PartJob): Promise<void> {
	const { plan, upload, urls, known, keep } = job;
	const reader = await openSource(source);
	try {
		await checkUnchanged(source, reader);
		let next = 0;
		await allOrFirstError(plan.parallelParts, context.client.signal, async (signal) => {
			const worker = { ...context, client: context.client.withSignal(signal) };
			while (next < plan.parts) {
				const index = next++;
				if (known.has(index)) continue;
				const range = partRange(plan, source.bytes, index);
				const url = await urls.get(index);
				const stored = await context.budget(async () => {
					const slot = context.slots.take();
					try {
						return await storePart(worker, upload, urls, { index, url, bytes: range.length }, (attempt) =>
							readRange(source, reader, range, slot, attempt),
						);
					} finally {
						await slot.reading;
						context.slots.give(slot);
					}
				});
				await keep(index, stored);
			}
		});
		await checkUnchanged(source, reader);
	} finally {
		await reader.close();
	}
}

/** The next part is read only when there is a place in the budget for it; its pieces stay until it is stored. */
async function storeStream(context: UploadContext, source: StreamSource, job: PartJob): Promise<void> {
	const { plan, upload, urls, known, keep } = job;
	const cutter: PartCutter = createPartCutter(source, await openSource(source));
	const stopped = context.client.signal;
	stopped?.addEventListener('abort', cutter.close);
	try {
		let next = 0;
		let cutting: Promise<unknown> = Promise.resolve();
		const cutNext = async (): Promise<{ index: number; pieces: Uint8Array[] } | undefined> => {
			while (next < plan.parts) {
				const index = next++;
				const pieces = await cutter.cut(partRange(plan, source.bytes, index).length);
				if (!known.has(index)) return { index, pieces };
			}
			return undefined;
		};
		await allOrFirstError(plan.parallelParts, context.client.signal, async (signal) => {
			const worker = { ...context, client: context.client.withSignal(signal) };
			while (next < plan.parts && !signal.aborted) {
				await context.budget(async () => {
					// In turn: a stream has one order, and a part's number is its place in it.
					const cut = cutting.then(cutNext);
					cutting = cut.catch(() => undefined);
					const part = await cut;
					if (part === undefined) return;
					const { index, pieces } = part;
					const url = await urls.get(index);
					const bytes = partRange(plan, source.bytes, index).length;
					await keep(index, await storePart(worker, upload, urls, { index, url, bytes }, () => pieceByPiece(pieces)));
				});
			}
		});
		await cutter.finish();
	} finally {
		stopped?.removeEventListener('abort', cutter.close);
		cutter.close();
	}
}

async function* pieceByPiece(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
	for (const piece of pieces) yield await Promise.resolve(piece);
}

async function openSource<T>(source: FileFacts & { open(): Promise<T> }): Promise<T> {
	try {
		return await source.open();
	} catch (error) {
		if (error instanceof MasvError) throw error;
		throw new MasvUploadError(`"${labelOf(source)}" cannot be read: ${reasonOf(error)}`, {
			file: labelOf(source),
			hint: 'Check that the file is still there and that n8n may read it.',
			cause: error,
		});
	}
}

function reasonOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === 'string' ? code : error instanceof Error ? error.message : 'for a reason unknown';
}

/**
 * `count` workers side by side. The first that fails stops the others, and only when all have ended is its error thrown:
 * nothing goes on behind the caller's back.
 */
async function allOrFirstError(
	count: number,
	outer: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const stop = new AbortController();
	const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
	let failed: { error: unknown } | undefined;
	await Promise.all(
		Array.from({ length: count }, async () => {
			try {
				await work(signal);
			} catch (error) {
				failed ??= { error };
				stop.abort(error);
			}
		}),
	);
	if (failed !== undefined) throw failed.error;
}

/** Stores one part: its own retries, its own new address when the old one has expired. */
async function storePart(
	context: UploadContext,
	upload: OpenUpload,
	urls: PartUrls,
	part: { index: number; url: Blueprint; bytes: number },
	read: (attempt: Attempt) => AsyncIterable<Uint8Array>,
): Promise<StoredPart> {
	const { client, meter } = context;
	const partNumber = part.index + 1;
	const operation = `store part ${partNumber} of "${upload.file}"`;
	let blueprint = part.url;
	let renewals = 0;
	let answersWithoutEtag = 0;
	let attempts = 0;
	try {
		return await retry(
			async (number) => {
				attempts = number;
				if (renewals > 0) blueprint = await urls.renew(part.index);
				const attempt = { isOpen: true, sentBytes: 0 };
				try {
					const { headers } = await client.storage(operation, {
						method: blueprint.method ?? 'PUT',
						url: blueprint.url,
						headers: toStorageHeaders(blueprint, part.bytes),
						body: part.bytes === 0 ? undefined : counted(read(attempt), meter, attempt),
					});
					if (headers.etag !== undefined && headers.etag !== '') return { etag: headers.etag, attempts: number };
					answersWithoutEtag++;
					throw noEtagError(upload.file, partNumber);
				} catch (error) {
					meter.advance(-attempt.sentBytes);
					if (isExpired(error)) renewals++;
					throw error;
				} finally {
					attempt.isOpen = false;
				}
			},
			{
				policy: context.policy,
				clock: client.clock,
				signal: client.signal,
				onRetry: (error, attempt) => client.reportRetry(error, attempt),
				isTransient: (error) => {
					if (isExpired(error)) return renewals <= maxRenewals;
					if (error instanceof MasvUploadError) return answersWithoutEtag > 0 && answersWithoutEtag <= maxRenewals;
					return isTransient(error);
				},
			},
		);
	} catch (error) {
		throw explainPart(error, upload.file, partNumber, attempts);
	}
}

async function* counted(
	pieces: AsyncIterable<Uint8Array>,
	meter: ProgressMeter,
	attempt: Attempt & { sentBytes: number },
): AsyncGenerator<Uint8Array> {
	for await (const piece of pieces) {
		yield piece;
		if (!attempt.isOpen) return;
		attempt.sentBytes += piece.length;
		meter.advance(piece.length);
	}
}

/** The storage no longer accepts a signed request: expired, or the clock or the session behind it moved on. */
function isExpired(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.service !== 'MASV storage') return false;
	return error.status === 403 || error.code === 'ExpiredToken';
}

function noEtagError(file: string, partNumber: number): MasvUploadError {
	return new MasvUploadError(`The storage took part ${partNumber} of "${file}" but answered without an ETag`, {
		file,
		partNumber,
		hint: 'Without it the file cannot be put together. A proxy between n8n and the storage may take the header out.',
	});
}

function explainPart(error: unknown, file: string, partNumber: number, attempts: number): unknown {
	const isOfStorage = error instanceof MasvApiError && error.service === 'MASV storage';
	if (!isOfStorage && !(error instanceof MasvConnectionError)) return error;
	return new MasvUploadError(`${error.message} (after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`, {
		file,
		partNumber,
		cause: error,
		hint: error.hint,
	});
}

/**
 * `POST /v1/packages/{package}/files/{file}/finalize`, 204. Part numbers go as strings and ETags exactly as they came,
 * quotes included (MASV docs, Uploads; clients in the field differ on both). Anything but a clean 204 or a clear no leaves
 * it open whether the file is finalized; then it is asked for again, and "already finalized" is what we hoped for.
 */
async function finalizeFile(
	context: UploadContext,
	source: FileSource,
	{ plan, upload, parts }: StoredFile,
): Promise<void> {
	const { client, policy } = context;
	let isRepeat = false;
	let oddAnswers = 0;
	try {
		await client.call<boolean | void>({
			operation: `finalize "${upload.file}"`,
			method: 'POST',
			path: path`/v1/packages/${upload.packageId}/files/${upload.fileId}/finalize`,
			body: {
				size: source.bytes,
				chunk_size: plan.partBytes,
				file_extras: { upload_id: upload.uploadId },
				chunk_extras: parts.map(({ etag }, index) => ({ part_number: String(index + 1), etag })),
			},
			authorization: { kind: 'package', token: upload.token },
			expectNoContent: true,
			policy,
			findLost: async (lost) => {
				isRepeat = true;
				const files = await fetchFiles(client, upload.packageId, policy);
				const completed = files.find((file) => file.id === upload.fileId)?.completed;
				// Where the list does not tell, a server that goes on answering 200 is believed; finalizing the package tells.
				const insists =
					lost instanceof MasvConnectionError && lost.status !== undefined && ++oddAnswers > maxOddAnswers;
				return (completed ?? insists) ? true : undefined;
			},
		});
	} catch (error) {
		if (!isRepeat || !saysAlreadyDone(error)) throw error;
	}
}
