import type { ApiCall } from './apiCall';
import type { MasvClient } from './client';
import { MasvConnectionError } from './errors';
import { path } from './path';
import type { RetryPolicy } from './retry';
import type { CreatedLink, FoundLink } from './schemas';
import { createdLinkSchema, foundLinkSchema } from './schemas';
import { isHtmlPage, isMissingRoute, mayHaveSucceeded } from './answers';
import { linkUrl } from './linkAddress';
import { fetchPackageToken } from './packages/find';

export interface LinkRequest {
	/** MASV emails the link to this address only and does not return its secret. Absent: a direct link. */
	email?: string;
	/** Required for downloads. */
	password?: string;
}

/** A link that is not emailed. */
export type DirectLinkRequest = Pick<LinkRequest, 'password'>;

/** The link as MASV returns it; a direct link also has the URL to share. */
export type Link = CreatedLink & { url?: string };

/**
 * Creates a link. `POST /v1/packages/{id}/links`: docs/masv-api.md#creating-a-link. The package must be new or finalized.
 * There is no documented way to list links. So after a lost response a direct link is created again (an unused one does
 * no harm), but one that is emailed is not: the recipient could get two emails.
 * @param onLost a direct link may have been created that nobody knows
 * @throws MasvConnectionError if the response was lost for a link that is emailed
 */
export async function createLink(
	client: MasvClient,
	packageId: string,
	request: LinkRequest,
	policy?: RetryPolicy,
	onLost?: () => void,
): Promise<Link> {
	const token = await fetchPackageToken(client, packageId, policy);
	client.secrets.add(request.password);
	const { email } = request;
	const call = {
		operation: `create a link for package ${packageId}`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/links`,
		body: request,
		authorization: { kind: 'package', token },
		schema: createdLinkSchema,
		policy,
	} as const;
	if (email !== undefined) return toLink(await createEmailed(client, call, email));
	return toLink(await client.call({ ...call, recoverResult: () => void onLost?.() }));
}

/** Ends with the first lost response, also if there was no time left to repeat the call. */
async function createEmailed(client: MasvClient, call: ApiCall<CreatedLink>, email: string): Promise<CreatedLink> {
	try {
		return await client.call({ ...call, endsAt: mayHaveSucceeded });
	} catch (error) {
		if (!mayHaveSucceeded(error)) throw error;
		throw new MasvConnectionError(`The response was lost while creating a link for ${email}`, {
			code: 'link_creation_uncertain',
			transient: false,
			hint: 'The link may have been created and emailed; check in MASV before you run this again.',
			cause: error,
		});
	}
}

/** With the URL to share, if MASV has returned the secret. */
export function toLink(created: CreatedLink): Link {
	const { id, download_secret: secret } = created;
	return secret === undefined ? created : { ...created, url: linkUrl(id, secret) };
}

/**
 * Looks a link up, which MASV may count as a download: do it once. `GET /v1/links/{id}`: docs/masv-api.md#looking-up-a-link
 * @throws MasvApiError `link_password_rejected`; `link_rejected` also for a link that was disabled, has expired or is used up
 */
export async function lookUpLink(
	client: MasvClient,
	{ linkId, secret, password }: { linkId: string; secret: string; password: string | undefined },
	policy?: RetryPolicy,
): Promise<FoundLink> {
	client.secrets.add(secret);
	const found = await client.call({
		operation: 'look up the link',
		method: 'GET',
		path: path`/v1/links/${linkId}`,
		query: { secret },
		authorization: { kind: 'link', password },
		schema: foundLinkSchema,
		policy,
	});
	client.secrets.add(found.package_token);
	return found;
}

/**
 * Disables a link; running downloads may end. The route is not in the readable part of MASV's documentation:
 * docs/masv-api.md#disabling-a-link
 * @param token of the package
 * @returns false if MASV does not know the link, or does not have the route
 */
export async function disableLink(
	client: MasvClient,
	linkId: string,
	token: string,
	policy?: RetryPolicy,
): Promise<boolean> {
	try {
		await client.call({
			operation: 'disable the link',
			method: 'DELETE',
			path: path`/v1/links/${linkId}`,
			authorization: { kind: 'package', token },
			// A page that a proxy sends with 200 would leave the link active, and forgotten.
			expectNoContent: true,
			policy,
		});
		return true;
	} catch (error) {
		// A page is a gateway's, which knows no links.
		if (isMissingRoute(error) && !isHtmlPage(error)) return false;
		throw error;
	}
}
