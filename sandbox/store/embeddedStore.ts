import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { maxParts, minPartBytes } from './limits.ts';
import { writePart, type PartInput } from './partWriter.ts';
import type { ListedPart, StoredPart } from './store.ts';
import { noSuchKey, noSuchUpload, StoreFailure } from './storeFailure.ts';

/** A part in a file of its own. Completing an upload copies nothing: an object is a list of parts. */
interface PartFile extends StoredPart {
	path: string;
}

interface Upload {
	id: string;
	key: string;
	parts: Map<number, PartFile>;
}

export interface StoredObject {
	/** Quoted; MD5 of the parts' MD5s and the number of parts, as in S3. */
	etag: string;
	bytes: number;
	parts: PartFile[];
	modifiedMs: number;
	/** With KMS keys, so that the ETag is not made of MD5s. */
	isEncrypted: boolean;
}

/** Multipart uploads and objects in a folder, following the rules of Amazon S3. Independent of HTTP and MASV. */
export class EmbeddedStore {
	readonly #folder: string;
	readonly #now: () => number;
	readonly #opaqueEtags: boolean;
	readonly #uploads = new Map<string, Upload>();
	readonly #objects = new Map<string, StoredObject>();
	#files = 0;

	/** @param opaqueEtags whether the ETags of parts are not MD5s but random, as with KMS keys */
	constructor(folder: string, now: () => number, opaqueEtags = false) {
		this.#folder = folder;
		this.#now = now;
		this.#opaqueEtags = opaqueEtags;
	}

	openUploads(): number {
		return this.#uploads.size;
	}

