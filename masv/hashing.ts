/** The MD5 of bytes that arrive piece by piece. */
export interface Md5 {
	update(bytes: Uint8Array): void;
	/** To be called once, after the last piece. */
	hex(): string;
}

/** The hash of a text that is known piece by piece. */
interface TextHash {
	update(text: string): void;
	/** To be called once, after the last piece. */
	hex(): string;
}

/** Hashes and random values, provided by the platform. Texts are UTF-8, results are lower-case hexadecimal. */
export interface Hashing {
	sha256(text: string): string;
	/** HMAC with SHA-256: without the key, the text cannot be found even by brute force. */
	hmacSha256(key: string, text: string): string;
	/** The same for a text in pieces. */
	hmacSha256Of(key: string): TextHash;
	/** CRC-32 (ISO 3309, as in gzip). `previous` is the result for the bytes before these. */
	crc32(bytes: Uint8Array, previous?: number): number;
	/** Only for comparing with ETags: MD5 protects against accidents, not against attackers. */
	md5(): Md5;
	/** `bytes` cryptographically secure random bytes. */
	randomHex(bytes: number): string;
	/** Compares two texts in constant time. */
	isEqual(a: string, b: string): boolean;
	/**
	 * Encrypts and authenticates a text with a key derived from the secret. Each call gives another result.
	 */
	seal(secret: string, text: string): string;
	/** @returns undefined if the text was sealed with another secret, or is damaged */
	unseal(secret: string, sealed: string): string | undefined;
}
