import { entityCodes } from './entities';
import type { View } from './view';
import { ViewBuilder } from './view';

/** Reads one kind of escape. @returns undefined if the view contains none */
export type Decoder = (view: View) => View | undefined;

/** What an escape stands for, and how many bytes it takes up. */
interface Escape {
	code: number;
	length: number;
	/** A byte, not a character. */
	isByte?: boolean;
}

/** `%3C` or `%3c`. */
export const decodePercent: Decoder = (view) =>
	decodeEscapes(view, '%', (bytes, at) => {
		const code = hexAt(bytes, at + 1, 2);
		return code === undefined ? undefined : { code, length: 3, isByte: true };
	});

/** `\"`, `\/`, `\n`, `\u003c` or `\u003C`, as in a JSON string. */
export const decodeJson: Decoder = (view) =>
	decodeEscapes(view, '\\', (bytes, at) => {
		const code = jsonEscapes.get(bytes.charAt(at + 1));
		if (code !== undefined) return { code, length: 2 };
		const unit = unitAt(bytes, at);
		if (unit === undefined) return undefined;
		const low = isBetween(unit, 0xd800, 0xdbff) ? unitAt(bytes, at + 6) : undefined;
		if (low === undefined || !isBetween(low, 0xdc00, 0xdfff)) return { code: unit, length: 6 };
		return { code: 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), length: 12 };
	});

/** `&lt;`, `&#60;` or `&#x3c;`. */
export const decodeHtml: Decoder = (view) =>
	decodeEscapes(view, '&', (bytes, at) => {
		const name = /^&(#x[0-9a-f]{1,8}|#[0-9]{1,10}|[a-z]{2,16});/i.exec(bytes.slice(at, at + 18))?.[1];
		if (name === undefined) return undefined;
		const code = !name.startsWith('#')
			? entityCodes.get(name)
			: /^#x/i.test(name)
				? parseInt(name.slice(2), 16)
				: Number(name.slice(1));
		return code === undefined || code > 0x10ffff ? undefined : { code, length: name.length + 2 };
	});

const jsonEscapes = new Map(
	Object.entries({ '"': '"', '\\': '\\', '/': '/', "'": "'", b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
		([escaped, character]) => [escaped, character.charCodeAt(0)],
	),
);

function decodeEscapes(
	{ bytes, starts, ends }: View,
	sign: string,
	read: (bytes: string, at: number) => Escape | undefined,
): View | undefined {
	let at = bytes.indexOf(sign);
	if (at === -1) return undefined;
	const builder = new ViewBuilder(bytes.length);
	let isDecoded = false;
	let copied = 0;
	const copyUntil = (end: number): void => {
		for (; copied < end; copied++) {
			builder.addByte(bytes.charCodeAt(copied), starts[copied] as number, ends[copied] as number);
		}
	};
	for (; at !== -1; at = bytes.indexOf(sign, copied)) {
		const escape = read(bytes, at);
		if (escape === undefined) {
			copyUntil(at + 1);
			continue;
		}
		copyUntil(at);
		copied = at + escape.length;
		const range = [starts[at] as number, ends[copied - 1] as number] as const;
		if (escape.isByte === true) builder.addByte(escape.code, ...range);
		else builder.addCodePoint(escape.code, ...range);
		isDecoded = true;
	}
	copyUntil(bytes.length);
	return isDecoded ? builder.build() : undefined;
}

/** The code unit of `\u003c`. */
function unitAt(bytes: string, at: number): number | undefined {
	return bytes.startsWith('\\u', at) ? hexAt(bytes, at + 2, 4) : undefined;
}

function hexAt(bytes: string, at: number, digits: number): number | undefined {
	const text = bytes.slice(at, at + digits);
	return text.length === digits && /^[0-9a-f]+$/i.test(text) ? parseInt(text, 16) : undefined;
}

function isBetween(code: number, first: number, last: number): boolean {
	return code >= first && code <= last;
}
