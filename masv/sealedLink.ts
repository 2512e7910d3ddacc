import type { MasvClient } from './client';
import type { Link } from './links';
import { toLink } from './links';
import { parseJson } from './responseBody';
import { createdLinkSchema } from './schemas';

/** A link for the notes that the next run reads, in which no secret is in the clear. @returns undefined if nothing can be sealed */
export function sealLink(client: MasvClient, link: Link): string | undefined {
	return client.seal(JSON.stringify(link));
}

/** @returns undefined if none was noted, or in the form of another version, or sealed with another secret */
export function unsealLink(client: MasvClient, sealed: string | undefined): Link | undefined {
	const known = sealed === undefined ? undefined : client.unseal(sealed);
	const created = createdLinkSchema.safeParse(known === undefined ? undefined : parseJson(known)).data;
	return created && toLink(created);
}
