import { once } from 'node:events';
import { Agent, createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A reverse proxy, as there is one between the internet and an n8n that MASV reaches. Tests need it for the same reason as
 * people do: while n8n migrates its database at a start, it answers 200 to whatever it is asked, and what MASV sends then
 * is lost.
 */
export interface FrontDoor {
	/** No slash at the end. */
	url: string;
	/** Shut, it answers 503, as a load balancer does for a server that is not ready. */
	isOpen: boolean;
	/** The status with which a request is answered that is not to get in. */
	refuse: (method: string, path: string) => number | undefined;
	close(): Promise<void>;
}

/** @param target `http://host:port` of what is behind the door */
export async function openFrontDoor(target: string): Promise<FrontDoor> {
	const agent = new Agent({ keepAlive: true });
	const server = createServer((request, response) => {
		const { method = '', url = '', headers } = request;
		const status = door.isOpen ? door.refuse(method, url) : 503;
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
	const door: FrontDoor = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		isOpen: true,
		refuse: () => undefined,
		close: async () => {
			agent.destroy();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return door;
}
