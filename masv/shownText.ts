import type { Secrets } from './secrets';

export const maxShownLength = 500;
/** Far more than is shown, so that what is truncated here is not shown. */
const maxRedactedLength = 16 * 1024;

/** A server's text without secrets. It is redacted before it is truncated: a short piece of one is not recognized. */
export function toShown(
	secrets: Secrets,
	text: string,
	maxLength = maxShownLength,
	also: readonly string[] = [],
): string {
	return secrets.redact(text.slice(0, maxRedactedLength), also).slice(0, maxLength);
}