	/** Starts a multipart upload; returns its ID. */
	async create(key: string): Promise<string> {
		const id = randomBytes(48).toString('base64url');
		await mkdir(join(this.#folder, id), { recursive: true });
		this.#uploads.set(id, { id, key, parts: new Map() });
		return id;
	}

	/**
	 * Stores one part, replacing an earlier one of the same number. Nothing is stored if the body ends too early.
	 * @throws StoreFailure NoSuchUpload, InvalidArgument, EntityTooLarge, BadDigest
	 */
	async putPart(key: string, uploadId: string, number: number, input: PartInput): Promise<StoredPart> {
		const upload = this.#upload(key, uploadId);
		if (!Number.isInteger(number) || number < 1 || number > maxParts) {
			throw new StoreFailure(
				400,
				'InvalidArgument',
				`Part number must be an integer between 1 and ${maxParts}, inclusive`,
			);
		}
		const path = join(this.#folder, upload.id, `${number}.${++this.#files}`);
		const { etag: md5, bytes } = await writePart(path, input);
		const etag = this.#opaqueEtags ? `"${randomBytes(16).toString('hex')}"` : md5;
		// The upload may have been completed or aborted while the body was read.
		if (this.#uploads.get(uploadId) !== upload) {
			await rm(path, { force: true });
			throw noSuchUpload();
		}
		const replaced = upload.parts.get(number);
		upload.parts.set(number, { number, etag, bytes, path });
		if (replaced !== undefined) await rm(replaced.path, { force: true });
		return { number, etag, bytes };
	}

	/** Parts in ascending order. @throws StoreFailure NoSuchUpload */
	parts(key: string, uploadId: string): StoredPart[] {
		return [...this.#upload(key, uploadId).parts.values()]
			.sort((a, b) => a.number - b.number)
			.map(({ number, etag, bytes }) => ({ number, etag, bytes }));
	}

	/** @throws StoreFailure NoSuchUpload, MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall */
	async complete(key: string, uploadId: string, listed: ListedPart[]): Promise<StoredObject> {
		const upload = this.#upload(key, uploadId);
		const parts = chooseParts(upload, listed);
		const object = {
			etag: objectEtag(parts),
			bytes: sum(parts),
			parts,
			modifiedMs: this.#now(),
			isEncrypted: this.#opaqueEtags,
		};
		const previous = this.#objects.get(key);
		this.#uploads.delete(uploadId);
		this.#objects.set(key, object);
		const kept = new Set(parts);
		const dropped = [...upload.parts.values()].filter((part) => !kept.has(part));
		await Promise.all([...dropped, ...(previous?.parts ?? [])].map(({ path }) => rm(path, { force: true })));
		return object;
	}

	/** @throws StoreFailure NoSuchUpload */
	async abort(key: string, uploadId: string): Promise<void> {
		const upload = this.#upload(key, uploadId);
		this.#uploads.delete(uploadId);
		await rm(join(this.#folder, upload.id), { recursive: true, force: true });
	}

	/** Open uploads whose keys start with `prefix`. */
	uploads(prefix: string): { id: string; key: string }[] {
		return [...this.#uploads.values()].filter(({ key }) => key.startsWith(prefix)).map(({ id, key }) => ({ id, key }));
	}

	/** Deletes an object; as in S3, it is not an error if there is none. */
	async delete(key: string): Promise<void> {
		const object = this.#objects.get(key);
		this.#objects.delete(key);
		await Promise.all((object?.parts ?? []).map(({ path }) => rm(path, { force: true })));
	}

	/** Deletes the object and aborts every open upload of this key. */
	async remove(key: string): Promise<void> {
		for (const upload of this.uploads(key)) {
			if (upload.key === key) await this.abort(key, upload.id);
		}
		await this.delete(key);
	}

	/** @throws StoreFailure NoSuchKey */
	object(key: string): StoredObject {
		const object = this.#objects.get(key);
		if (object === undefined) throw noSuchKey();
		return object;
	}

	/** The bytes `first` to `last` (inclusive) of an object. */
	open(object: StoredObject, first = 0, last = object.bytes - 1): Readable {
		return Readable.from(readParts(object.parts, first, last), { objectMode: false });
	}

	/** Stores a small object directly, in parts of this size. Default: as one part. */
	seed(key: string, content: Uint8Array, partBytes = content.byteLength): void {
		const folder = join(this.#folder, 'seeded');
		const parts = Array.from({ length: Math.max(1, Math.ceil(content.byteLength / partBytes)) }, (_, index) => {
			const part = content.subarray(index * partBytes, (index + 1) * partBytes);
			const path = join(folder, String(++this.#files));
			// An empty part is never opened, and tests seed packages with thousands of empty files.
			if (part.byteLength > 0) {
				mkdirSync(folder, { recursive: true });
				writeFileSync(path, part);
			}
			const md5 = this.#opaqueEtags ? randomBytes(16) : createHash('md5').update(part).digest();
			return { number: index + 1, etag: `"${md5.toString('hex')}"`, bytes: part.byteLength, path };
		});
		const [etag, bytes] = [objectEtag(parts), content.byteLength];
		this.#objects.set(key, { etag, bytes, parts, modifiedMs: this.#now(), isEncrypted: this.#opaqueEtags });
	}

	#upload(key: string, uploadId: string): Upload {
		const upload = this.#uploads.get(uploadId);
		if (upload === undefined || upload.key !== key) throw noSuchUpload();
		return upload;
	}
}

/** The stored parts listed in a completion request, checked against S3's rules. */
function chooseParts(upload: Upload, listed: ListedPart[]): PartFile[] {
	if (listed.length === 0) {
		throw new StoreFailure(
			400,
			'MalformedXML',
			'The XML you provided was not well-formed: at least one part is needed',
		);
	}
	const unordered = listed.some((part, index) => index > 0 && part.number <= (listed[index - 1]?.number ?? 0));
	if (unordered) {
		throw new StoreFailure(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
	}
	const parts = listed.map((part) => {
		const stored = upload.parts.get(part.number);
		if (stored?.etag !== part.etag) {
			throw new StoreFailure(
				400,
				'InvalidPart',
				`One or more of the specified parts could not be found or its ETag does not match: part ${part.number}`,
			);
		}
		return stored;
	});
	const small = parts.slice(0, -1).find((part) => part.bytes < minPartBytes);
	if (small !== undefined) {
		throw new StoreFailure(
			400,
			'EntityTooSmall',
			`Your proposed upload is smaller than the minimum allowed size: part ${small.number} is ${small.bytes} bytes`,
		);
	}
	return parts;
}

function objectEtag(parts: PartFile[]): string {
	const md5 = createHash('md5');
	for (const part of parts) md5.update(Buffer.from(part.etag.slice(1, -1), 'hex'));
	return `"${md5.digest('hex')}-${parts.length}"`;
}

function sum(parts: PartFile[]): number {
	return parts.reduce((total, part) => total + part.bytes, 0);
}

async function* readParts(parts: PartFile[], first: number, last: number): AsyncGenerator<Buffer> {
	let offset = 0;
	for (const part of parts) {
		const start = Math.max(first - offset, 0);
		const end = Math.min(last - offset, part.bytes - 1);
		offset += part.bytes;
		if (start <= end) yield* createReadStream(part.path, { start, end, highWaterMark: 1024 * 1024 });
	}
}
