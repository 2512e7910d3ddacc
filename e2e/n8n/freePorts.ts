import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Returns distinct ports of the loopback interface that are currently free. */
export async function freePorts(count: number): Promise<number[]> {
	const servers = Array.from({ length: count }, () => createServer());
	try {
		// All are open at the same time, so that no port is returned twice.
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
