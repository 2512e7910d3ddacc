import type { MasvClient } from '../client';
import type { Link } from '../links';
import { createLink } from '../links';
import { fifteenMinutesOfOutage } from '../retry';
import { sealLink, unsealLink } from '../sealedLink';
import type { Delivery } from './delivery';
import { noteForBoth } from './findSent';
import type { Notes } from './notes';
import type { SendRequest } from './sendRequest';

/**
 * The link of a package: the one that an earlier run has noted, or a new one. One whose response was lost is created again.
 * @param links that earlier runs have noted
 * @returns undefined if no link is wanted
 */
export async function makeLink(
	client: MasvClient,
	packageId: string,
	request: SendRequest,
	delivery: Delivery,
	links: Notes['links'],
): Promise<Link | undefined> {
	const { link: wanted, policy = fifteenMinutesOfOutage } = request;
	if (wanted === undefined) return undefined;
	const key = client.recordKey(['link', packageId, wanted]);
	const noted = unsealLink(client, links.get(key));
	if (noted !== undefined) return noted;
	const link = await createLink(client, packageId, wanted, policy);
	const sealed = sealLink(client, link);
	if (sealed !== undefined)
		await noteForBoth(client, request, delivery, { kind: 'linked', request: key, link: sealed }, { durable: true });
	return link;
}
