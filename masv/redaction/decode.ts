import type { ReadEscape } from './escapes';
import type { View } from './view';
import { ViewBuilder } from './view';

/**
 * Reads all escapes once: what they contain is not read as an escape again.
 * @param readers by the character that an escape begins with
 * @returns undefined if the view contains none
 */
export function decode(view: View, readers: ReadonlyMap<string, ReadEscape>): View | undefined {
	const { bytes, starts, ends } = view;
	const signs = new RegExp(`[${[...readers.keys()].map((sign) => `\\x${hexOf(sign)}`).join('')}]`, 'g');
	let builder: ViewBuilder | undefined;
	let copied = 0;
	for (let found = signs.exec(bytes); found !== null; found = signs.exec(bytes)) {
		const at = found.index;
		const escape = readers.get(found[0])?.(bytes, at);
		if (escape === undefined) continue;
		builder ??= new ViewBuilder(bytes.length);
		builder.copy(view, copied, at);
		signs.lastIndex = copied = at + escape.length;
		if (escape.code === undefined) continue;
		const range = [starts[at] as number, ends[copied - 1] as number] as const;
		if (escape.isByte === true) builder.addByte(escape.code, ...range);
		else builder.addCodePoint(escape.code, ...range);
	}
	builder?.copy(view, copied, bytes.length);
	return builder?.build();
}

function hexOf(sign: string): string {
	return sign.charCodeAt(0).toString(16).padStart(2, '0');
}
