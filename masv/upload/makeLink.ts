import type { MasvClient } from '../client';
import type { Link } from '../links';
import { notedLink } from '../notedLink';
import { fifteenMinutesOfOutage } from '../retry';
import type { Delivery } from './delivery';
import { noteForBoth } from './findSent';
import type { Notes } from './notes';
import type { SendRequest } from './sendRequest';

/**
 * The link of a package, see {@link notedLink}.
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
	const note = async (sealed: string): Promise<void> =>
		await noteForBoth(client, request, delivery, { kind: 'linked', request: key, link: sealed }, { durable: true });
	return await notedLink(client, packageId, wanted, policy, { noted: links.get(key), note });
}
