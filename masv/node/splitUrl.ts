const plainUrl = /^(https?:\/\/[a-z0-9.:-]+)(\/[\w\-.~!$&()*+,;=:@%/?]*)$/i;
/** A step in a path (`.` or `..`), or a name that begins like one. */
const step = /\/(?:\.|%2e)/i;

/**
 * Splits a URL without parsing it where possible, which is much faster. Anything that `URL` would normalize is parsed.
 * @throws ERR_INVALID_URL
 */
export function splitUrl(url: string): { origin: string; path: string } {
	const plain = splitPlain(url);
	if (plain !== undefined) return plain;
	const { origin, pathname, search } = new URL(url);
	return { origin, path: pathname + search };
}

/** @returns undefined if `URL` would normalize it. Its origin may still be invalid */
export function splitPlain(url: string): { origin: string; path: string } | undefined {
	const plain = plainUrl.exec(url);
	if (plain === null || step.test(plain[2] as string)) return undefined;
	return { origin: plain[1] as string, path: plain[2] as string };
}
