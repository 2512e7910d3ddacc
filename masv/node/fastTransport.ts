import { MasvError, throwIfCancelled } from '../errors';
import { sharedByName } from '../sharedByName';
import type { Transport, TransportRequest, TransportResponse } from '../transport';
import { toConnectionError } from './connectionFailure';
import { isPlain, NotPlain } from './responseReader';
import { splitPlain } from './splitUrl';
import { stopOnAbort } from './stopOnAbort';
import type { TlsConnection, TlsOptions } from './tlsConnection';
import { TlsConnections } from './tlsConnections';
import type { LendingRequest } from './thread/lentGet';
import { NoThread } from './thread/noThread';
import { ReceiveThreads } from './thread/receiveThreads';
import type { StartThread } from './startThread';

/** After so many responses in a row that are not plain, a server is not asked in vain any more. */
const maxVainRequests = 3;

export interface FastTransportOptions extends TlsOptions {
	/** Starts the thread for files that can be lent. Default: there is none. */
	startThread?: StartThread;
}

/**
 * Gets content over TLS connections that are read in a faster way, see {@link TlsConnection}, in a thread of its own if that can
 * also write it. Everything else, and content that does not come plain, goes through the other transport; nobody can tell
 * which one was used.
 */
export function createFastTransport(
	other: Transport,
	{ startThread, ...options }: FastTransportOptions,
): Transport & { destroy: () => void } {
	const connections = new TlsConnections(options);
	const thread = startThread && new ReceiveThreads({ ...options, start: startThread });
	const vainRequests = new Map<string, number>();
	const isPlainTls = createTlsCheck();
	const getFast = async (request: TransportRequest, origin: string): Promise<TransportResponse> => {
		const vain = vainRequests.get(origin) ?? 0;
		if (vain < maxVainRequests) {
			const response = await getPlain(connections, thread, request);
			if (response !== undefined) return response;
			vainRequests.set(origin, vain + 1);
		}
		const response = await other(request);
		if (isPlain(response)) vainRequests.delete(origin);
		return response;
	};
	const transport: Transport = (request) => {
		const origin = isGet(request) ? isPlainTls(request.url) : undefined;
		return origin === undefined ? other(request) : getFast(request, origin);
	};
	const destroy = (): void => {
		thread?.destroy();
		connections.destroy();
	};
	return Object.assign(transport, { destroy });
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** They change how the request or the connection is read. */
const unusualHeaders = /^(connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

/** Whether it is a plain GET for content. To reject what no request may contain is undici's. */
function isGet({ content, method, body, headers }: TransportRequest): boolean {
	if (content === undefined || method !== 'GET' || body !== undefined) return false;
	return Object.entries(headers).every(
		([name, value]) => headerName.test(name) && !unusualHeaders.test(name) && headerValue.test(value),
	);
}

/**
 * HTTP without TLS is undici's. What `URL` would change is parsed each time; of other URLs, thousands have the same origin.
 * @returns a function that returns the origin of a URL that is asked over TLS
 */
function createTlsCheck(): (url: string) => string | undefined {
	const isTls = sharedByName<boolean>();
	const isParsedTls = (url: string): boolean => {
		if (!URL.canParse(url)) return false;
		const { protocol, username, password } = new URL(url);
		return protocol === 'https:' && username === '' && password === '';
	};
	return (url) => {
		const plain = splitPlain(url);
		if (plain === undefined) return isParsedTls(url) ? new URL(url).origin : undefined;
		return isTls(plain.origin, () => isParsedTls(plain.origin)) ? plain.origin : undefined;
	};
}

/** @returns undefined if the content does not come plain */
async function getPlain(
	connections: TlsConnections,
	thread: ReceiveThreads | undefined,
	request: TransportRequest,
): Promise<TransportResponse | undefined> {
	try {
		if (thread !== undefined && isLending(request)) return await thread.get(request);
	} catch (error) {
		if (error instanceof NotPlain) return undefined;
		if (!(error instanceof NoThread)) throw error;
	}
	return await get(connections, request);
}

function isLending(request: TransportRequest): request is LendingRequest {
	return request.content?.lend !== undefined;
}

/** @returns undefined if the content does not come plain */
async function get(connections: TlsConnections, request: TransportRequest): Promise<TransportResponse | undefined> {
	throwIfCancelled(request.signal);
	let connection: TlsConnection | undefined;
	const ended = stopOnAbort(request.signal, { fail: (reason) => connection?.fail(reason) });
	try {
		return await connections.get(request, (used) => (connection = used));
	} catch (error) {
		throwIfCancelled(request.signal);
		if (error instanceof NotPlain) return undefined;
		throw error instanceof MasvError ? error : toConnectionError(error, request, connection?.status);
	} finally {
		ended();
	}
}
