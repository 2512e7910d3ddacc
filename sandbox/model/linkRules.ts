import { timingSafeEqual } from 'node:crypto';
import { badRequest, forbidden, unauthorized } from './errors.ts';
import type { Link, Package } from './state.ts';

/** `access_limit` limits the downloads started through a link (docs/masv-api.md#links). 0 = no limit. */
export function isUsedUp(link: Link): boolean {
	return link.access_limit > 0 && link.accesses >= link.access_limit;
}

/**
 * Whether a link may be used. The statuses are not documented: 403 for a wrong secret and for a link that no longer
 * works, 401 for the password.
 */
export function requireOpenLink(
	link: Link,
	target: Package,
	secret: string | null,
	password: string | string[] | undefined,
): void {
	if (secret === null || !isSame(secret, link.download_secret)) throw forbidden('the link secret is wrong');
	if (target.state === 'new') throw badRequest('the package of this link has not been finalized yet');
	if (target.state !== 'finalized') throw forbidden('the package of this link has expired');
	if (!link.active) throw forbidden('this link has been disabled');
	if (isUsedUp(link)) throw forbidden('the access limit of this link has been reached');
	if (link.password === '') return;
	if (password === undefined || password === '') throw unauthorized('this link requires a password (X-Link-Password)');
	// Whether the value is URI-encoded, as documented for X-Access-Code, is not known; a header cannot carry every character.
	if (typeof password !== 'string' || ![password, decoded(password)].some((given) => isSame(given, link.password)))
		throw unauthorized('the password is wrong');
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function isSame(a: string, b: string): boolean {
	const [first, second] = [Buffer.from(a), Buffer.from(b)];
	return first.length === second.length && timingSafeEqual(first, second);
}
