import { plainView } from './view';

/** A piece of so many bytes of a secret is recognized. Shorter secrets are recognized only whole. */
const pieceBytes = 12;

/** The pieces of registered secrets, for a search that takes time in proportion to the text, not to the secrets. */
export class KnownSecrets {
	/** By length in bytes. */
	readonly #pieces = new Map<number, Set<string>>();

	add(secret: string): void {
		const bytes = fold(plainView(secret).bytes);
		const length = Math.min(bytes.length, pieceBytes);
		let pieces = this.#pieces.get(length);
		if (pieces === undefined) this.#pieces.set(length, (pieces = new Set()));
		for (let at = 0; at + length <= bytes.length; at++) pieces.add(bytes.slice(at, at + length));
	}

	/** @param hide called with ranges of the bytes; they may overlap */
	find(bytes: string, hide: (start: number, end: number) => void): void {
		const folded = fold(bytes);
		for (const [length, pieces] of this.#pieces) {
			for (let at = 0; at + length <= folded.length; at++) {
				if (pieces.has(folded.slice(at, at + length))) hide(at, at + length);
			}
		}
	}
}

/** A form may write a space as a plus sign, so they count as the same. */
function fold(bytes: string): string {
	return bytes.replaceAll('+', ' ');
}
