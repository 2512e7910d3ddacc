import type { MasvClient } from '../client';
import { lookUpLink } from '../links';
import { fetchDownload } from '../packages/download';
import type { RetryPolicy } from '../retry';
import { fifteenMinutesOfOutage } from '../retry';
import type { FoundLink } from '../schemas';
import type { DownloadAccess } from './access';

/**
 * A token lives for a week, and may be rejected for other reasons: each look-up may count as a download, so a token is not
 * renewed before this time. Milliseconds.
 */
const renewAfterMs = 60 * 60_000;

/** A link, and what opens it. */
export interface SharedLink {
	linkId: string;
	secret: string;
	password: string | undefined;
}

/** Opens the package that a link leads to: docs/masv-api.md#downloading. Looks the link up once. @throws see {@link lookUpLink} */
export async function openSharedPackage(
	client: MasvClient,
	link: SharedLink,
	policy?: RetryPolicy,
): Promise<DownloadAccess & { found: FoundLink }> {
	const found = await lookUpRenewable(client, link, policy);
	const { package_id: packageId, package_token: token } = found;
	return {
		found,
		packageId,
		token,
		address: async (file) => await fetchDownload(client, { packageId, file, token }, policy ?? fifteenMinutesOfOutage),
		end: () => Promise.resolve([]),
	};
}

/** Looks a link up, and once more if its token is rejected after a long time. */
export async function lookUpRenewable(client: MasvClient, link: SharedLink, policy?: RetryPolicy): Promise<FoundLink> {
	const found = await lookUpLink(client, link, policy);
	const foundAt = client.clock.now();
	client.tokens.setRenewal(found.package_token, async (by) => {
		if (client.clock.now() - foundAt < renewAfterMs) return undefined;
		return (await lookUpRenewable(client.withSignal(by.signal), link, by.policy)).package_token;
	});
	return found;
}
