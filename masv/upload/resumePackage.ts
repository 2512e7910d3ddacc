import { isForbidden, isGone, isRefusedRoute, isTooLong, isUnauthorized } from '../answers';
import { wasUploaded } from '../activities';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { updateTexts } from '../packages/change';
import { fetchFiles } from '../packages/files';
import { findPackage, rememberToken } from '../packages/find';
import type { MasvPackage } from '../schemas';
import { fifteenMinutesOfOutage, minuteOfLag } from '../retry';
import { askAgain } from '../transfer/askAgain';
import { untilSettled } from '../transfer/untilSettled';
import type { Notes } from './notes';
import type { SendRequest } from './sendRequest';

export interface FoundPackage {
	package: MasvPackage;
	/** False in the portal of another team, where only the files of the package are visible, and if MASV does not show it. */
	isStateKnown: boolean;
}

/**
 * The package that an earlier run created and noted, if it can still be worked on or has been delivered by that run.
 * @returns undefined if a new package must be created
 */
export async function resumePackage(
	client: MasvClient,
	request: SendRequest,
	notes: Notes,
): Promise<FoundPackage | undefined> {
	if (notes.package === undefined) return undefined;
	const { id, token } = notes.package;
	// A list may not show a new package yet, and a request to finalize it may still be executed.
	const isOwnTeam = request.target.kind === 'team';
	const isBehind = (latest: MasvPackage | undefined): boolean =>
		latest === undefined ? isOwnTeam : notes.isDelivering && latest.state === 'new';
	const visible = await untilSettled(
		client,
		request.policy ?? fifteenMinutesOfOutage,
		async () => await findPackage(client, id),
		(latest) => (isBehind(latest) ? 'behind' : 'settled'),
	);
	const found = visible ?? (await openWithToken(client, request, id, token, notes.isDelivering));
	if (found === undefined) return undefined;
	// The response for one package is not documented: it may lack the state.
	const isStateKnown = visible?.state !== undefined;
	const { state = 'new' } = found;
	if (state !== 'new' && state !== 'finalized') {
		if (notes.isDelivering && (await wasEverDelivered(client, request, found))) return { package: found, isStateKnown };
		request.onWarning?.(`${cannotContinue} package ${id} is ${state}. The files are sent again in a new package.`);
		return undefined;
	}
	// A list may show the package without its token.
	if (client.tokens.get(id) === undefined) restoreToken(client, id, token);
	const updated = await updateTexts(client, { ...found, state }, request.target.request, request.onWarning);
	return { package: updated, isStateKnown };
}

/**
 * Whether a package that has expired or was deleted had been delivered before: docs/masv-api.md#package-states
 * @throws MasvError `delivery_uncertain` if MASV does not say, unless the files are to be sent anyway: the recipient could get
 * everything twice
 */
async function wasEverDelivered(
	client: MasvClient,
	{ policy = fifteenMinutesOfOutage, onWarning, ifRunning }: SendRequest,
	{ id, state }: MasvPackage,
): Promise<boolean> {
	const wasDelivered = await client.retry(async () => await wasUploaded(client, id), { policy });
	if (typeof wasDelivered !== 'boolean') {
		if (ifRunning === 'sendAnyway') return false;
		throw new MasvError(`An earlier run was delivering package ${id}, which is ${state ?? 'not open'} now`, {
			code: 'delivery_uncertain',
			facts: { package: id, state },
			hint: 'MASV does not say whether the recipients received it. Check this before the files are sent again.',
		});
	}
	if (wasDelivered)
		onWarning?.(`Package ${id} was delivered by an earlier run, and is ${state} now. It is not sent again.`);
	return wasDelivered;
}

function isRefusedToken(error: unknown): boolean {
	return isUnauthorized(error) || isForbidden(error) || isGone(error);
}

const cannotContinue = 'The unfinished upload cannot be continued:';

/** @returns undefined if none was noted, or it was sealed with another API key */
function restoreToken(client: MasvClient, packageId: string, sealed: string | undefined): string | undefined {
	const token = sealed === undefined ? undefined : client.unseal(sealed);
	if (token === undefined) return undefined;
	rememberToken(client, packageId, token);
	return token;
}

/**
 * A package in the portal of another team is visible only with the token from its creation, and so is one of a team whose
 * lists do not show packages that are not finalized.
 * @param isDelivering whether MASV may have delivered it. Then no other package is begun before MASV has said so or not: the
 * recipient would get both
 */
async function openWithToken(
	client: MasvClient,
	{ target, onWarning, policy = fifteenMinutesOfOutage }: SendRequest,
	packageId: string,
	sealed: string | undefined,
	isDelivering: boolean,
): Promise<MasvPackage | undefined> {
	const again = `The files are sent again in a new package; package ${packageId} stays unfinished.`;
	if (restoreToken(client, packageId, sealed) === undefined) {
		onWarning?.(`${cannotContinue} its access token is not known. ${again}`);
		return undefined;
	}
	try {
		const ask = async (): Promise<unknown> => await fetchFiles(client, packageId);
		await askAgain(client, minuteOfLag(policy), ask, isRefusedToken);
	} catch (error) {
		// There is no list to be had, but that says nothing about the package.
		const isUnlisted = isTooLong(error) || (isRefusedRoute(error) && !isRefusedToken(error));
		if (!isUnlisted && !isRefusedToken(error)) throw error;
		// Of a team, a package that was delivered is listed.
		const mayBeDelivered = isDelivering && target.kind === 'portal';
		if (isUnlisted || mayBeDelivered) return { id: packageId, name: target.request.name, state: 'new' };
		client.tokens.delete(packageId);
		onWarning?.(`${cannotContinue} MASV no longer accepts its access token. ${again}`);
		return undefined;
	}
	return { id: packageId, name: target.request.name, state: 'new' };
}
