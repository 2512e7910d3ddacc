import type { PartNote } from './partNote';
import { isMismatch, isVerified, md5OfEtag } from './partNote';

/** What the storage's ETags are: the MD5 of the part, or something that cannot be compared. */
export type Etags = 'unknown' | 'md5' | 'opaque';

export interface EtagVerdict {
	readonly etags: Etags;
	/** To be called if a part of an earlier run has matched. */
	proveMd5(): void;
	/**
	 * Sends a part until its ETag is accepted.
	 * @param send sends the part; if `isRepeat`, the MD5 of what is sent is needed to decide
	 * @param onMismatch called before the part is sent again
	 * @param toError the error to throw if the part arrives damaged again and again
	 */
	confirm(
		send: (isRepeat: boolean) => Promise<PartNote>,
		onMismatch: () => void,
		toError: () => Error,
	): Promise<PartNote>;
}

/** As many attempts as a part gets whose ETag does not match, although those of others did. */
const maxMismatches = 3;

/**
 * Learns from the ETags of one upload run whether they are MD5s. The first part that does not match is sent once more. If
 * it does not match again, and no part ever has, the ETags are opaque and are not compared any more. Parts that do not
 * match in the meantime wait for this result, so that with opaque ETags only one part is sent twice.
 * @param onOpaque called once
 */
export function createEtagVerdict(onOpaque: () => void): EtagVerdict {
	return new LearnedVerdict(onOpaque);
}

class LearnedVerdict implements EtagVerdict {
	readonly #onOpaque: () => void;
	#etags: Etags = 'unknown';
	#isTrying = false;
	readonly #waiting: Array<() => void> = [];

	constructor(onOpaque: () => void) {
		this.#onOpaque = onOpaque;
	}

	get etags(): Etags {
		return this.#etags;
	}

	proveMd5(): void {
		this.#decide('md5');
	}

	async confirm(
		send: (isRepeat: boolean) => Promise<PartNote>,
		onMismatch: () => void,
		toError: () => Error,
	): Promise<PartNote> {
		let isTrial = false;
		try {
			for (let mismatches = 1; ; mismatches++) {
				const note = await send(mismatches > 1);
				if (isVerified(note)) this.#decide('md5');
				else if (this.#etags === 'unknown' && md5OfEtag(note.etag) === undefined) this.#decide('opaque');
				if (!isMismatch(note)) return note;
				while (this.#etags === 'unknown' && this.#isTrying && !isTrial) {
					await new Promise<void>((proceed) => this.#waiting.push(proceed));
				}
				if (this.#etags === 'unknown' && isTrial) this.#decide('opaque');
				if (this.#etags === 'opaque') return note;
				if (mismatches === maxMismatches) throw toError();
				onMismatch();
				if (this.#etags === 'unknown') isTrial = this.#isTrying = true;
			}
		} finally {
			if (isTrial) {
				this.#isTrying = false;
				this.#wake();
			}
		}
	}

	#decide(found: Etags): void {
		if (found === this.#etags) return;
		this.#etags = found;
		if (found === 'opaque') this.#onOpaque();
		this.#wake();
	}

	#wake(): void {
		for (const proceed of this.#waiting.splice(0)) proceed();
	}
}
