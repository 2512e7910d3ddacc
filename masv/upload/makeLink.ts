import { mayHaveSucceeded } from '../answers';
import type { MasvClient } from '../client';
import { MasvApiError } from '../errors';
import type { Link, LinkRequest } from '../links';
import { createLink, toLink } from '../links';
import { parseJson } from '../responseBody';
import { fifteenMinutesOfOutage } from '../retry';
import { createdLinkSchema } from '../schemas';
import type { Delivery } from './delivery';
import { noteForBoth } from './findSent';
import type { Notes } from './notes';
import type { SendRequest } from './sendRequest';

/**
 * The link of a package: the one that an earlier run has noted, or a new one. A direct link whose response was lost is created
 * again. One that MASV emails is not: it may be on its way to the recipient.
 * @param links that earlier runs have noted
 * @returns undefined if no link is wanted, or if it may have been emailed by an earlier run
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
	const known = links.get(key);
	const sealed = known?.link === undefined ? undefined : client.unseal(known.link);
	// Another version may have noted it in another form.
	const noted = createdLinkSchema.safeParse(sealed === undefined ? undefined : parseJson(sealed)).data;
	if (noted !== undefined) return toLink(noted);
	if (wanted.email !== undefined && known !== undefined) {
		request.onWarning?.(mailedText(packageId, wanted));
		return undefined;
	}
	const note = async (more: { kind: 'linking' | 'unlinked' } | { kind: 'linked'; link: string }): Promise<void> =>
		await noteForBoth(client, request, delivery, { ...more, request: key }, { durable: true });
	if (wanted.email !== undefined) await note({ kind: 'linking' });
	try {
		const link = await createLink(client, packageId, wanted, policy);
		// Without a secret to seal it with, it is not noted.
		const secret = client.seal(JSON.stringify(link));
		if (secret !== undefined) await note({ kind: 'linked', link: secret });
		return link;
	} catch (error) {
		if (error instanceof MasvApiError && !mayHaveSucceeded(error)) await note({ kind: 'unlinked' });
		throw error;
	}
}

function mailedText(packageId: string, { email }: LinkRequest): string {
	return `The link of package ${packageId} may have been emailed to ${email} by an earlier run, and is not sent again. Check in MASV.`;
}
