/**
 * Whether a path matches a pattern: `*` and `?` stand for characters within a name, `**` for any number of folders. A pattern
 * without `/` is about the name alone, in any folder. Upper and lower case, and Unicode forms, are the same. Takes time in
 * proportion to the lengths of path and pattern, multiplied.
 */
export function matchesPath(pattern: string, path: string): boolean {
	const names = split(path);
	const wanted = split(pattern);
	// A folder stands for everything in it.
	if (/[/\\]$/.test(pattern.trim())) wanted.push('**');
	if (!/[/\\]/.test(pattern.trim())) return matchesName(wanted[0] ?? '', names.at(-1) ?? '');
	return matchesAll(wanted, names, '**', matchesName);
}

/** What two paths have in common that {@link matchesPath} takes for the same. */
export function foldPath(path: string): string {
	return split(path).join('/');
}

function split(path: string): string[] {
	return path
		.trim()
		.normalize('NFC')
		.toLowerCase()
		.split(/[/\\]/)
		.filter((name) => name !== '');
}

function matchesName(pattern: string, name: string): boolean {
	return matchesAll([...pattern], [...name], '*', (wanted, character) => wanted === '?' || wanted === character);
}

/** The usual search with one step back: a later wildcard makes all earlier choices final. */
function matchesAll(
	pattern: readonly string[],
	items: readonly string[],
	wildcard: string,
	matches: (wanted: string, item: string) => boolean,
): boolean {
	let at = 0;
	let star = -1;
	let resume = 0;
	for (let item = 0; item < items.length;) {
		const wanted = pattern[at];
		if (wanted === wildcard) {
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
	while (pattern[at] === wildcard) at++;
	return at === pattern.length;
}
