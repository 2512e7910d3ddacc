/** Hashes and random values, given by the platform. All texts are UTF-8, all results lower-case hexadecimal. */
export interface Hashing {
	sha256(text: string): string;
	/** HMAC with SHA-256: without the key, nobody can find out what was hashed, not even by guessing. */
	hmacSha256(key: string, text: string): string;
	/** `bytes` random bytes, fit for a secret. */
	randomHex(bytes: number): string;
	/** Whether two texts are equal, compared in a time that does not depend on where they differ. */
	isEqual(a: string, b: string): boolean;
}
