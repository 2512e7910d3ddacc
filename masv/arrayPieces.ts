/** Characters. Takes a few milliseconds to be parsed and validated, also before V8 has compiled what does that. */
const pieceLength = 128 * 1024;

/** By how much the rest grows before it is looked at again. */
const growth = 1.25;

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
	/** Where a boundary may be, and how long the rest must be before one is looked for. */
	let [wanted, enough] = [length, length];
	for (const text of texts) {
		rest += text;
		if (!isOpen) {
			const [before = '', bracket] = beginning.exec(rest) ?? [];
			if (bracket === '' && before.length < rest.length) break;
			rest = rest.slice(before.length);
			if (bracket === '') continue;
			isOpen = true;
		}
		while (rest.length > enough) {
			boundary.lastIndex = wanted;
			const found = boundary.exec(rest);
			if (found === null) {
				// One that goes on in the next text must not be missed.
				wanted = Math.max(wanted, rest.lastIndexOf('}'));
				// To look copies all of the rest, so that of one long text, looking again after each piece would take minutes.
				enough = rest.length * growth;
				break;
			}
			const piece = tryToParse(`[${rest.slice(0, found.index + 1)}]`);
			if (piece === undefined) {
				// So that an object with a long list in it is not parsed again and again.
				wanted = enough = found.index * 2;
				continue;
			}
			yield piece;
			rest = rest.slice(found.index + found[0].length);
			wanted = enough = length;
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
