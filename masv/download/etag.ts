import type { Hashing } from '../hashing';
import type { ResponseHead } from '../transport';
import { headerOf } from '../transport';

/** What an ETag says about the content: docs/masv-api.md#etags */
export interface EtagSum {
	/** Lower-case hexadecimal. */
	md5: string;
	/** Undefined: `md5` is of the content. Otherwise, it is of the MD5s of so many parts, in binary form. */
	parts: number | undefined;
}

/** @returns undefined if the ETag is no checksum */
export function toEtagSum(etag: string | undefined): EtagSum | undefined {
	const [, md5, parts] = /^"([0-9a-f]{32})(?:-([1-9]\d{0,4}))?"$/i.exec(etag ?? '') ?? [];
	if (md5 === undefined) return undefined;
	return { md5: md5.toLowerCase(), parts: parts === undefined ? undefined : Number(parts) };
}

/** Whether the storage says that it encrypts in a way that makes the ETag something else than a checksum. */
export function hidesContent(head: ResponseHead): boolean {
	const keys = headerOf(head, 'x-amz-server-side-encryption');
	const ofCustomer = headerOf(head, 'x-amz-server-side-encryption-customer-algorithm');
	return ofCustomer !== undefined || (keys !== undefined && keys.toLowerCase() !== 'aes256');
}

/** @param ifMatch whether it can be used in `If-Match`, which no weak ETag matches (RFC 9110, 13.1.1) */
export function isStrong(etag: string | undefined): etag is string {
	return etag !== undefined && /^"[^"]*"$/.test(etag);
}

/** The size of the blocks of which the ETag has the MD5s. Undefined if it is not known. */
export function blockBytesOf({ parts }: EtagSum, bytes: number, partBytes: number | undefined): number | undefined {
	if (parts === undefined || parts === 1) return bytes;
	return partBytes !== undefined && Math.ceil(bytes / partBytes) === parts ? partBytes : undefined;
}

/** The ETag of content whose blocks have these MD5s. */
export function sumOf(hashing: Pick<Hashing, 'md5'>, md5s: readonly string[], { parts }: EtagSum): string {
	if (parts === undefined) return md5s[0] ?? '';
	const sum = hashing.md5();
	for (const md5 of md5s) sum.update(bytesOf(md5));
	return sum.hex();
}

function bytesOf(hex: string): Uint8Array {
	return Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
}
