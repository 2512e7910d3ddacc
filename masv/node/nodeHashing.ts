import {
	createCipheriv,
	createDecipheriv,
	createHash,
	createHmac,
	hkdfSync,
	randomBytes,
	timingSafeEqual,
} from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { Hashing } from '../hashing';

export const nodeHashing: Hashing = {
	sha256: (text) => createHash('sha256').update(text).digest('hex'),
	hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest('hex'),
	hmacSha256Of: (key) => {
		const hash = createHmac('sha256', key);
		return { update: (text) => void hash.update(text), hex: () => hash.digest('hex') };
	},
	crc32: (bytes, previous) => crc32(bytes, previous),
	md5: () => {
		const hash = createHash('md5');
		return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
	},
	randomHex: (bytes) => randomBytes(bytes).toString('hex'),
	isEqual: (a, b) => {
		// timingSafeEqual requires equal lengths. Hashing also hides the length of the text.
		const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
		return timingSafeEqual(digest(a), digest(b));
	},
	seal: (secret, text) => {
		const salt = randomBytes(saltBytes);
		const nonce = randomBytes(nonceBytes);
		const cipher = createCipheriv(algorithm, keyOf(secret, salt), nonce);
		const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
		return Buffer.concat([salt, nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
	},
	unseal: (secret, sealed) => {
		try {
			const bytes = Buffer.from(sealed, 'base64url');
			const [salt, nonce, tag] = [
				bytes.subarray(0, saltBytes),
				bytes.subarray(saltBytes, saltBytes + nonceBytes),
				bytes.subarray(saltBytes + nonceBytes, saltBytes + nonceBytes + tagBytes),
			];
			const decipher = createDecipheriv(algorithm, keyOf(secret, salt), nonce, { authTagLength: tagBytes });
			decipher.setAuthTag(tag);
			const encrypted = bytes.subarray(saltBytes + nonceBytes + tagBytes);
			return decipher.update(encrypted, undefined, 'utf8') + decipher.final('utf8');
		} catch {
			return undefined;
		}
	},
};

const algorithm = 'aes-256-gcm';
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

function keyOf(secret: string, salt: Buffer): Buffer {
	return Buffer.from(hkdfSync('sha256', secret, salt, 'masv package token', 32));
}
