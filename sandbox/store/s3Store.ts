import { Readable } from 'node:stream';
import { presign, type Signer } from './sigV4.ts';
import type { ListedPart, Permission, Store, StoredPart } from './store.ts';
import { StoreFailure } from './storeFailure.ts';
import { escapeXml, textsOf } from './xml.ts';

export interface S3StoreOptions {
	/** URL of any S3-compatible service; path-style bucket addressing is used. */
	endpoint: string;
	signer: Signer;
	bucket: string;
	lifetimeSeconds: number;
}

/**
 * A real S3 endpoint behind the API. It has its own clock, so URLs are signed with the real time, not the sandbox's.
 */
export class S3Store implements Store {
	readonly url: string;
	readonly #options: S3StoreOptions;

	constructor(options: S3StoreOptions) {
		this.#options = options;
		this.url = options.endpoint.replace(/\/+$/, '');
	}

	/** Creates the bucket if it is missing. @throws StoreFailure with the code of the service */
	async prepare(): Promise<void> {
		const response = await fetch(this.#sign('PUT', ''), { method: 'PUT' });
		const text = await response.text();
		const exists = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes(textsOf(text, 'Code')[0] ?? '');
		if (!response.ok && !exists) throw failureOf(response.status, text);
	}

	presign({ method, key, query, headers }: Permission): string {
		return this.#sign(method, `/${key}`, query, headers);
	}

	async parts(key: string, uploadId: string): Promise<StoredPart[] | undefined> {
		const parts: StoredPart[] = [];
		for (let marker = '0', more = true; more;) {
			const response = await fetch(this.#sign('GET', `/${key}`, { uploadId, 'part-number-marker': marker }));
			const text = await response.text();
			if (!response.ok) {
				const failure = failureOf(response.status, text);
				if (failure.code === 'NoSuchUpload') return undefined;
				throw failure;
			}
			parts.push(...readListedParts(text));
			more = textsOf(text, 'IsTruncated')[0] === 'true';
			marker = textsOf(text, 'NextPartNumberMarker')[0] ?? '0';
		}
		return parts;
	}

	async complete(key: string, uploadId: string, parts: ListedPart[]): Promise<void> {
		const items = parts.map(
			({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
		);
		const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${items.join('')}</CompleteMultipartUpload>`;
		const headers = { 'content-type': 'application/xml' };
		const response = await fetch(this.#sign('POST', `/${key}`, { uploadId }), { method: 'POST', headers, body });
		const text = await response.text();
		// S3 may answer 200 and report an error in the body ("CompleteMultipartUpload" in the S3 API reference).
		if (!response.ok || text.includes('<Error>')) throw failureOf(response.status, text);
	}

	async remove(key: string): Promise<void> {
		// Keys end in a file ID of fixed length, so only this key starts with this prefix.
		const listing = await fetch(this.#sign('GET', '', { uploads: '', prefix: key }));
		for (const uploadId of textsOf(await listing.text(), 'UploadId')) await this.#delete(key, { uploadId });
		await this.#delete(key);
	}

	async read(key: string): Promise<Readable> {
		const response = await fetch(this.#sign('GET', `/${key}`));
		if (!response.ok || response.body === null) throw failureOf(response.status, await response.text());
		return Readable.fromWeb(response.body);
	}

	openUploads(): number {
		throw new Error('only the embedded store knows how many uploads are open');
	}

	seed(): void {
		throw new Error('packages with files can only be seeded into the embedded store');
	}

	async #delete(key: string, query?: Record<string, string>): Promise<void> {
		const response = await fetch(this.#sign('DELETE', `/${key}`, query), { method: 'DELETE' });
		const text = await response.text();
		if (!response.ok && response.status !== 404) throw failureOf(response.status, text);
	}

	/** `path` is empty (the bucket) or a slash and a key. */
	#sign(method: string, path: string, query?: Record<string, string>, headers?: Record<string, string>): string {
		const { signer, bucket, lifetimeSeconds } = this.#options;
		const url = `${this.url}/${bucket}${path}`;
		return presign(signer, { method, url, query, headers, nowMs: Date.now(), lifetimeSeconds });
	}
}

function readListedParts(text: string): StoredPart[] {
	return [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
		number: Number(textsOf(part, 'PartNumber')[0]),
		etag: `"${(textsOf(part, 'ETag')[0] ?? '').replaceAll('"', '')}"`,
		bytes: Number(textsOf(part, 'Size')[0]),
	}));
}

function failureOf(status: number, text: string): StoreFailure {
	const [code = `HTTP ${status}`] = textsOf(text, 'Code');
	return new StoreFailure(status, code, textsOf(text, 'Message')[0] ?? text.slice(0, 300));
}
