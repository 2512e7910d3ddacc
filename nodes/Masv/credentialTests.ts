import type { ICredentialsDecrypted, ICredentialTestFunctions, INodeCredentialTestResult } from 'n8n-workflow';

import { isForbidden, isForeign, isHtmlPage, isRefusedCredential, isUnauthorized } from '../../masv/answers';
import { MasvClient } from '../../masv/client';
import { whereTeamIdIs } from '../../masv/credential';
import type { MasvApiError } from '../../masv/errors';
import { MasvError } from '../../masv/errors';
import { joinSentences } from '../../masv/joinSentences';
import { findPortalAt, isPortalId } from '../../masv/portals/address';
import { checkPortalsAccess } from '../../masv/portals/portals';
import { noRetry } from '../../masv/retry';
import { hostOf } from '../../masv/responseBody';
import { checkTeamsAccess } from '../../masv/teams';
import type { ServerAccess } from './connect';
import { logCalls, toClientOptions, toPortalAccess, toTeamKey } from './connect';
import { adviceOn } from './errorAdvice';
import { platform } from './platform';

/** The part of n8n's context that is used. */
type TestContext =
	| { helpers: Pick<ICredentialTestFunctions['helpers'], 'request'>; logger?: ICredentialTestFunctions['logger'] }
	| undefined;

/**
 * Distinguishes a wrong key, a wrong team, a server that is not MASV and an unreachable one. Listing portals needs both key
 * and team (MASV docs, Portals); if that is refused, `GET /v1/teams`, which needs only the key, shows which of the two is
 * wrong.
 */
export async function testMasvApi(
	this: TestContext,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return await toResult(async () => {
		const client = clientIn(this, toTeamKey(credential.data ?? {}));
		try {
			await checkPortalsAccess(client, noRetry);
		} catch (error) {
			if (!isRefusedCredential(error)) throw error;
			throw await explainRefusal(client, error);
		}
		return 'Connection successful';
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
			hint: 'It may be expired or inactive, or its user may have left the team. Keys contain punctuation; copy the whole key.',
			cause: refusal,
		});
	}
	return new MasvError(`The API key is valid, but not for team "${client.teamId}"`, {
		code: 'api_key_forbidden',
		hint: `Check the Team ID. ${whereTeamIdIs} If it is correct, the user who created the key may not have permission to list portals.`,
		cause: refusal,
	});
}

function notMasv(client: MasvClient, cause: unknown): MasvError {
	return new MasvError(`${hostOf(client.baseUrl)} does not respond like MASV`, {
		code: 'response_undocumented',
		cause,
	});
}

/** The look-up needs no key. The password, and the ID if that is all there is, are first checked when a package is created. */
export async function testMasvPortalApi(
	this: TestContext,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return await toResult(async () => {
		const { portal, baseUrl } = toPortalAccess(credential.data ?? {});
		const client = clientIn(this, { baseUrl });
		try {
			const { id } = await findPortalAt(client, portal, noRetry);
			return `${isPortalId(portal) ? `MASV checks the portal ID "${id}" and the password` : 'Portal found. MASV checks the password'} when the first package is created.`;
		} catch (error) {
			// MASV's route needs no key, so it rejects none.
			const isOther = isHtmlPage(error) || isUnauthorized(error) || isForbidden(error);
			throw isOther ? notMasv(client, error) : error;
		}
	});
}

function clientIn(context: TestContext, access: ServerAccess): MasvClient {
	const transport = platform.testTransport(context?.helpers.request);
	return new MasvClient({ ...toClientOptions(access, transport), onCall: logCalls(context) });
}

async function toResult(test: () => Promise<string>): Promise<INodeCredentialTestResult> {
	try {
		return { status: 'OK', message: await test() };
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		// What an error itself says to do is enough here: the advice by its code would repeat it.
		const advice = error.hint ?? adviceOn(error);
		return { status: 'Error', message: advice === undefined ? error.message : joinSentences([error.message, advice]) };
	}
}
