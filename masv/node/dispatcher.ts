import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent } from 'undici';

export interface TransportTimeouts {
	/** To open a connection, including TLS. */
	connectMs: number;
	/** Without any byte sent or received. Does not limit the duration of the request. */
	stallMs: number;
}

export const defaultTimeouts: TransportTimeouts = { connectMs: 15_000, stallMs: 60_000 };

/**
 * A dispatcher with persistent connections. Honors HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
 */
export function createDispatcher(timeouts: TransportTimeouts = defaultTimeouts): Dispatcher {
	const options = {
		connect: { timeout: timeouts.connectMs },
		// undici restarts this timer for each chunk written to the socket, so it does not limit the whole request.
		headersTimeout: timeouts.stallMs,
		bodyTimeout: timeouts.stallMs,
		// Parts need a connection each. Otherwise, a second request would be queued on a busy connection.
		pipelining: 1,
		allowH2: false,
	};
	// EnvHttpProxyAgent reads the environment for each request, so it is used only with a proxy.
	const hasProxy = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'].some((name) => process.env[name]);
	return hasProxy ? new EnvHttpProxyAgent(options) : new Agent(options);
}

let processDispatcher: Dispatcher | undefined;

/** The dispatcher shared by the whole process. */
export function sharedDispatcher(): Dispatcher {
	processDispatcher ??= createDispatcher();
	return processDispatcher;
}
