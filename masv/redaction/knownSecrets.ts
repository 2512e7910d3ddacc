import { unescaped } from './readings';
import { plainView } from './view';

/** A piece of so many bytes of a secret is recognized. Shorter secrets are recognized only whole. */
const pieceBytes = 12;

/** Characters. No server accepts longer headers or addresses, so that what goes on is of no use; of megabytes, each piece would take memory. */
const maxSecretLength = 16 * 1024;

/** The pieces of registered secrets, for a search that takes time in proportion to the text, not to the secrets. */
export class KnownSecrets {
	/** By length in bytes. */
	readonly #pieces = new Map<number, Set<string>>();
	/** 1 for each pair of bytes that a piece begins with: almost no other bytes need a closer look. */
	readonly #beginnings = new Uint8Array(0x10000);

	/** A secret may look like an escape itself, so it is also known by what that would stand for. */
	add(secret: string, minBytes: number): void {
		for (const { bytes } of unescaped(plainView(secret.slice(0, maxSecretLength)))) {
			if (bytes.length >= minBytes) this.#addPieces(fold(bytes));
		}
	}

	#addPieces(bytes: string): void {
		const length = Math.min(bytes.length, pieceBytes);
		let pieces = this.#pieces.get(length);
		if (pieces === undefined) this.#pieces.set(length, (pieces = new Set()));
		for (let at = 0; at + length <= bytes.length; at++) {
			pieces.add(bytes.slice(at, at + length));
			this.#beginnings[pairAt(bytes, at)] = 1;
		}
	}

	/** @param hide called with ranges of the bytes; they may overlap */
	find(bytes: string, hide: (start: number, end: number) => void): void {
		if (this.#pieces.size === 0) return;
		const folded = fold(bytes);
		for (let at = 0; at + 1 < folded.length; at++) {
			if (this.#beginnings[pairAt(folded, at)] === 0) continue;
			for (const [length, pieces] of this.#pieces) {
				if (pieces.has(folded.slice(at, at + length))) hide(at, at + length);
			}
		}
	}
}

function pairAt(bytes: string, at: number): number {
	return (bytes.charCodeAt(at) << 8) | bytes.charCodeAt(at + 1);
}

/** Some servers write names in lower case, and what they were sent with them. A form may write a space as a plus sign. */
function fold(bytes: string): string {
	return bytes.toLowerCase().replaceAll('+', ' ');
}
