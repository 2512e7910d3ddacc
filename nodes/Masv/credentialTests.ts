import type { ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { isForeign, isGone, isHtmlPage, isRefusedCredential, isUnauthorized } from '../../masv/answers';
import { MasvClient } from '../../masv/client';
import type { MasvApiError } from '../../masv/errors';
import { MasvError } from '../../masv/errors';
import { checkPortalsAccess, checkSubdomain } from '../../masv/portals/portals';
import { noRetry } from '../../masv/retry';
import { hostOf } from '../../masv/responseBody';
import { checkTeamsAccess } from '../../masv/teams';
import { toClientOptions, toSubdomain } from './connect';
import { adviceOn } from './errorAdvice';

/**
 * Distinguishes a wrong key, a wrong team, a server that is not MASV and an unreachable one. Listing portals needs both key and team (MASV docs,
 * Portals); if that is refused, `GET /v1/teams`, which needs only the key, shows which of the two is wrong.
 */
export async function testMasvApi(credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	return await toResult('Connection successful', async () => {
		const client = new MasvClient(toClientOptions(credential.data ?? {}));
		try {
			await checkPortalsAccess(client, noRetry);
		} catch (error) {
			if (!isRefusedCredential(error)) throw error;
			throw await explainRefusal(client, error);
		}
	});
}

async function explainRefusal(client: MasvClient, refusal: MasvApiError): Promise<MasvError> {
	try {
		await checkTeamsAccess(client, noRetry);
	} catch (error) {
		if (isForeign(error) || isHtmlPage(refusal)) return notMasv(client, error);
		// Without proof that the key is valid, nothing is said about it.
		if (!isUnauthorized(error) && !isUnauthorized(refusal)) return error instanceof MasvError ? error : refusal;
		return new MasvError('MASV rejected this API key', {
			code: 'api_key_rejected',
			hint: 'Keys contain punctuation; copy the whole key.',
			cause: refusal,
		});
	}
	return new MasvError(`The API key is valid, but not for team "${client.teamId}"`, {
		code: 'api_key_forbidden',
		hint: 'You can find the Team ID in the URL of the web app: app.massive.io/{team ID}/…',
		cause: refusal,
	});
}

function notMasv(client: MasvClient, cause: unknown): MasvError {
	return new MasvError(`${hostOf(client.baseUrl)} does not respond like MASV`, {
		code: 'response_undocumented',
		cause,
	});
}

/** `GET /v1/subdomains/portals/{subdomain}` needs no key. The password is first checked when a package is created. */
export async function testMasvPortalApi(credential: ICredentialsDecrypted): Promise<INodeCredentialTestResult> {
	return await toResult('Portal found. MASV checks the password when the first package is created.', async () => {
		const { portal, baseUrl } = (credential.data ?? {}) as { portal?: string; baseUrl?: string };
		const subdomain = toSubdomain(portal ?? '');
		if (subdomain === '') throw new MasvError('The portal URL is missing', { code: 'value_missing' });
		const client = new MasvClient({ ...toClientOptions({ baseUrl }), apiKey: undefined, teamId: undefined });
		try {
			await checkSubdomain(client, subdomain, noRetry);
		} catch (error) {
			if (isHtmlPage(error)) throw notMasv(client, error);
			if (!isGone(error)) throw error;
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
