import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { TlsConnection } from '../../../masv/node/tlsConnection';
import { TlsConnections } from '../../../masv/node/tlsConnections';
import type { TransportRequest } from '../../../masv/transport';
import { selfSigned } from '../../support/selfSigned';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
setFlagsFromString('--no-expose-gc');

/** A server that accepts connections and says nothing. */
async function withSilentServer(work: (request: TransportRequest) => Promise<void>): Promise<void> {
	const server = createServer((socket) => void socket.on('error', () => undefined).resume());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const closed = new Promise((resolve) => server.once('close', resolve));
	try {
		await work({ operation: 'get it', url, method: 'GET', headers: {}, maxResponseBytes: 1_000 });
	} finally {
		server.close();
		await closed;
	}
}

function createConnections(): TlsConnections {
	return new TlsConnections({ timeouts: { connectMs: 15_000, stallMs: 60_000 } });
}

it('a TLS connection that was kept is forgotten when it ends', async () => {
	const certificate = selfSigned();
	const trusted = getCACertificates('default');
	setDefaultCACertificates([...trusted, certificate.cert]);
	const server = createSecureServer(certificate, (_, response) => response.writeHead(204).end());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	const connections = createConnections();
	try {
		const get = { operation: 'get it', url, method: 'GET', headers: {}, maxResponseBytes: 1_000 };
		let used: WeakRef<TlsConnection> | undefined;
		await connections.get(get, (connection) => (used = new WeakRef(connection)));
		server.closeAllConnections();
		// The time limit of the test ends this if it is never forgotten.
		while (used?.deref() !== undefined) {
			await nextIteration();
			collectGarbage();
		}
	} finally {
		connections.destroy();
		setDefaultCACertificates(trusted);
		await new Promise((resolve) => server.close(resolve));
	}
});

describe('TLS connections', () => {
	it('are opened a few at a time, with other work between', async () => {
		await withSilentServer(async (request) => {
			const connections = createConnections();
			let opened = 0;
			const gets = Array.from({ length: 24 }, async () => await connections.get(request, () => opened++));
			const ends = Promise.allSettled(gets);
			// What may be opened at once is, before the event loop goes on.
			const counts = [8];
			for (let iteration = 0; iteration < 12; iteration++) {
				await nextIteration();
				counts.push(opened);
			}
			counts.forEach((count, index) => expect(count - (counts[index - 1] ?? 0)).toBeLessThanOrEqual(8));
			expect(opened).toBe(24);
			connections.destroy();
			await ends;
		});
	});

	it('are not opened for a request that was cancelled before its turn', async () => {
		await withSilentServer(async (request) => {
			const connections = createConnections();
			const stop = new AbortController();
			let opened = 0;
			const get = connections.get({ ...request, signal: stop.signal }, () => opened++);
			stop.abort(new Error('cancelled'));
			await expect(get).rejects.toThrow('cancelled');
			expect(opened).toBe(0);
		});
	});

	it('are not opened after all were ended, also for requests that waited for their turn', async () => {
		await withSilentServer(async (request) => {
			const connections = createConnections();
			let opened = 0;
			const gets = Array.from({ length: 3 }, async () => await connections.get(request, () => opened++));
			const ends = Promise.allSettled(gets);
			connections.destroy();
			for (const end of await ends) {
				expect(end).toMatchObject({ status: 'rejected', reason: { message: 'The transport was closed' } });
			}
			expect(opened).toBe(0);
		});
	});
});
