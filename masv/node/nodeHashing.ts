import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { Hashing } from '../hashing';

export const nodeHashing: Hashing = {
	sha256: (text) => createHash('sha256').update(text).digest('hex'),
	hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest('hex'),
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
};
