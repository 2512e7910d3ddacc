import type { MasvClient } from './client';
import { MasvConnectionError } from './errors';
import { path } from './path';
import type { RetryPolicy } from './retry';
import type { CreatedLink } from './schemas';
import { createdLinkSchema } from './schemas';
import { fetchPackageToken } from './packages/find';

export interface LinkRequest {
	/** MASV mails the link to this address; nobody else learns its secret. Absent: a direct link. */
	email?: string;
	/** Asked for at download. */
	password?: string;
}

/** The link as MASV answers it, and for a direct link the address to hand on. */
export type Link = CreatedLink & { url?: string };

/**
 * Creates a link. `POST /v1/packages/{id}/links`; the package must be new or finalized. There is no documented way to list
 * links, so after a lost answer a direct link is made again (an unknown spare one hurts nobody), but one that is mailed is
 * not: the recipient would get two mails.
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
	const { id, download_secret: secret } = created;
	return secret === undefined ? created : { ...created, url: linkUrl(id, secret) };
}

/** MASV docs, Links: the address that people open. */
export function linkUrl(linkId: string, secret: string): string {
	return `https://get.massive.io/${encodeURIComponent(linkId)}?secret=${encodeURIComponent(secret)}`;
}
