import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Answer } from '../http/answer.ts';
import type { Target } from '../http/faults.ts';
import type { Incoming } from '../http/plane.ts';
import type { StorageStep } from '../http/steps.ts';
import { readRange } from './byteRange.ts';
import { damagedBody } from './damagedBody.ts';
import type { EmbeddedStore, StoredObject } from './embeddedStore.ts';
import { maxPartBytes } from './limits.ts';
import { parseQuery, type Signer, verifyPresigned } from './sigV4.ts';
import { StoreFailure } from './storeFailure.ts';
import { elements, textsOf, xmlAnswer, xmlFailure } from './xml.ts';

export interface DataPlaneOptions {
	store: EmbeddedStore;
	signer: Signer;
	bucket: string;
	now: () => number;
	/** Number of the last part of the file stored under a key, if known. Only faults need it. */
	lastPartOf: (key: string) => number | undefined;
}

/** A parsed but not yet authorized request to the storage. */
interface StorageRequest {
	step: StorageStep | undefined;
	key: string;
	uploadId: string;
	partNumber: number;
}

/** The HTTP interface of the embedded store: a subset of Amazon S3. */
export class DataPlane {
	readonly #options: DataPlaneOptions;

	constructor(options: DataPlaneOptions) {
		this.#options = options;
	}

	identify(request: IncomingMessage): Target | undefined {
		const { step, key, partNumber } = takeApart(request, this.#options.bucket);
		if (step === undefined) return undefined;
		if (step !== 'partPut') return { step };
		return {
			step,
			parts: { first: partNumber, last: partNumber },
			lastPart: this.#options.lastPartOf(key),
		};
	}

	async handle(incoming: Incoming): Promise<Answer> {
		const { request } = incoming;
		const requestId = randomBytes(8).toString('hex').toUpperCase();
		const answer = await this.#carryOut(incoming).catch((error: unknown) => {
			if (!(error instanceof StoreFailure)) throw error;
			return xmlFailure(error, (request.url ?? '').split('?')[0] ?? '', requestId);
		});
		return { ...answer, headers: { 'x-amz-request-id': requestId, ...answer.headers } };
	}

	async #carryOut(incoming: Incoming): Promise<Answer> {
		const { request } = incoming;
		const { store, signer, now, bucket } = this.#options;
		refuseForeignHeaders(request);
		const signed = { method: request.method ?? '', target: request.url ?? '', headers: request.headers };
		verifyPresigned(signer, signed, now());
		const { step, key, uploadId, partNumber } = takeApart(request, bucket);
		switch (step) {
			case 'initiate':
				return xmlAnswer(200, 'InitiateMultipartUploadResult', {
					Bucket: bucket,
					Key: key,
					UploadId: await store.create(key),
				});
			case 'partPut':
				return await this.#putPart(incoming, key, uploadId, partNumber);
			case 'completeUpload':
				return await this.#complete(incoming, key, uploadId);
			case 'abortUpload':
				await store.abort(key, uploadId);
				return { status: 204 };
			case 'listParts':
				return this.#listParts(request, key, uploadId);
			case 'listUploads':
				return this.#listUploads(request);
			case 'deleteObject':
				await store.delete(key);
				return { status: 204 };
			case 'getObject':
			case 'headObject':
				return this.#getObject(incoming, key);
			case 'createBucket':
				throw new StoreFailure(409, 'BucketAlreadyOwnedByYou', 'The bucket exists already and you own it.');
			case undefined:
				throw new StoreFailure(501, 'NotImplemented', 'The sandbox only supports multipart uploads and reading.');
		}
	}

	async #putPart(incoming: Incoming, key: string, uploadId: string, partNumber: number): Promise<Answer> {
		const { request, record } = incoming;
		const length = request.headers['content-length'];
		if (length === undefined) {
			throw new StoreFailure(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
		}
		if (Number(length) > maxPartBytes) {
			throw new StoreFailure(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed object size.');
		}
		const md5Header = request.headers['content-md5'];
		const contentMd5 = Array.isArray(md5Header) ? md5Header[0] : md5Header;
		if (contentMd5 !== undefined && Buffer.from(contentMd5, 'base64').length !== 16) {
			throw new StoreFailure(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.');
		}
		this.#options.store.parts(key, uploadId); // rejects an unknown upload before the body is read
		incoming.acceptBody();
		const onBytes = (bytes: number) => (record.bodyBytes += bytes);
		const bytes = Number(length);
		const { damage } = incoming;
		const arriving = damage === undefined ? { body: request, bytes } : damagedBody(request, bytes, damage);
		const input = { ...arriving, contentMd5, onBytes };
		const part = await this.#options.store.putPart(key, uploadId, partNumber, input);
		return { status: 200, headers: { etag: part.etag } };
	}

	async #complete(incoming: Incoming, key: string, uploadId: string): Promise<Answer> {
		incoming.acceptBody();
		const chunks: Buffer[] = [];
		for await (const chunk of incoming.request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks);
		incoming.record.bodyBytes = body.length;
		const listed = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
			number: Number(textsOf(part, 'PartNumber')[0]),
			etag: `"${(textsOf(part, 'ETag')[0] ?? '').replaceAll('"', '')}"`,
		}));
		const { etag } = await this.#options.store.complete(key, uploadId, listed);
		return xmlAnswer(200, 'CompleteMultipartUploadResult', { Bucket: this.#options.bucket, Key: key, ETag: etag });
	}

	#listParts(request: IncomingMessage, key: string, uploadId: string): Answer {
		const query = new Map(queryOf(request));
		const after = Number(query.get('part-number-marker') ?? 0);
		const limit = Math.min(Number(query.get('max-parts') ?? 1000), 1000);
		const remaining = this.#options.store.parts(key, uploadId).filter((part) => part.number > after);
		const shown = remaining.slice(0, limit);
		const raw = shown.map(
			({ number, etag, bytes }) =>
				`<Part>${elements({ PartNumber: String(number), ETag: etag, Size: String(bytes) })}</Part>`,
		);
		const content = {
			Bucket: this.#options.bucket,
			Key: key,
			UploadId: uploadId,
			NextPartNumberMarker: String(shown.at(-1)?.number ?? 0),
			IsTruncated: String(remaining.length > shown.length),
		};
		return xmlAnswer(200, 'ListPartsResult', content, raw.join(''));
	}

	#listUploads(request: IncomingMessage): Answer {
		const prefix = new Map(queryOf(request)).get('prefix') ?? '';
		const raw = this.#options.store
			.uploads(prefix)
			.map(({ id, key }) => `<Upload>${elements({ Key: key, UploadId: id })}</Upload>`);
		const content = { Bucket: this.#options.bucket, Prefix: prefix, IsTruncated: 'false' };
		return xmlAnswer(200, 'ListMultipartUploadsResult', content, raw.join(''));
	}

	#getObject({ request, damage }: Incoming, key: string): Answer {
		const { store } = this.#options;
		const object = store.object(key);
		checkIfMatch(request.headers['if-match'], object);
		const range = readRange(request.headers.range, object.bytes);
		const { first, last } = range ?? { first: 0, last: object.bytes - 1 };
		const bytes = last - first + 1;
		const open = (): Readable => store.open(object, first, last);
		const body =
			damage === undefined
				? { bytes, open }
				: {
						bytes: damage === 'cut' ? Math.floor(bytes / 2) : bytes,
						open: () => damagedBody(open(), bytes, damage).body,
					};
		if (range === undefined) return { status: 200, headers: objectHeaders(object), body };
		return {
			status: 206,
			headers: { ...objectHeaders(object), 'content-range': `bytes ${first}-${last}/${object.bytes}` },
			body,
		};
	}
}

