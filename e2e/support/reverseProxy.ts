import { once } from 'node:events';
import { Agent, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A reverse proxy in front of n8n, as in any n8n that MASV can reach. Tests need it for the same reason as users: while
 * n8n migrates its database at startup, it responds with 200 to every request, and events that MASV sends then are lost.
 */
export interface ReverseProxy {
	/** No slash at the end. */
	url: string;
	/** When closed, it responds with 503, as a load balancer does for a server that is not ready. */
	isOpen: boolean;
	/** Returns the status for a request that must not get through; undefined lets it pass. */
	rejectWith: (method: string, path: string) => number | undefined;
	close(): Promise<void>;
}

/** @param target `http://host:port` of the server behind the proxy */
export async function startReverseProxy(target: string): Promise<ReverseProxy> {
	const agent = new Agent({ keepAlive: true });
	const server = createServer((request, response) => {
		const { method = '', url = '', headers } = request;
		const status = proxy.isOpen ? proxy.rejectWith(method, url) : 503;
		if (status !== undefined) {
			request.resume();
			response.writeHead(status).end();
			return;
		}
		const behind = ask(target + url, { method, headers, agent }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.on('error', () => response.destroy());
			answer.pipe(response);
		});
		behind.on('error', () => {
			if (response.headersSent) response.destroy();
			else response.writeHead(502).end();
		});
		response.on('close', () => behind.destroy());
		request.pipe(behind);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const proxy: ReverseProxy = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		isOpen: true,
		rejectWith: () => undefined,
		close: async () => {
			agent.destroy();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return proxy;
}
