/**
 * The text without such characters around it. A regular expression like `/x+$/` would take quadratic time: it starts over at
 * each character of a run that is not at the end.
 * @param characters matches one of them; undefined: that end is left alone
 */
export function trimEnds(text: string, { start, end }: { start?: RegExp; end?: RegExp }): string {
	let from = 0;
	let to = text.length;
	while (start !== undefined && from < to && start.test(text.charAt(from))) from++;
	while (end !== undefined && to > from && end.test(text.charAt(to - 1))) to--;
	return text.slice(from, to);
}
