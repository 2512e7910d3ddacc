import { randomBytes, randomInt } from 'node:crypto';

/** Crockford's base 32, as ULIDs use it. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A new id in the shape of MASV's: 26 upper-case characters, the first ten of them the time
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

/** Webhook ids are not ULID-shaped in MASV's example (docs/masv-api.md#webhook-routes), so a client must treat them as opaque. */
export function newWebhookId(): string {
	return randomBytes(12).toString('hex');
}

/** A link's download secret: 16 letters, as in the sample of MASV docs, Links. */
export function newDownloadSecret(): string {
	return randomString(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
}

/**
 * A new API key: 64 printable characters. Real keys contain punctuation (docs/masv-api.md#api-keys), so this one always does:
 * it must survive headers untouched and must never be trimmed or put into a URL.
 */
export function newApiKey(): string {
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
	return randomString(30, letters) + '{<=:!/,' + randomString(27, letters + '{<=:!/,');
}

function randomString(length: number, characters: string): string {
	return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
