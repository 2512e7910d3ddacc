import { foldersIn } from './entryTree';

/** Whether the names of a path, see {@link namesIn}, match a pattern. */
export type PathMatcher = (names: readonly string[]) => boolean;

/**
 * Reads a pattern: `*` and `?` stand for characters within a name, `**` for any number of folders. A pattern without `/` is about
 * the name alone, in any folder. Upper and lower case, and Unicode forms, are the same. To match takes time in proportion to the
 * lengths of path and pattern, multiplied.
 */
export function readPathPattern(pattern: string): PathMatcher {
	const trimmed = pattern.trim();
	const wanted = namesIn(pattern);
	// A folder stands for everything in it.
	if (/[/\\]$/.test(trimmed)) wanted.push('**');
	const parts = wanted.map((name) => (name === '**' ? 'any' : readNamePattern(name)));
	if (/[/\\]/.test(trimmed)) return (names) => matchesAll(parts, names, (matches, name) => matches(name));
	const matches = readNamePattern(wanted[0] ?? '');
	return (names) => matches(names.at(-1) ?? '');
}

/** The names of a path, from the outermost folder on, as they are compared: what patterns take for the same is the same. */
export function namesIn(path: string): string[] {
	return foldersIn(path.trim().normalize('NFC').toLowerCase());
}

function readNamePattern(pattern: string): (name: string) => boolean {
	if (!/[*?]/.test(pattern)) return (name) => name === pattern;
	const characters = [...pattern].map((character) => (character === '*' ? 'any' : { character }));
	return (name) =>
		matchesAll(characters, [...name], (wanted, found) => wanted.character === '?' || wanted.character === found);
}

/** The usual search with one step back: a later wildcard makes all earlier choices final. */
function matchesAll<P>(
	pattern: ReadonlyArray<P | 'any'>,
	items: readonly string[],
	matches: (wanted: P, item: string) => boolean,
): boolean {
	let at = 0;
	let star = -1;
	let resume = 0;
	for (let item = 0; item < items.length;) {
		const wanted = pattern[at];
		if (wanted === 'any') {
			star = at++;
			resume = item;
		} else if (wanted !== undefined && matches(wanted, items[item] as string)) {
			at++;
			item++;
		} else if (star !== -1) {
			at = star + 1;
			item = ++resume;
		} else return false;
	}
	while (pattern[at] === 'any') at++;
	return at === pattern.length;
}
