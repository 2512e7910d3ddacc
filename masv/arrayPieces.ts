/** Characters. Takes a few milliseconds to be parsed and validated, also before V8 has compiled what does that. */
const pieceLength = 128 * 1024;

/** Between two objects of an array. In a text, or between objects in one of them, too: then, what is before it is no JSON. */
const boundary = /\}[\t\n\r ]*,[\t\n\r ]*(?=\{)/g;

const beginning = /^[\t\n\r ]*(\[?)/;

/**
 * Parses a long JSON array in pieces: 100,000 files at once would stop all of n8n for a quarter of a second.
 * @param texts the array, cut anywhere
 * @yields shorter arrays, which are the array one after another; all of it where it does not consist of objects
 * @throws SyntaxError if the text is no JSON array. Some pieces may have been yielded before
 */
export function* arrayPieces(texts: Iterable<string>, length = pieceLength): Generator<unknown[]> {
	let isOpen = false;
	/** What is not parsed yet, from the beginning of an object on. */
	let rest = '';
	let wanted = length;
	for (const text of texts) {
		rest += text;
		if (!isOpen) {
			const [before = '', bracket] = beginning.exec(rest) ?? [];
			if (bracket === '' && before.length < rest.length) break;
			if (bracket === '') continue;
			isOpen = true;
			rest = rest.slice(before.length);
		}
		while (rest.length > wanted) {
			boundary.lastIndex = wanted;
			const found = boundary.exec(rest);
			if (found === null) {
				// One that goes on in the next text must not be missed, nor all of the text searched again.
				wanted = Math.max(wanted, rest.lastIndexOf('}'));
				break;
			}
			const piece = tryToParse(`[${rest.slice(0, found.index + 1)}]`);
			if (piece === undefined) {
				// So that an object with a long list in it is not parsed again and again.
				wanted = found.index * 2;
				continue;
			}
			yield piece;
			rest = rest.slice(found.index + found[0].length);
			wanted = length;
		}
	}
	if (!isOpen) throw new SyntaxError('Not an array');
	yield JSON.parse(`[${rest}`) as unknown[];
}

function tryToParse(text: string): unknown[] | undefined {
	try {
		return JSON.parse(text) as unknown[];
	} catch {
		return undefined;
	}
}
