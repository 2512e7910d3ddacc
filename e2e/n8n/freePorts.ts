import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Ports of the loopback interface that nobody listens on at this moment, all different. */
export async function freePorts(count: number): Promise<number[]> {
	const servers = Array.from({ length: count }, () => createServer());
	try {
		// All are open at once, so that none is given twice.
		return await Promise.all(
			servers.map(async (server) => {
				server.listen(0, '127.0.0.1');
				await once(server, 'listening');
				return (server.address() as AddressInfo).port;
			}),
		);
	} finally {
		await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
	}
}
