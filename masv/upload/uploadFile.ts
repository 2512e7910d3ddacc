import type { LimitFunction } from 'p-limit';

import type { MasvClient } from '../client';
import { MasvApiError, MasvConnectionError, MasvError, MasvUploadError } from '../errors';
import { fetchFiles } from '../packages';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import { isTransient, retry } from '../retry';
import type { AddedFile, Blueprint } from '../schemas';
import { addedFileSchema } from '../schemas';
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
}

/** Attempts at what no waiting mends: an expired address, an answer without an ETag. */
const maxRenewals = 3;

/**
 * Registers one file in the package, stores its parts and finalizes it. Fails as a whole: nothing of a file that is not
 * complete is ever finalized.
 * @throws MasvUploadError, MasvInputError, MasvApiError, MasvConnectionError, MasvCancelledError
 */
export async function uploadFile(context: UploadContext, source: FileSource): Promise<UploadedFile> {
	const { client } = context;
	const startedAt = client.clock.now();
	const file = labelOf(source);
	const plan = planParts({ ...context, kind: source.kind, bytes: source.bytes, file });
	const added = await openUpload(context, source, plan);
	const parts =
		source.kind === 'range'
			? await storeRange(context, source, plan, added)
			: await storeStream(context, source, plan, added);
	await finalizeFile(context, source, plan, added, parts);
	context.meter.fileDone();
	return {
		id: added.fileId,
		name: source.name,
		path: source.path,
		size: source.bytes,
		parts: plan.parts,
		retried_parts: parts.filter((part) => part.attempts > 1).length,
		duration_ms: client.clock.now() - startedAt,
	};
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
			for (const file of await fetchFiles(client, packageId, policy)) {
				const isSame = file.name === source.name && sameFolder(file.path, source.path);
				if (isSame && !ownFileIds.has(file.id) && file.completed !== true) await removeFile(context, file.id);
			}
			return undefined;
		},
	});
	ownFileIds.add(added.file.id);
	return added;
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
	attempts: number;
}

/** N workers on one counter. Any part may be read again, so a failed one costs only itself. */
async function storeRange(
	context: UploadContext,
	source: RangeSource,
	plan: PartPlan,
	upload: OpenUpload,
): Promise<StoredPart[]> {
	const reader = await openSource(source);
	try {
		await checkUnchanged(source, reader);
		const urls = createPartUrls(context.client, upload, plan.parts, context.policy);
		const parts: StoredPart[] = new Array<StoredPart>(plan.parts);
		let next = 0;
		await allOrFirstError(plan.parallelParts, context.client.signal, async (signal) => {
			const worker = { ...context, client: context.client.withSignal(signal) };
			while (next < plan.parts) {
				const index = next++;
				const range = partRange(plan, source.bytes, index);
				const url = await urls.get(index);
				parts[index] = await context.budget(async () => {
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
			}
		});
		await checkUnchanged(source, reader);
		return parts;
	} finally {
		await reader.close();
	}
}

/** The next part is read only when there is a place in the budget for it; its pieces stay until it is stored. */
async function storeStream(
	context: UploadContext,
	source: StreamSource,
	plan: PartPlan,
	upload: OpenUpload,
): Promise<StoredPart[]> {
	const urls = createPartUrls(context.client, upload, plan.parts, context.policy);
	const cutter: PartCutter = createPartCutter(source, await openSource(source));
	try {
		const parts: StoredPart[] = new Array<StoredPart>(plan.parts);
		let next = 0;
		let cutting: Promise<unknown> = Promise.resolve();
		await allOrFirstError(plan.parallelParts, context.client.signal, async (signal) => {
			const worker = { ...context, client: context.client.withSignal(signal) };
			while (next < plan.parts && !signal.aborted) {
				await context.budget(async () => {
					// Cut in turn: a stream has one order, and a part's number is its place in it.
					const cut = cutting.then(async () => {
						if (next >= plan.parts) return undefined;
						const index = next++;
						const { length } = partRange(plan, source.bytes, index);
						return { index, length, pieces: await cutter.cut(length) };
					});
					cutting = cut.catch(() => undefined);
					const part = await cut;
					if (part === undefined) return;
					const url = await urls.get(part.index);
					parts[part.index] = await storePart(
						worker,
						upload,
						urls,
						{ index: part.index, url, bytes: part.length },
						() => pieceByPiece(part.pieces),
					);
				});
			}
		});
		await cutter.finish();
		return parts;
	} finally {
		await cutter.close();
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
	plan: PartPlan,
	upload: OpenUpload,
	parts: StoredPart[],
): Promise<void> {
	const { client, policy } = context;
	let isRepeat = false;
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
			findLost: async () => {
				isRepeat = true;
				const files = await fetchFiles(client, upload.packageId, policy);
				return files.find((file) => file.id === upload.fileId)?.completed === true ? true : undefined;
			},
		});
	} catch (error) {
		if (!isRepeat || !saysAlreadyDone(error)) throw error;
	}
}

/** Whether a no means that what was asked for has been done before. There is no documented code for it. */
export function saysAlreadyDone(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.status >= 500 || [401, 403, 408, 429].includes(error.status))
		return false;
	return /already|finali[sz]ed|completed|NoSuchUpload/i.test([error.code, ...error.details].join(' '));
}
