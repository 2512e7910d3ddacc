import { KnownSecrets } from './redaction/knownSecrets';
import { readings } from './redaction/readings';
import { findSecretForms } from './redaction/secretForms';
import type { View } from './redaction/view';
import { plainView } from './redaction/view';

const minLength = 4;
/** How much is read at most, as a multiple of the text: what is escaped in every way has too many readings. */
const maxReadings = 64;
const hidden = '[hidden]';

/**
 * Removes the secrets of one run from texts that people may read: servers and proxies often repeat parts of a request in
 * their error messages, escaped in their own way or cut off.
 */
export class Secrets {
	readonly #secrets = new Set<string>();
	/** Built when a text is redacted: most runs have no such text. */
	readonly #known = new KnownSecrets();
	readonly #indexed = new Set<string>();

	/** Short values are ignored, because they could match ordinary words. */
	add(secret: string | undefined): void {
		if (secret !== undefined && secret.length >= minLength) this.#secrets.add(secret);
	}

	/**
	 * The text without registered secrets, signatures, JSON Web Tokens and the query of any URL. A secret is recognized in
	 * upper and lower case, in all usual escapes, folded, in base64, hexadecimal and decimal bytes, and in combinations of
	 * these, and so are pieces of 12 characters or more. Takes time in proportion to the text; one that would take more is
	 * hidden as a whole.
	 * @param also secrets that matter for this text only
	 */
	redact(text: string, also: readonly string[] = []): string {
		for (const secret of this.#secrets) {
			if (this.#indexed.has(secret)) continue;
			this.#indexed.add(secret);
			this.#known.add(secret, minLength);
		}
		const others = new KnownSecrets();
		for (const secret of also) others.add(secret, minLength);
		const ranges = new HiddenRanges(text);
		let bytesLeft = maxReadings * Math.max(text.length, 1024);
		for (const { view, hasLines } of readings(plainView(text))) {
			if ((bytesLeft -= view.bytes.length) < 0) return hidden;
			for (const known of [this.#known, others]) known.find(view.bytes, ranges.within(view));
			if (hasLines) findSecretForms(view.bytes, ranges.within(view));
		}
		return ranges.replace();
	}
}

/** The parts of a text to be replaced. */
class HiddenRanges {
	readonly #text: string;
	/** 1 for each hidden character. */
	readonly #isHidden: Uint8Array;

	constructor(text: string) {
		this.#text = text;
		this.#isHidden = new Uint8Array(text.length);
	}

	/** @returns a function that hides what a range of the view was read from */
	within({ starts, ends }: View): (start: number, end: number) => void {
		return (start, end) => {
			if (end > start) this.#isHidden.fill(1, starts[start], ends[end - 1]);
		};
	}

	replace(): string {
		let shown = '';
		for (let at = 0; at < this.#text.length;) {
			const isHidden = this.#isHidden[at];
			const change = this.#isHidden.indexOf(isHidden === 1 ? 0 : 1, at);
			const end = change === -1 ? this.#text.length : change;
			shown += isHidden === 1 ? hidden : this.#text.slice(at, end);
			at = end;
		}
		return shown;
	}
}
