import type { MasvClient } from './client';
import { MasvConnectionError } from './errors';
import { path } from './path';
import type { RetryPolicy } from './retry';
import type { CreatedLink } from './schemas';
import { createdLinkSchema } from './schemas';
import { fetchPackageToken } from './packages/find';

export interface LinkRequest {
	/** MASV emails the link to this address only and does not return its secret. Absent: a direct link. */
	email?: string;
	/** Required for downloads. */
	password?: string;
}

/** The link as MASV returns it; a direct link also has the URL to share. */
export type Link = CreatedLink & { url?: string };

/**
 * Creates a link. `POST /v1/packages/{id}/links`: docs/masv-api.md#creating-a-link. The package must be new or finalized.
 * There is no documented way to list links. So after a lost response a direct link is created again (an unused one does
 * no harm), but one that is emailed is not: the recipient could get two emails.
 * @throws MasvConnectionError if the response was lost for a link that is emailed
 */
export async function createLink(
	client: MasvClient,
	packageId: string,
	request: LinkRequest,
	policy?: RetryPolicy,
): Promise<Link> {
	const token = await fetchPackageToken(client, packageId, policy);
	client.secrets.add(request.password);
	const created = await client.call({
		operation: `create a link for package ${packageId}`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/links`,
		body: request,
		authorization: { kind: 'package', token },
		schema: createdLinkSchema,
		policy,
		recoverResult:
			request.email === undefined
				? undefined
				: (lost) => {
						throw new MasvConnectionError(`The response was lost while creating a link for ${request.email}`, {
							code: 'link_creation_uncertain',
							transient: false,
							hint: 'The link may have been created and emailed; check in MASV before you run this again.',
							cause: lost,
						});
					},
	});
	return toLink(created);
}

/** With the URL to share, if MASV has returned the secret. */
export function toLink(created: CreatedLink): Link {
	const { id, download_secret: secret } = created;
	return secret === undefined ? created : { ...created, url: linkUrl(id, secret) };
}

/** The URL that people open: docs/masv-api.md#creating-a-link */
export function linkUrl(linkId: string, secret: string): string {
	return `https://get.massive.io/${encodeURIComponent(linkId)}?secret=${encodeURIComponent(secret)}`;
}
