import type { ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { MasvClient } from '../../masv/client';
import { MasvApiError, MasvError } from '../../masv/errors';
import { path } from '../../masv/path';
import { noRetry } from '../../masv/retry';
import { listSchema, portalSchema } from '../../masv/schemas';
import { toClientOptions, toSubdomain } from './connect';
import { adviceOn } from './errorAdvice';

/**
 * Distinguishes a wrong key, a wrong team and an unreachable host. Listing portals needs both key and team (MASV docs,
 * Portals); if that is refused, `GET /v1/teams`, which needs only the key, shows which of the two is wrong.
 */
export async function testMasvApi(credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	return await toResult('Connection successful', async () => {
		const client = new MasvClient(toClientOptions(credential.data ?? {}));
		try {
			await client.call({
				operation: 'list the portals of the team',
				method: 'GET',
				path: path`/v1.1/teams/${client.teamId}/portals`,
				query: { page: 1, limit: 1 },
				schema: listSchema(portalSchema),
				policy: noRetry,
			});
		} catch (error) {
			if (!(error instanceof MasvApiError) || ![400, 401, 403, 404].includes(error.status)) throw error;
			throw await explainRefusal(client, error);
		}
	});
}

async function explainRefusal(client: MasvClient, refusal: MasvApiError): Promise<MasvError> {
	let keyWorks = refusal.status !== 401;
	try {
		await client.call({ operation: 'list the teams', method: 'GET', path: '/v1/teams', policy: noRetry });
		keyWorks = true;
	} catch (error) {
		if (error instanceof MasvApiError && error.status === 401) keyWorks = false;
	}
	if (!keyWorks) {
		return new MasvError('MASV rejected this API key', {
			code: 'api_key_rejected',
			hint: 'Keys contain punctuation; copy the whole key.',
			cause: refusal,
		});
	}
	return new MasvError(`The API key is valid, but not for team "${client.teamId}"`, {
		code: 'api_key_forbidden',
		hint: 'You can find the Team ID in the URL of the web app: app.massive.io/{team ID}/… The user of the key needs permission to list portals.',
		cause: refusal,
	});
}

/** `GET /v1/subdomains/portals/{subdomain}` needs no key. The password is first checked when a package is created. */
export async function testMasvPortalApi(credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	return await toResult('Portal found. MASV checks the password when the first package is created.', async () => {
		const { portal, baseUrl } = (credential.data ?? {}) as { portal?: string; baseUrl?: string };
		const subdomain = toSubdomain(portal ?? '');
		if (subdomain === '') throw new MasvError('The portal URL is missing', { code: 'value_missing' });
		// The client always needs a key and a team; neither is sent to this route.
		const client = new MasvClient(toClientOptions({ apiKey: '-', teamId: '-', baseUrl }));
		try {
			await client.call({
				operation: 'find the portal',
				method: 'GET',
				path: path`/v1/subdomains/portals/${subdomain}`,
				authorization: { kind: 'portal', accessCode: undefined },
				policy: noRetry,
			});
		} catch (error) {
			if (!(error instanceof MasvApiError) || error.status !== 404) throw error;
			throw new MasvError(`There is no portal "${subdomain}"`, {
				code: 'portal_address_unknown',
				hint: 'Check the Portal URL.',
				cause: error,
			});
		}
	});
}

async function toResult(success: string, test: () => Promise<void>): Promise<INodeCredentialTestResult> {
	try {
		await test();
		return { status: 'OK', message: success };
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		const advice = adviceOn(error);
		return { status: 'Error', message: advice === undefined ? error.message : `${error.message}. ${advice}` };
	}
}
