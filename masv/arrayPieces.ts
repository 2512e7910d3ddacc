/** Characters. Takes a few milliseconds to be parsed and validated, also before V8 has compiled what does that. */
const pieceLength = 128 * 1024;

/** Between two objects of an array. In a text, or between objects in one of them, too: then, what is before it is no JSON. */
const boundary = /\}[\t\n\r ]*,[\t\n\r ]*(?=\{)/g;

/**
 * Parses a long JSON array in pieces: 100,000 files at once would stop all of n8n for a quarter of a second.
 * @yields shorter arrays, which are the array one after another; all of it where it does not consist of objects
 * @throws SyntaxError if the text is no JSON array. Some pieces may have been yielded before
 */
export function* arrayPieces(text: string, length = pieceLength): Generator<unknown[]> {
	const open = /^[\t\n\r ]*\[/.exec(text);
	if (open === null) throw new SyntaxError('Not an array');
	let start = open[0].length;
	for (let wanted = length; start + wanted < text.length;) {
		boundary.lastIndex = start + wanted;
		const found = boundary.exec(text);
		if (found === null) break;
		const piece = tryToParse(`[${text.slice(start, found.index + 1)}]`);
		if (piece === undefined) {
			// So that an object with a long list in it is not parsed again and again.
			wanted = (found.index - start) * 2;
			continue;
		}
		yield piece;
		start = found.index + found[0].length;
		wanted = length;
	}
	yield JSON.parse(`[${text.slice(start)}`) as unknown[];
}

function tryToParse(text: string): unknown[] | undefined {
	try {
		return JSON.parse(text) as unknown[];
	} catch {
		return undefined;
	}
}
