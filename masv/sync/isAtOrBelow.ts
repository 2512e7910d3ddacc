/** Whether a place on disk is this one, or in it. */
export function isAtOrBelow(location: string, path: string): boolean {
	const top = path.replace(/[/\\]+$/, '');
	return location.startsWith(top) && /^([/\\]|$)/.test(location.slice(top.length));
}
