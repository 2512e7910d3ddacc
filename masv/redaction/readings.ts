import { decode } from './decode';
import { escapes, folding } from './escapes';
import { unpacked } from './packings';
import type { View } from './view';

/** How often a text is escaped at most. */
const maxDepth = 6;
/** How often it is packed at most: base64 of base64, hexadecimal digits of base64. */
const maxPackings = 2;

export interface Reading {
	view: View;
	/** Whether lines begin and end where they do in the text. */
	hasLines: boolean;
}

/** Every way to read a text that may contain something escaped, folded or packed, also several times. */
export function* readings(view: View, packings = maxPackings): Generator<Reading> {
	for (const read of [...unescaped(view), ...singly(view)]) {
		yield { view: read, hasLines: true };
		const unfolded = decode(read, folding);
		if (unfolded !== undefined) yield { view: unfolded, hasLines: false };
		if (packings === 0) continue;
		for (const content of unpacked(unfolded ?? read)) yield* readings(content, packings - 1);
	}
}

/** The text itself, without its escapes, without what were escapes of escapes, and so on. */
export function* unescaped(view: View): Generator<View> {
	let read: View | undefined = view;
	for (let depth = 0; depth <= maxDepth && read !== undefined; depth++) {
		yield read;
		read = decode(read, escapes);
	}
}

/** The text without its escapes of one kind: another kind may be part of the secret. */
function* singly(view: View): Generator<View> {
	for (const [sign, reader] of escapes) {
		const read = decode(view, new Map([[sign, reader]]));
		if (read !== undefined) yield read;
	}
}
