import { randomBytes, randomInt } from 'node:crypto';

/** Crockford's Base32, as used by ULIDs. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A new ID that looks like MASV's: 26 upper-case characters, of which the first ten encode the time
 * (samples in MASV docs, Portals: "01CTDNW11G67NKHQW5JE8TP2TJ").
 */
export function newId(nowMs: number): string {
	let time = '';
	for (let rest = Math.floor(nowMs), digit = 0; digit < 10; digit++) {
		time = alphabet[rest % 32] + time;
		rest = Math.floor(rest / 32);
	}
	return time + Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join('');
}

/** MASV's sample webhook ID is not a ULID (docs/masv-api.md#dates-and-ids), so clients must treat IDs as opaque. */
export function newWebhookId(): string {
	return randomBytes(12).toString('hex');
}

/** A link's download secret: 16 letters, like the sample in MASV docs, Links. */
export function newDownloadSecret(): string {
	return randomString(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
}

/**
 * A new API key: 64 printable characters. Real keys contain punctuation (docs/masv-api.md#api-keys), so this one always
 * does: a client that escapes or strips it is rejected.
 */
export function newApiKey(): string {
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
	return randomString(30, letters) + '{<=:!/,' + randomString(27, letters + '{<=:!/,');
}

function randomString(length: number, characters: string): string {
	return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
