import { trimEnds } from '../trimEnds';

/** Whether a place on disk is this one, or in it. */
export function isAtOrBelow(location: string, path: string): boolean {
	const top = trimEnds(path, { end: /[/\\]/ });
	return location.startsWith(top) && /^([/\\]|$)/.test(location.slice(top.length));
}
