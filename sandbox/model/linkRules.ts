import { timingSafeEqual } from 'node:crypto';
import { badRequest, forbidden, unauthorized } from './errors.ts';
import type { Link, Package } from './state.ts';

/** "access_limit counts downloads started through the link, then it locks" (docs/masv-api.md#links). 0 = no limit. */
export function isUsedUp(link: Link): boolean {
	return link.access_limit > 0 && link.accesses >= link.access_limit;
}

/** Statuses are not documented: 403 for a wrong secret or a link that no longer opens, 401 for the password. */
export function requireOpenLink(
	link: Link,
	target: Package,
	secret: string | null,
	password: string | string[] | undefined,
): void {
	if (secret === null || !isSame(secret, link.download_secret)) throw forbidden('the secret of the link is wrong');
	if (target.state === 'new') throw badRequest('the package of this link is not finalized yet');
	if (target.state !== 'finalized') throw forbidden('the package of this link has expired');
	if (!link.active) throw forbidden('this link is disabled');
	if (isUsedUp(link)) throw forbidden('the access limit of this link is reached');
	if (link.password === '') return;
	if (password === undefined || password === '') throw unauthorized('this link requires a password (X-Link-Password)');
	if (typeof password !== 'string' || !isSame(password, link.password)) throw unauthorized('the password is wrong');
}

function isSame(a: string, b: string): boolean {
	const [first, second] = [Buffer.from(a), Buffer.from(b)];
	return first.length === second.length && timingSafeEqual(first, second);
}
