/** A line of a list of MD5s. */
export interface Md5Line {
	/** Lower-case hexadecimal. */
	md5: string;
	/** Relative, as it was written; in a list made on Windows, perhaps with backslashes. */
	path: string;
}

/**
 * A line as `md5sum` writes it, with its line break. A name with a backslash or a line break is escaped, and the line begins with a
 * backslash then.
 */
export function toMd5Line({ md5, path }: Md5Line): string {
	const escaped = path.replace(/[\\\n\r]/g, (character) => escapes.get(character) ?? character);
	return `${escaped === path ? '' : '\\'}${md5}  ${escaped}\n`;
}

const escapes: ReadonlyMap<string, string> = new Map([
	['\\', '\\\\'],
	['\n', '\\n'],
	['\r', '\\r'],
]);

const unescapes: ReadonlyMap<string, string> = new Map(
	[...escapes].map(([character, escaped]) => [escaped, character]),
);

/** `HASH  NAME` and, for a file that was read as binary, `HASH *NAME`. Some programs write a single blank, or a tab. */
const gnuLine = /^(?<escaped>\\?)(?<md5>[0-9a-f]{32})(?: [ *]|[ \t])(?<path>.+)$/is;
/** `MD5 (NAME) = HASH`, of BSD, macOS and `md5sum --tag`. */
const taggedLine = /^(?<escaped>\\?)MD5 ?\((?<path>.+)\) ?= ?(?<md5>[0-9a-f]{32})$/is;

/** Twice as long as any path on a disk, whose characters may all be escaped. A list may contain anything. */
const maxLineLength = 10_000;

/**
 * Reads a list line by line, in either form. Empty lines and comments (`#`, `;`) are skipped.
 * @returns `undefined` for each line that is not understood: a sum of another kind, a longer line than any path, or no list at all
 */
export function* readMd5Lines(text: string): Generator<Md5Line | undefined> {
	// A byte order mark.
	for (let start = text.startsWith('\uFEFF') ? 1 : 0; start < text.length;) {
		const found = text.indexOf('\n', start);
		const end = found < 0 ? text.length : found;
		if (end - start > maxLineLength) yield undefined;
		else {
			const line = text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end);
			if (line.trim() !== '' && !/^[#;]/.test(line)) yield toLine(line);
		}
		start = end + 1;
	}
}

function toLine(line: string): Md5Line | undefined {
	const { escaped, md5, path } = (gnuLine.exec(line) ?? taggedLine.exec(line.trimEnd()))?.groups ?? {};
	if (md5 === undefined || path === undefined || path.trim() === '') return undefined;
	const unescaped = path.replace(/\\[\\nr]/g, (pair) => unescapes.get(pair) ?? pair);
	return { md5: md5.toLowerCase(), path: escaped === '' ? path : unescaped };
}
