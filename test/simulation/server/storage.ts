import { createHash } from 'node:crypto';

import type { Habits } from './habits';
import type { Answer, Entry, Multipart, Part } from './model';
import { storageRefusal } from './model';

function md5Of(content: Uint8Array): string {
	return createHash('md5').update(content).digest('hex');
}

/** Life of a pre-signed URL: long enough for an upload, too short for a worker that was frozen. */
const urlLifeMs = 15 * 60_000;

export const storageHost = 'https://storage.test';

/**
 * The storage behind MASV, as S3 works: the last write of a part wins, whoever made it; completing demands the ETags of
 * those last writes; an upload that is complete or aborted is unknown.
 */
export class Storage {
	readonly multiparts = new Map<string, Multipart>();
	readonly #habits: Habits;
	readonly #now: () => number;
	#opaque = 0;

	constructor(habits: Habits, now: () => number) {
		this.#habits = habits;
		this.#now = now;
	}

	createUrl(entry: Entry): string {
		return `${storageHost}/bucket/${entry.id}?uploads&${this.#signature()}`;
	}

	partUrl(entry: Entry, uploadId: string, part: number): string {
		return `${storageHost}/bucket/${entry.id}?partNumber=${part}&uploadId=${uploadId}&${this.#signature()}`;
	}

	#signature(): string {
		return `X-Amz-Expires=${Math.ceil(this.#now() + urlLifeMs)}&X-Amz-Signature=s3cr3t`;
	}

	isExpired(query: URLSearchParams): boolean {
		return Number(query.get('X-Amz-Expires')) < this.#now();
	}

	create(entry: Entry): Answer {
		const id = `U${this.multiparts.size + 1}`;
		this.multiparts.set(id, { id, entry, parts: new Map(), isOpen: true, replaced: new Set() });
		return {
			status: 200,
			text: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
		};
	}

	/** @param onStored called with what was stored */
	put(
		uploadId: string,
		partNumber: number,
		content: Uint8Array,
		onStored: (upload: Multipart, part: Part, md5: string) => void,
	): Answer {
		const upload = this.multiparts.get(uploadId);
		if (upload?.isOpen !== true) return storageRefusal(404, 'NoSuchUpload');
		const md5 = md5Of(content);
		const etag = `"${this.#habits.etags === 'MD5' ? md5 : md5Of(Buffer.from(`opaque ${++this.#opaque}`))}"`;
		const part = { etag, content };
		const before = upload.parts.get(partNumber);
		if (before !== undefined && Buffer.compare(before.content, content) !== 0) upload.replaced.add(before.etag);
		upload.parts.set(partNumber, part);
		onStored(upload, part, md5);
		return { status: 200, headers: { etag } };
	}

	/** CompleteMultipartUpload. */
	complete(upload: Multipart, named: Array<{ partNumber: number; etag: string }>): Uint8Array | 'InvalidPart' {
		const parts = named.map(({ partNumber, etag }) => {
			const part = upload.parts.get(partNumber);
			return part?.etag === etag ? part.content : undefined;
		});
		if (parts.length === 0 || parts.some((part) => part === undefined)) {
			upload.isSpoiled = true;
			return 'InvalidPart';
		}
		upload.isOpen = false;
		return Buffer.concat(parts as Uint8Array[]);
	}

	/** Aborts the uploads of a file that was removed. */
	abort(entry: Entry): void {
		for (const upload of this.multiparts.values()) if (upload.entry === entry) upload.isOpen = false;
	}
}
