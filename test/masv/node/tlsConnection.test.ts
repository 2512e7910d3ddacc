import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { TlsConnection } from '../../../masv/node/tlsConnection';
import { failureOf } from '../../support/failureOf';
import { selfSigned } from '../../support/selfSigned';

it('sends nothing over a connection that ended after it was chosen, and waits for nothing', async () => {
	const certificate = selfSigned();
	const trusted = getCACertificates('default');
	setDefaultCACertificates([...trusted, certificate.cert]);
	const server = createServer(certificate, () => undefined);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
	const connection = new TlsConnection(origin, { timeouts: { connectMs: 2_000, stallMs: 2_000 } });
	await connection.opened;
	connection.fail(undefined);
	const request = { operation: 'get it', method: 'GET', url: origin.href, headers: {}, maxResponseBytes: 1 };
	expect(await failureOf(connection.get(request, '/'))).toMatchObject({ code: 'UND_ERR_SOCKET' });
	expect(connection.hasBegun).toBe(false);
	setDefaultCACertificates(trusted);
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});
