import type { MasvClient } from './client';
import type { DirectLinkRequest, Link } from './links';
import { createLink, toLink } from './links';
import { parseJson } from './responseBody';
import type { RetryPolicy } from './retry';
import { createdLinkSchema } from './schemas';

/**
 * The direct link of a package: the one that an earlier run has noted, or a new one. One whose response was lost is created again.
 * @param noted sealed: no secret is noted in the clear. Undefined: none was noted
 * @param note what the next run is to find. Not called if nothing can be sealed
 */
export async function notedLink(
	client: MasvClient,
	packageId: string,
	request: DirectLinkRequest,
	policy: RetryPolicy,
	{ noted, note }: { noted: string | undefined; note: (sealed: string) => Promise<void> },
): Promise<Link> {
	const known = noted === undefined ? undefined : unseal(client, noted);
	if (known !== undefined) return known;
	const link = await createLink(client, packageId, request, policy);
	const sealed = client.seal(JSON.stringify(link));
	if (sealed !== undefined) await note(sealed);
	return link;
}

/** @returns undefined if it is in the form of another version, or sealed with another secret */
function unseal(client: MasvClient, sealed: string): Link | undefined {
	const known = client.unseal(sealed);
	const created = createdLinkSchema.safeParse(known === undefined ? undefined : parseJson(known)).data;
	return created && toLink(created);
}
