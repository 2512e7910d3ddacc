import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TunnelProxy {
	/** As HTTP_PROXY and HTTPS_PROXY want it. */
	url: string;
	/** One line per request or tunnel: its method and where it went. */
	passed: string[];
	close(): Promise<void>;
}

/**
 * An HTTP proxy on the loopback interface: tunnels for `CONNECT`, and forwards what names a whole URL. As proxies do, it
 * answers 502 for a server that it cannot reach or that hangs up before it has answered.
 */
export async function startTunnelProxy(): Promise<TunnelProxy> {
	const passed: string[] = [];
	const open = new Set<Duplex>();
	const keep = (socket: Duplex): void => {
		open.add(socket);
		socket.on('close', () => open.delete(socket));
	};
	const server = createServer((incoming, response) => {
		passed.push(`${incoming.method} ${originOf(incoming)}`);
		forward(incoming, response);
	});
	server.on('connection', keep);
	server.on('connect', (incoming: IncomingMessage, client: Duplex) => {
		passed.push(`CONNECT ${incoming.url}`);
		keep(tunnel(incoming, client));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		passed,
		close: async () => {
			for (const socket of open) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

function originOf({ url }: IncomingMessage): string {
	return /^http:\/\/[^/?#]+/.exec(url ?? '')?.[0] ?? '';
}

function forward(incoming: IncomingMessage, response: ServerResponse): void {
	const origin = originOf(incoming);
	// What follows is passed on as it was written; `URL` would write some of it in another way.
	const path = incoming.url?.slice(origin.length);
	const { hostname, port } = new URL(origin);
	const outgoing = request({ hostname, port, path, method: incoming.method, headers: incoming.headers, agent: false });
	outgoing.on('information', ({ statusCode, headers }: { statusCode: number; headers: Record<string, string> }) => {
		if (statusCode === 103) response.writeEarlyHints(headers);
		else response.writeProcessing();
	});
	outgoing.on('response', (answer) => {
		response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
		response.flushHeaders();
		answer.on('error', () => response.destroy());
		answer.pipe(response);
	});
	outgoing.on('error', () => {
		if (response.headersSent) response.destroy();
		else response.writeHead(502).end();
	});
	response.on('close', () => {
		if (!response.writableFinished) outgoing.destroy();
	});
	incoming.pipe(outgoing);
}

function tunnel(incoming: IncomingMessage, client: Duplex): Duplex {
	const { hostname, port } = new URL(`http://${incoming.url}`);
	const server = connect(Number(port), hostname);
	let isOpen = false;
	server.on('connect', () => {
		isOpen = true;
		client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
		server.pipe(client);
		client.pipe(server);
	});
	server.on('error', () => {
		if (isOpen) client.destroy();
		else client.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
	});
	server.on('close', () => isOpen && client.destroy());
	client.on('error', () => server.destroy());
	client.on('close', () => server.destroy());
	return server;
}
