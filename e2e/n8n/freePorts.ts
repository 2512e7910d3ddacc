import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to connections (Linux: 32768 and above). A connection could take one of those before the
 * program that it is meant for listens.
 */
const range = { first: 15_000, last: 32_000 };

/** Returns distinct ports of the loopback interface that are currently free. */
export async function freePorts(count: number): Promise<number[]> {
	const open = new Map<number, Server>();
	try {
		for (let attempt = 0; open.size < count; attempt++) {
			const port = range.first + Math.floor(Math.random() * (range.last - range.first));
			const server = createServer().listen(port, '127.0.0.1');
			try {
				await once(server, 'listening');
				// All are open at the same time, so that no port is returned twice.
				open.set(port, server);
			} catch (error) {
				if (attempt === 100) throw error;
			}
		}
		return [...open.keys()];
	} finally {
		await Promise.all([...open.values()].map((server) => new Promise((resolve) => server.close(resolve))));
	}
}