/** "If the object's ETag does not match, 412" (S3 API, GetObject, under If-Match). */
function checkIfMatch(header: string | undefined, { etag }: StoredObject): void {
	if (header === undefined || header.trim() === '*') return;
	if (header.split(',').some((each) => each.trim() === etag)) return;
	throw new StoreFailure(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

function objectHeaders(object: StoredObject): Record<string, string> {
	return {
		etag: object.etag,
		...(object.isEncrypted && { 'x-amz-server-side-encryption': 'aws:kms' }),
		'content-type': 'binary/octet-stream',
		'accept-ranges': 'bytes',
		'last-modified': new Date(object.modifiedMs).toUTCString(),
	};
}

/**
 * Blueprints are complete: they include their authorization. S3 itself answers 400 to a second kind of authorization.
 * It ignores MASV's headers, but a client must not send MASV's secrets to the storage host (MASV docs, Uploads,
 * "Blueprint object"; docs/masv-api.md#blueprints), so the sandbox rejects them.
 */
function refuseForeignHeaders(request: IncomingMessage): void {
	if (request.headers.authorization !== undefined) {
		throw new StoreFailure(
			400,
			'InvalidArgument',
			'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
		);
	}
	const names = [
		'x-api-key',
		'x-user-token',
		'x-package-token',
		'x-transfer-token',
		'x-access-code',
		'x-link-password',
	];
	const leaked = Object.keys(request.headers).filter((name) => names.includes(name) || name.startsWith('x-masv'));
	if (leaked.length > 0) {
		throw new StoreFailure(400, 'InvalidRequest', `MASV headers must not be sent to the storage: ${leaked.join(', ')}`);
	}
}

/** Path-style requests: /bucket/key. */
function takeApart(request: IncomingMessage, bucket: string): StorageRequest {
	const query = new Map(queryOf(request));
	const path = safeDecode((request.url ?? '').split('?')[0] ?? '');
	const prefix = `/${bucket}/`;
	const key = path.startsWith(prefix) ? path.slice(prefix.length) : '';
	const uploadId = query.get('uploadId') ?? '';
	const partNumber = Number(query.get('partNumber') ?? Number.NaN);
	return { step: stepOf(request.method ?? '', query, path === `/${bucket}`, key), key, uploadId, partNumber };
}

function stepOf(method: string, query: Map<string, string>, isBucket: boolean, key: string): StorageStep | undefined {
	if (isBucket && method === 'PUT') return 'createBucket';
	if (isBucket && method === 'GET') return query.has('uploads') ? 'listUploads' : undefined;
	if (key === '') return undefined;
	const ofUpload = query.has('uploadId');
	if (method === 'POST') return query.has('uploads') ? 'initiate' : ofUpload ? 'completeUpload' : undefined;
	if (method === 'PUT') return ofUpload && query.has('partNumber') ? 'partPut' : undefined;
	if (method === 'DELETE') return ofUpload ? 'abortUpload' : 'deleteObject';
	if (method === 'GET') return ofUpload ? 'listParts' : 'getObject';
	return method === 'HEAD' ? 'headObject' : undefined;
}

function queryOf(request: IncomingMessage): [string, string][] {
	const text = (request.url ?? '').split('?')[1] ?? '';
	try {
		return parseQuery(text);
	} catch {
		return []; // the signature check will reject it
	}
}

function safeDecode(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch {
		return path;
	}
}
