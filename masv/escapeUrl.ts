/**
 * Escapes a text for a URL or a header. `encodeURIComponent` alone throws for half of an emoji, as remains of a name that was cut off.
 */
export function escapeUrl(text: string): string {
	return encodeURIComponent(text.toWellFormed());
}
