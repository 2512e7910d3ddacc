import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent } from 'undici';

export interface TransportTimeouts {
	/** To open a connection, TLS included. */
	connectMs: number;
	/** Without a single byte moved in either direction: of the request, or of the answer. Not a limit on the whole. */
	stallMs: number;
}

export const defaultTimeouts: TransportTimeouts = { connectMs: 15_000, stallMs: 60_000 };

/**
 * A dispatcher that keeps connections open between requests and goes through the proxy that HTTP_PROXY, HTTPS_PROXY and
 * NO_PROXY name, as n8n's own requests do.
 */
export function createDispatcher(timeouts: TransportTimeouts = defaultTimeouts): Dispatcher {
	const options = {
		connect: { timeout: timeouts.connectMs },
		// undici starts this clock anew with every chunk the socket takes, so it measures a stall and not the whole request.
		headersTimeout: timeouts.stallMs,
		bodyTimeout: timeouts.stallMs,
		// Each part needs its own connection to be sent in parallel; a busy one must not queue a second request.
		pipelining: 1,
		allowH2: false,
	};
	// Without a proxy the way is the same and shorter: the other one reads the environment again for each request.
	const hasProxy = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy'].some((name) => process.env[name]);
	return hasProxy ? new EnvHttpProxyAgent(options) : new Agent(options);
}

let processDispatcher: Dispatcher | undefined;

/** The dispatcher that all nodes of this process share. */
export function sharedDispatcher(): Dispatcher {
	processDispatcher ??= createDispatcher();
	return processDispatcher;
}
