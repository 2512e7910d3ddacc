import type { Checksum } from '../transfer/checksum';

/**
 * What is known of a part in the storage. Plain JSON: the journal keeps it for the next run. `md5` and `crc32` are of what
 * was sent, and at most one of them is there. Without either, the ETag may be the sum of the content, see
 * {@link md5OfEtag}.
 */
export interface PartNote extends Checksum {
	/** As received, quotes included. */
	etag: string;
}

/** A note read from a journal, or undefined if it is not one. */
export function toPartNote(value: unknown): PartNote | undefined {
	const { etag, md5, crc32 } = (value ?? {}) as Record<string, unknown>;
	if (typeof etag !== 'string' || etag === '') return undefined;
	return { etag, ...(isHex(md5, 32) && { md5 }), ...(isHex(crc32, 8) && { crc32 }) };
}

function isHex(value: unknown, digits: number): value is string {
	return typeof value === 'string' && value.length === digits && /^[0-9a-f]*$/.test(value);
}

/**
 * The MD5 that an ETag may be: S3 returns it for parts that it does not encrypt, or encrypts with keys of its own. With keys
 * of KMS or of the customer, an ETag looks the same but is something else. docs/masv-api.md#etags
 */
export function md5OfEtag(etag: string): string | undefined {
	return /^"([0-9a-f]{32})"$/i.exec(etag)?.[1]?.toLowerCase();
}

/** Whether there is a checksum of what was sent. */
export function isHashed({ md5, crc32 }: PartNote): boolean {
	return (md5 ?? crc32) !== undefined;
}

/** Whether the MD5 of what was sent was compared with the ETag, and matched. */
export function isVerified({ etag, md5 }: PartNote): boolean {
	return md5 !== undefined && md5 === md5OfEtag(etag);
}

/** Whether it was compared and did not match. */
export function isMismatch({ etag, md5 }: PartNote): boolean {
	if (md5 === undefined) return false;
	const expected = md5OfEtag(etag);
	return expected !== undefined && md5 !== expected;
}
