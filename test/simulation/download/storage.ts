import { createHash } from 'node:crypto';

import { storageRefusal } from '../server/model';
import { storageHost } from '../server/storage';
import { epochMs } from '../simClock';
import type { ReceiveHabits } from './receiveHabits';
import type { FileVersion, SharedFile } from './shared';
import { currentOf } from './shared';

/** What goes wrong with an answer of the storage. */
export type ContentFault =
	| 'none'
	/** The connection is refused. */
	| 'refused'
	/** It is lost in the middle of the content. */
	| 'lost'
	/** The content ends early, as if it were complete. */
	| 'ends early'
	| 'unavailable'
	| 'slow down'
	/** 403, although the address is new. */
	| 'expired'
	/** 200 with everything. */
	| 'range ignored'
	/** 206 with bytes that were not asked for. */
	| 'other range'
	| 'wrong length'
	/** The total in `Content-Range`. */
	| 'wrong total'
	/** 416. */
	| 'unsatisfiable'
	/** 412. */
	| 'other version'
	/** A bit is flipped. */
	| 'damaged'
	/** 200 with the page of a proxy. */
	| 'page'
	/** 307 to another address of the same object. */
	| 'redirect'
	| 'encoded'
	/** More than was asked for. */
	| 'too much';

export interface ObjectAnswer {
	status: number;
	headers: Record<string, string>;
	body: Uint8Array;
	/** What the body is part of. */
	version: FileVersion | undefined;
	start: number;
}

export function signedUrl({ id }: SharedFile, untilMs: number): string {
	return `${storageHost}/bucket/${id}?X-Amz-Expires=${Math.ceil(untilMs)}&X-Amz-Signature=s3cr3t`;
}

/** A part of the multipart uploads with which the files came. */
export const partBytes = 2_048;

export function newVersion(content: Uint8Array, habits: ReceiveHabits, atMs: number, number: number): FileVersion {
	// Each has a time of its own, because it may be all by which versions differ.
	const lastModified = new Date(epochMs - 86_400_000 + number * 1_000).toUTCString();
	return { content, etag: etagOf(content, habits, number), lastModified, from: atMs };
}

function etagOf(content: Uint8Array, { etags }: ReceiveHabits, number: number): string | undefined {
	switch (etags) {
		case 'none':
			return undefined;
		case 'md5':
			return `"${md5Of(content).toString('hex')}"`;
		case 'parts': {
			const parts = Array.from({ length: Math.ceil(content.length / partBytes) }, (_, index) =>
				md5Of(content.subarray(index * partBytes, (index + 1) * partBytes)),
			);
			return `"${md5Of(Buffer.concat(parts)).toString('hex')}-${parts.length}"`;
		}
		default:
			return `${etags === 'weak' ? 'W/' : ''}"version ${number}"`;
	}
}

function md5Of(content: Uint8Array): Buffer {
	return createHash('md5').update(content).digest();
}

/** GetObject, as S3 answers it. */
export function getObject(
	file: SharedFile | undefined,
	{ url, headers }: { url: string; headers: Record<string, string> },
	habits: ReceiveHabits,
	nowMs: number,
	fault: ContentFault,
): ObjectAnswer {
	const query = new URL(url).searchParams;
	const isExpired = Number(query.get('X-Amz-Expires')) < nowMs || fault === 'expired';
	if (file === undefined || isExpired) return refused(403, 'AccessDenied');
	if (fault === 'unavailable') return refused(500, 'InternalError');
	if (fault === 'slow down') return refused(503, 'SlowDown');
	if (fault === 'page') return { ...refused(200, 'login'), headers: { 'content-type': 'text/html' } };
	if (fault === 'redirect') return { ...refused(307, 'TemporaryRedirect'), headers: { location: `${url}&again=1` } };
	const version = currentOf(file);
	const { content, etag, lastModified } = version;
	const match = headers['if-match'];
	const isOther = match !== undefined && match !== etag && habits.comparesEtags;
	if (isOther || fault === 'other version') return refused(412, 'PreconditionFailed');
	const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
	const isWhole = first === undefined || habits.ranges === 'ignored' || fault === 'range ignored';
	const isLastByte = Number(first) >= content.length - 1;
	const shift = fault === 'other range' && !isLastByte ? 1 : 0;
	const start = isWhole ? 0 : Number(first) + shift;
	if (start >= content.length || fault === 'unsatisfiable') return refused(416, 'InvalidRange');
	const end = isWhole ? content.length : Math.min(Number(last) + 1, content.length);
	const body = content.slice(start, end);
	const total = content.length + (fault === 'wrong total' ? 7 : 0);
	const length = body.length + (fault === 'wrong length' ? 3 : 0);
	return {
		status: isWhole ? 200 : 206,
		headers: {
			'last-modified': lastModified,
			...(etag !== undefined && { etag }),
			...(!isWhole && { 'content-range': `bytes ${start}-${end - 1}/${total}` }),
			...(habits.tellsLength && { 'content-length': String(length) }),
			...(fault === 'encoded' && { 'content-encoding': 'gzip' }),
		},
		body: fault === 'too much' ? Buffer.concat([body, Buffer.from('more')]) : body,
		version,
		start,
	};
}

function refused(status: number, code: string): ObjectAnswer {
	const body = Buffer.from(storageRefusal(status, code).text ?? '');
	return { status, headers: {}, body, version: undefined, start: 0 };
}
