import type { IExecuteFunctions, IHookFunctions, ILoadOptionsFunctions, IPollFunctions } from 'n8n-workflow';

import { describeCall } from '../../masv/callReport';
import type { ClientOptions } from '../../masv/client';
import { MasvClient } from '../../masv/client';
import { toAccessCode } from '../../masv/credential';
import type { RetryPolicy } from '../../masv/retry';
import { fiveSecondsOfOutage } from '../../masv/retry';
import { toOneLineError } from './nodeErrors';
import { platform } from './platform';
import type { EgressPolicy } from './platform/platform';

/** Expressions and external secrets may return anything. */
interface ApiCredential {
	apiKey?: unknown;
	teamId?: unknown;
	baseUrl?: unknown;
}

interface PortalCredential {
	portal?: unknown;
	accessCode?: unknown;
	baseUrl?: unknown;
}

/** A client for this execution, with the node's credential. n8n's stop button cancels its requests. */
export async function connectMasv(n8n: IExecuteFunctions): Promise<MasvClient> {
	return await connect(n8n, n8n.getExecutionCancelSignal());
}

/** A client for what a trigger does outside an execution, such as activating a workflow. */
export async function connectTrigger(n8n: IHookFunctions): Promise<MasvClient> {
	return await connect(n8n, undefined, fiveSecondsOfOutage);
}

/**
 * A client for one poll. Requests that are still running when the time is up are stopped.
 * @param timeMs for the whole poll
 */
export async function connectForPoll(n8n: IPollFunctions, timeMs: number): Promise<MasvClient> {
	return await connect(n8n, platform.clock.timeout(Math.ceil(timeMs)));
}

async function connect(
	n8n: IExecuteFunctions | IHookFunctions | IPollFunctions,
	signal: AbortSignal | undefined,
	policy?: RetryPolicy,
): Promise<MasvClient> {
	return new MasvClient({
		...toClientOptions(await n8n.getCredentials<ApiCredential>('masvApi'), n8n),
		signal,
		policy,
		onRetry: (text) => n8n.logger.warn(`MASV: ${text}`),
		onCall: (report) => n8n.logger.debug(`MASV: ${describeCall(report)}`),
	});
}

/** Reads a list for the editor, which shows only the message of an error: the advice becomes part of it. */
export async function forPicker<T>(n8n: ILoadOptionsFunctions, read: (masv: MasvClient) => Promise<T>): Promise<T> {
	try {
		return await read(new MasvClient(toClientOptions(await n8n.getCredentials<ApiCredential>('masvApi'), n8n)));
	} catch (error) {
		throw toOneLineError(n8n.getNode(), error);
	}
}

/** Older versions of n8n (2.25, for example) do not offer their network policy to nodes, and none does to credential tests. */
interface NetworkContext {
	helpers: { getSecureEgressFilter?: () => EgressPolicy | undefined };
}

/**
 * Missing values become empty strings; the client reports what is missing.
 * @param n8n whose network policy (SSRF protection) holds
 */
export function toClientOptions({ apiKey, teamId, baseUrl }: ApiCredential, n8n?: NetworkContext): ClientOptions {
	const { transportFor, clock, hashing, matchPattern } = platform;
	const transport = transportFor(n8n?.helpers.getSecureEgressFilter?.());
	const credential = { apiKey: toText(apiKey), teamId: toText(teamId), baseUrl: toText(baseUrl) };
	return { transport, clock, hashing, matchPattern, ...credential };
}

function toText(value: unknown): string {
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A portal and its upload password, if the node has a credential for it. */
export interface PortalAccess {
	/** First part of the portal's host name, in lower case. */
	subdomain: string;
	/** Undefined: the portal asks for none. */
	accessCode: string | undefined;
	/** The server that the password is for. If empty, MASV's own. */
	baseUrl: string;
}

export async function readPortalAccess(n8n: IExecuteFunctions): Promise<PortalAccess | undefined> {
	if (n8n.getNode().credentials?.masvPortalApi === undefined) return undefined;
	const { portal, accessCode, baseUrl } = await n8n.getCredentials<PortalCredential>('masvPortalApi');
	const code = toAccessCode(toText(accessCode));
	return {
		subdomain: toSubdomain(toText(portal)),
		accessCode: code === '' ? undefined : code,
		baseUrl: toText(baseUrl),
	};
}

/**
 * `https://second-unit.portal.massive.io/embed`, `second-unit.portal.massive.io` and `second-unit` all refer to
 * the same portal.
 */
export function toSubdomain(portal: string): string {
	const host = portal
		.trim()
		.replace(/^https?:\/\//i, '')
		.split(/[/:?#]/)[0];
	return (host ?? '').split('.')[0]?.toLowerCase() ?? '';
}
