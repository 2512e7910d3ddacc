import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { buildConnector, EnvHttpProxyAgent, errors, Pool } from 'undici';

import { ignoreContinue } from './ignoreContinue';
import { createOpeningTurns } from './openingTurns';
import type { RequestDispatcher } from './pools';
import { createPools } from './pools';
import type { Proxy } from './proxies';
import { ProxyError, readProxies } from './proxies';
import { endWhenStalled } from './watchedSocket';

export interface TransportTimeouts {
	/** To open a connection, including TLS. Through a proxy, once to open the tunnel, and once for TLS to the server. */
	connectMs: number;
	/** Without any byte sent or received. Does not limit the duration of the request. */
	stallMs: number;
}

export const defaultTimeouts: TransportTimeouts = { connectMs: 15_000, stallMs: 60_000 };

/**
 * A dispatcher with persistent connections. Honors HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
 * @param lookup resolves the hosts of direct connections. Default: Node's
 */
export function createDispatcher(
	{ connectMs, stallMs }: TransportTimeouts = defaultTimeouts,
	lookup?: LookupFunction,
): RequestDispatcher {
	const { http, https } = readProxies(process.env);
	const takeTurn = createOpeningTurns();
	const limits = {
		// undici restarts this timer for each chunk written to the socket, so it does not limit the whole request.
		headersTimeout: stallMs,
		bodyTimeout: stallMs,
		// Parts need a connection each. Otherwise, a second request would be queued on a busy connection.
		pipelining: 1,
		allowH2: false,
	};
	const createPool = (origin: string | URL, { connect, ...more }: Pool.Options): Pool => {
		const proxy = [http, https].find((each) => each?.origin === new URL(origin).origin);
		const connector = typeof connect === 'function' ? connect : buildConnector({ ...connect, allowH2: false });
		// undici creates pools for proxies without the options of the agent.
		const pool = new Pool(origin, {
			...more,
			...limits,
			connect: watchConnections(openInTurn(connector, takeTurn), stallMs, proxy),
		});
		if (proxy !== undefined) watchTunnels(pool, proxy, connectMs);
		return pool;
	};
	const options = {
		...limits,
		connect: { timeout: connectMs, ...(lookup !== undefined && { lookup }) },
		connectTimeout: connectMs,
	};
	const direct = createPools((origin) => createPool(origin, options));
	// EnvHttpProxyAgent reads the environment for each request, so it is used only with a proxy.
	if (http === undefined && https === undefined) return direct;
	// Not for a pool, whose connections would be pools: one that cannot be opened would end them all.
	const factories = { factory: createPool, clientFactory: createPool };
	// An empty text is none. For undefined, undici would read the environment itself.
	const proxies = { httpProxy: http?.uri ?? '', httpsProxy: https?.uri ?? '' };
	const proxied = new EnvHttpProxyAgent({ ...options, ...factories, ...proxies });
	return https === undefined ? onlyWithoutTls(proxied, direct) : proxied;
}

/** HTTP_PROXY is not for HTTPS, neither for n8n nor for curl. undici would use it where there is no HTTPS_PROXY. */
function onlyWithoutTls(proxied: RequestDispatcher, direct: RequestDispatcher): RequestDispatcher {
	return {
		dispatch: (options, handler) =>
			(/^https:/i.test(String(options.origin)) ? direct : proxied).dispatch(options, handler),
		destroy: async () => {
			await Promise.all([proxied.destroy(), direct.destroy()]);
		},
	};
}

function openInTurn(
	connect: buildConnector.connector,
	takeTurn: () => Promise<void> | undefined,
): buildConnector.connector {
	return (options, callback) => {
		const open = (): void => {
			try {
				connect(options, callback);
			} catch (error) {
				callback(error as Error, null);
			}
		};
		const turn = takeTurn();
		if (turn === undefined) open();
		else void turn.then(open);
	};
}

function watchConnections(
	connect: buildConnector.connector,
	stallMs: number,
	proxy: Proxy | undefined,
): buildConnector.connector {
	return (options, callback) => {
		if (proxy?.isSupported === false) {
			return callback(new ProxyError(proxy.name, { code: 'ERR_PROXY_UNSUPPORTED' }), null);
		}
		connect(options, (error, socket) => {
			if (error !== null) return callback(proxy === undefined ? error : toProxyError(error, proxy), null);
			endWhenStalled(socket, stallMs);
			ignoreContinue(socket);
			callback(null, socket);
		});
	};
}

/**
 * undici waits for the answer to a CONNECT as long as for any other, and each byte of it may take as long again. It reports what
 * goes wrong while a tunnel is opened without the proxy, and sometimes tries again for ever.
 */
function watchTunnels(pool: Pool, proxy: Proxy, connectMs: number): void {
	const connect: (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData> = pool.connect.bind(pool);
	const watched = async (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> => {
		const limit = new AbortController();
		const timer = setTimeout(() => limit.abort(new errors.ConnectTimeoutError()), connectMs);
		try {
			const opened = await connect({ ...options, signal: limit.signal });
			if (opened.statusCode === 200) return opened;
			opened.socket.on('error', () => undefined).destroy();
			throw new ProxyError(proxy.name, { code: 'ERR_PROXY_STATUS', status: opened.statusCode });
		} catch (error) {
			throw toProxyError(error, proxy);
		} finally {
			clearTimeout(timer);
		}
	};
	pool.connect = watched;
}

function toProxyError(error: unknown, proxy: Proxy): ProxyError {
	return error instanceof ProxyError ? error : new ProxyError(proxy.name, { cause: error });
}
