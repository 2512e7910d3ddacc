import type { LookupFunction } from 'node:net';

import type { Transport, TransportRequest } from '../transport';
import type { TransportTimeouts } from './dispatcher';
import { createDispatcher, defaultTimeouts } from './dispatcher';
import { createFastTransport } from './fastTransport';
import { readProxies } from './proxies';
import type { StartThread } from './startThread';
import { threadStarter } from './startThread';
import { createTransport } from './undiciTransport';

/**
 * undici, and the faster way for content where there is no proxy in between. Reads the environment once.
 * @param lookup resolves the hosts of direct connections. Default: Node's
 * @param startThread see `createFastTransport`
 */
export function createNodeTransport(
	timeouts: TransportTimeouts = defaultTimeouts,
	lookup?: LookupFunction,
	startThread: StartThread | undefined = threadStarter(),
): Transport & { destroy: () => Promise<void> } {
	const dispatcher = createDispatcher(timeouts, lookup);
	const transport = createTransport(dispatcher);
	const fast =
		readProxies(process.env).https === undefined && createFastTransport(transport, { timeouts, lookup, startThread });
	const destroy = async (): Promise<void> => {
		if (fast !== false) fast.destroy();
		await dispatcher.destroy();
	};
	const chosen: Transport = fast === false ? transport : fast;
	return Object.assign((request: TransportRequest) => chosen(request), { destroy });
}

let processTransport: Transport | undefined;

/** The transport shared by the whole process. */
export const sharedTransport: Transport = (request) => (processTransport ??= createNodeTransport())(request);
