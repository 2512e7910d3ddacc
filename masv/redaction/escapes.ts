import { entityCodes } from './entities';

/** What an escape stands for, and how many bytes it takes up. */
interface Escape {
	/** Undefined: nothing, such as a line break that only folds a line. */
	code: number | undefined;
	length: number;
	/** A byte, not a character. */
	isByte?: boolean;
}

/** Reads the escape at a position. @returns undefined if there is none */
export type ReadEscape = (bytes: string, at: number) => Escape | undefined;

/** `%3C`, or `%u003C` as JavaScript's `escape` writes it. */
const percent: ReadEscape = (bytes, at) => {
	const byte = hexAt(bytes, at + 1, 2);
	if (byte !== undefined) return { code: byte, length: 3, isByte: true };
	const unit = unitAt(bytes, at, '%u');
	return unit === undefined ? undefined : { code: unit, length: 6 };
};

/** `\"`, `\n`, `\u003c` and surrogates, as in JSON; `\x3c`, `\u{3c}`, `\U0000003c` and `\074`, as in programs and logs. */
const backslash: ReadEscape = (bytes, at) => {
	const code = singleLetters.get(bytes.charAt(at + 1));
	if (code !== undefined) return { code, length: 2 };
	const [escape, octal, byte, braced, long] = programEscape.exec(bytes.slice(at, at + 12)) ?? [];
	if (octal !== undefined) return { code: parseInt(octal, 8), length: 4, isByte: true };
	if (byte !== undefined) return { code: parseInt(byte, 16), length: 4, isByte: true };
	const point = parseInt(braced ?? long ?? 'none', 16);
	if (escape !== undefined && point <= maxCodePoint) return { code: point, length: escape.length };
	const unit = unitAt(bytes, at, '\\u');
	if (unit === undefined) return undefined;
	const low = isBetween(unit, 0xd800, 0xdbff) ? unitAt(bytes, at + 6, '\\u') : undefined;
	if (low === undefined || !isBetween(low, 0xdc00, 0xdfff)) return { code: unit, length: 6 };
	return { code: 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), length: 12 };
};

const programEscape = /^\\(?:([0-3][0-7]{2})|x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\}|U([0-9a-f]{8}))/i;

/** `&lt;`, `&#60;` or `&#x3c;`; numbers also without the semicolon, as browsers accept them. */
const entity: ReadEscape = (bytes, at) => {
	const [whole, hex, decimal, name] =
		/^&(?:#x([0-9a-f]{1,8});?|#([0-9]{1,10});?|([a-z]{2,16});)/i.exec(bytes.slice(at, at + 18)) ?? [];
	if (whole === undefined) return undefined;
	const code = name !== undefined ? entityCodes.get(name) : parseInt(hex ?? decimal ?? '', hex === undefined ? 10 : 16);
	return code === undefined || code > maxCodePoint ? undefined : { code, length: whole.length };
};

/** `=3D`, or `=` at the end of a line, as in the quoted-printable texts of mails. */
const quotedPrintable: ReadEscape = (bytes, at) => {
	const byte = hexAt(bytes, at + 1, 2);
	if (byte !== undefined) return { code: byte, length: 3, isByte: true };
	const [fold] = /^=\r?\n/.exec(bytes.slice(at, at + 3)) ?? [];
	return fold === undefined ? undefined : { code: undefined, length: fold.length };
};

/** By the character that an escape begins with. */
export const escapes: ReadonlyMap<string, ReadEscape> = new Map([
	['%', percent],
	['\\', backslash],
	['&', entity],
	['=', quotedPrintable],
]);

/** A line break, and what the next line is indented with: long texts are broken somewhere, also within a secret. */
export const folding: ReadonlyMap<string, ReadEscape> = new Map([
	['\n', foldAt],
	['\r', foldAt],
]);

function foldAt(bytes: string, at: number): Escape {
	let end = at;
	while (end < bytes.length && '\r\n\t '.includes(bytes.charAt(end))) end++;
	return { code: undefined, length: end - at };
}

const maxCodePoint = 0x10ffff;

const singleLetters = new Map(
	Object.entries({ '"': '"', '\\': '\\', '/': '/', "'": "'", b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
		([escaped, character]) => [escaped, character.charCodeAt(0)],
	),
);

/** The code unit of `\u003c`. */
function unitAt(bytes: string, at: number, prefix: string): number | undefined {
	return bytes.startsWith(prefix, at) ? hexAt(bytes, at + 2, 4) : undefined;
}

function hexAt(bytes: string, at: number, digits: number): number | undefined {
	const text = bytes.slice(at, at + digits);
	return text.length === digits && /^[0-9a-f]+$/i.test(text) ? parseInt(text, 16) : undefined;
}

function isBetween(code: number, first: number, last: number): boolean {
	return code >= first && code <= last;
}
