import type { View } from './view';
import { ViewBuilder } from './view';

const digits = new Map(
	[...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((digit, value) => [
		digit.charCodeAt(0),
		value,
	]),
).set('-'.charCodeAt(0), 62);
digits.set('_'.charCodeAt(0), 63);

const lineBreak = 0x0a;

/**
 * What the text says if it is base64 or base64url. Where an encoded text begins in a run of such characters is unknown
 * ("/path/a2V5"), so each run is read from each of its first four characters on.
 */
export function* base64Views(view: View): Generator<View> {
	for (let skipped = 0; skipped < 4; skipped++) yield decodeFrom(view, skipped);
}

function decodeFrom({ bytes, starts, ends }: View, skipped: number): View {
	const builder = new ViewBuilder(bytes.length);
	let inRun = 0;
	let bits = 0;
	let buffer = 0;
	for (let at = 0; at < bytes.length; at++) {
		const value = digits.get(bytes.charCodeAt(at));
		if (value === undefined) {
			// Keeps what two runs contain apart.
			if (inRun > 0) builder.addByte(lineBreak, starts[at] as number, ends[at] as number);
			inRun = bits = buffer = 0;
			continue;
		}
		if (++inRun <= skipped) continue;
		buffer = ((buffer << 6) | value) & 0xffff;
		bits += 6;
		if (bits < 8) continue;
		bits -= 8;
		// Each byte takes up parts of two characters.
		builder.addByte((buffer >> bits) & 0xff, starts[at - 1] as number, ends[at] as number);
	}
	return builder.build();
}
