import { base64Views } from './redaction/base64Views';
import { decodeHtml, decodeJson, decodePercent } from './redaction/decoders';
import { KnownSecrets } from './redaction/knownSecrets';
import { findSecretForms } from './redaction/secretForms';
import type { View } from './redaction/view';
import { plainView } from './redaction/view';

const decoders = [decodePercent, decodeJson, decodeHtml];
const minLength = 4;

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
	 * any percent-encoding, form encoding, JSON or HTML escape, twice escaped or in base64, and so are pieces of 12
	 * characters or more. Takes time in proportion to the text.
	 * @param also secrets that matter for this text only
	 */
	redact(text: string, { also = [] }: { also?: readonly string[] } = {}): string {
		for (const secret of this.#secrets) {
			if (this.#indexed.has(secret)) continue;
			this.#indexed.add(secret);
			this.#known.add(secret);
		}
		const others = new KnownSecrets();
		for (const secret of also) if (secret.length >= minLength) others.add(secret);
		const hidden = new HiddenRanges(text);
		const plain = plainView(text);
		for (const view of decodedViews(plain)) {
			for (const known of [this.#known, others]) known.find(view.bytes, hidden.within(view));
			findSecretForms(view.bytes, hidden.within(view));
		}
		for (const once of [plain, ...decodeOnce(plain)]) {
			for (const view of base64Views(once)) {
				for (const known of [this.#known, others]) known.find(view.bytes, hidden.within(view));
			}
		}
		return hidden.replace();
	}
}

/** The text as it is, unescaped once, and twice: "%253C", or HTML's escape of JSON. */
function* decodedViews(plain: View): Generator<View> {
	yield plain;
	for (const once of decodeOnce(plain)) {
		yield once;
		yield* decodeOnce(once);
	}
}

function* decodeOnce(view: View): Generator<View> {
	for (const decode of decoders) {
		const decoded = decode(view);
		if (decoded !== undefined) yield decoded;
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
			shown += isHidden === 1 ? '[hidden]' : this.#text.slice(at, end);
			at = end;
		}
		return shown;
	}
}
