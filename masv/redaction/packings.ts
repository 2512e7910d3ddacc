import type { View } from './view';
import { ViewBuilder } from './view';

/** A way to write bytes that makes them unreadable as a whole, unlike an escape. */
interface Packing {
	/** Finds texts that may be packed; nothing shorter than a secret. */
	run: RegExp;
	/**
	 * @param unit calls back for each byte: its value, and the range of the run that it takes up
	 * @param skip where to begin
	 */
	unpack: (run: string, skip: number, unit: (byte: number, start: number, end: number) => void) => void;
	/** How many beginnings there are: where the text begins in a run of such characters is unknown ("/path/a2V5"). */
	skips: number;
}

const digits = new Map(
	[...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((digit, value) => [digit, value]),
);
digits.set('-', 62).set('_', 63);

/** Base64 and base64url. */
const base64: Packing = {
	run: /[\w+/-]{6,}/g,
	skips: 4,
	unpack: (run, skip, unit) => {
		let bits = 0;
		let buffer = 0;
		for (let at = skip; at < run.length; at++) {
			buffer = ((buffer << 6) | (digits.get(run.charAt(at)) as number)) & 0xffff;
			bits += 6;
			if (bits < 8) continue;
			bits -= 8;
			// Each byte takes up parts of two characters.
			unit((buffer >> bits) & 0xff, at - 1, at + 1);
		}
	},
};

/** `6b7b`, also in groups or as in source code: `6b:7b`, `6b7b 653c`, `0x6b, 0x7b`. */
const hex: Packing = {
	run: /[0-9a-f](?:(?:,? ?0x|[ :-])?[0-9a-f]){7,}/gi,
	skips: 2,
	unpack: (run, skip, unit) => {
		const found = [...run.matchAll(/0x|[0-9a-f]/gi)].filter(({ 0: text }) => text.length === 1).slice(skip);
		for (let at = 0; at + 1 < found.length; at += 2) {
			const [high, low] = [found[at] as RegExpExecArray, found[at + 1] as RegExpExecArray];
			unit(parseInt(high[0] + low[0], 16), high.index, low.index + 1);
		}
	},
};

/** `107,123` or `[107 123]`: how JavaScript and Go show bytes. */
const decimals: Packing = {
	run: /\d{1,3}(?:[, ]\s?\d{1,3}){3,}/g,
	skips: 1,
	unpack: (run, _, unit) => {
		for (const { 0: text, index } of run.matchAll(/\d+/g)) unit(Number(text) & 0xff, index, index + text.length);
	},
};

/** What is packed in the view, apart from each other. Without what cannot be packed. */
export function* unpacked({ bytes, starts, ends }: View): Generator<View> {
	for (const { run, unpack, skips } of [base64, hex, decimals]) {
		let builder: ViewBuilder | undefined;
		for (const { 0: text, index } of bytes.matchAll(run)) {
			const into = (builder ??= new ViewBuilder((bytes.length - index) * skips));
			for (let skip = 0; skip < skips; skip++) {
				unpack(text, skip, (byte, start, end) => {
					into.addByte(byte, starts[index + start] as number, ends[index + end - 1] as number);
				});
				// Keeps what two runs contain apart.
				into.addByte(0, starts[index] as number, ends[index] as number);
			}
		}
		if (builder !== undefined) yield builder.build();
	}
}
