import type {
	IExecuteFunctions,
	IHookFunctions,
	ILoadOptionsFunctions,
	IPollFunctions,
	IWebhookFunctions,
	Logger,
} from 'n8n-workflow';

import { isMissingRoute } from '../../masv/answers';
import { describeCall } from '../../masv/callReport';
import type { ClientOptions } from '../../masv/client';
import { MasvClient } from '../../masv/client';
import { MasvError } from '../../masv/errors';
import { toAccessCode } from '../../masv/credential';
import type { RetryPolicy } from '../../masv/retry';
import { fiveSecondsOfOutage } from '../../masv/retry';
import type { Leases } from '../../masv/transfer/lease';
import type { Transport } from '../../masv/transport';
import { adviceOn } from './errorAdvice';
import { toOneLineError } from './nodeErrors';
import type { Authentication } from './operation';
import { platform } from './platform';
import type { EgressPolicy } from './platform/platform';

/** Expressions and external secrets may return anything. */
export interface ApiCredential {
	apiKey?: unknown;
	teamId?: unknown;
	baseUrl?: unknown;
}

export interface PortalCredential {
	portal?: unknown;
	accessCode?: unknown;
	baseUrl?: unknown;
}

type CredentialContext = Pick<IExecuteFunctions, 'getCredentials'>;

/** A client for this execution, with the node's credential. n8n's stop button cancels its requests. */
export async function connectMasv(n8n: IExecuteFunctions, authentication: Authentication): Promise<MasvClient> {
	return connect(n8n, await readAccess(n8n, authentication), n8n.getExecutionCancelSignal());
}

/** A client for what a trigger does outside an execution, such as activating a workflow. */
export async function connectTrigger(n8n: IHookFunctions | IWebhookFunctions): Promise<MasvClient> {
	return connect(n8n, await readTeamKey(n8n), undefined, fiveSecondsOfOutage);
}

/**
 * A client for one poll. Requests that are still running when the time is up are stopped.
 * @param timeMs for the whole poll
 */
export async function connectForPoll(n8n: IPollFunctions, timeMs: number): Promise<MasvClient> {
	return connect(n8n, await readTeamKey(n8n), platform.clock.timeout(Math.ceil(timeMs)));
}

function connect(
	n8n: IExecuteFunctions | IHookFunctions | IPollFunctions | IWebhookFunctions,
	access: ServerAccess,
	signal: AbortSignal | undefined,
	policy?: RetryPolicy,
): MasvClient {
	return new MasvClient({
		...toClientOptions(access, transportFor(n8n)),
		signal,
		policy,
		onRetry: (text) => n8n.logger.warn(`MASV: ${text}`),
		onCall: logCalls(n8n),
		leases: leasesFor(signal),
	});
}

/** Few connections need them. A folder that cannot be written is reported where something is to be resumed. */
function leasesFor(signal: AbortSignal | undefined): Leases {
	return { take: async (...args) => await platform.bookkeeping(() => {}, signal).leases.take(...args) };
}

/** One debug line for each request. @param n8n undefined where n8n does not give its context, as some versions do not */
export function logCalls(n8n: { logger?: Pick<Logger, 'debug'> } | undefined): ClientOptions['onCall'] {
	return (report) => n8n?.logger?.debug(`MASV: ${describeCall(report)}`);
}

/** Where the server is, and with what to sign in there. */
export type ServerAccess = Pick<ClientOptions, 'baseUrl' | 'apiKey' | 'teamId' | 'secret'>;

async function readAccess(n8n: IExecuteFunctions, authentication: Authentication): Promise<ServerAccess> {
	switch (authentication) {
		case 'teamKey':
			return await readTeamKey(n8n);
		case 'portal': {
			const { baseUrl, accessCode } = await readPortalAccess(n8n);
			return { baseUrl, secret: accessCode };
		}
		case 'none':
			return {};
	}
}

async function readTeamKey(n8n: CredentialContext): Promise<ServerAccess> {
	return toTeamKey(await n8n.getCredentials<ApiCredential>('masvApi'));
}

/** Missing values become empty strings; the client reports what is missing. */
export function toTeamKey({ apiKey, teamId, baseUrl }: ApiCredential): ServerAccess {
	return { apiKey: toText(apiKey), teamId: toText(teamId), baseUrl: toText(baseUrl) };
}

/** Reads a list for the editor, which shows only the message of an error: the advice becomes part of it. */
export async function forPicker<T>(n8n: ILoadOptionsFunctions, read: (masv: MasvClient) => Promise<T>): Promise<T> {
	try {
		const options = toClientOptions(await readTeamKey(n8n), transportFor(n8n));
		return await read(new MasvClient({ ...options, onCall: logCalls(n8n) }));
	} catch (error) {
		// These lists name nothing but the team.
		if (error instanceof MasvError && isMissingRoute(error) && adviceOn(error) === undefined) error.addHint(checkTeam);
		throw toOneLineError(n8n.getNode(), error);
	}
}

const checkTeam = 'Check the Base URL and the Team ID in the credential.';

/** Older versions of n8n (2.25, for example) do not offer their network policy to nodes. */
interface NetworkContext {
	helpers: { getSecureEgressFilter?: () => EgressPolicy | undefined };
}

/** For connections that n8n's network policy (SSRF protection) allows. */
function transportFor({ helpers }: NetworkContext): Transport {
	return platform.transportFor(helpers.getSecureEgressFilter?.());
}

export function toClientOptions(access: ServerAccess, transport: Transport): ClientOptions {
	const { clock, hashing, matchPattern, paces } = platform;
	return { transport, clock, hashing, matchPattern, paces, ...access };
}

function toText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** What the portal credential contains. */
export interface PortalAccess {
	/** URL, subdomain or ID. */
	portal: string;
	/** The upload password, if the portal requires one. */
	accessCode: string | undefined;
	/** If empty, MASV's own. */
	baseUrl: string;
}

export async function readPortalAccess(n8n: CredentialContext): Promise<PortalAccess> {
	return toPortalAccess(await n8n.getCredentials<PortalCredential>('masvPortalApi'));
}

export function toPortalAccess({ portal, accessCode, baseUrl }: PortalCredential): PortalAccess {
	const code = toAccessCode(toText(accessCode));
	return {
		portal: toText(portal).trim(),
		accessCode: code === '' ? undefined : code,
		baseUrl: toText(baseUrl),
	};
}
