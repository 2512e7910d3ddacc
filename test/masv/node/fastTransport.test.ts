import type { RequestListener } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createFastTransport } from '../../../masv/node/fastTransport';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import type { Transport, TransportRequest } from '../../../masv/transport';
import { describeContent } from '../../contracts/content';
import type { TransportUnderTest } from '../../contracts/transport';
import { describeTransport } from '../../contracts/transport';
import { failureOf } from '../../support/failureOf';
import { patientTimeouts } from '../../support/patientTimeouts';
import { selfSigned } from '../../support/selfSigned';

const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

function create(stallMs: number): TransportUnderTest {
	const timeouts = { ...patientTimeouts, stallMs };
	const dispatcher = createDispatcher(timeouts);
	const transport = createFastTransport(createTransport(dispatcher), { timeouts });
	return {
		transport,
		close: async () => {
			transport.destroy();
			await dispatcher.destroy();
		},
	};
}

// It reads the responses of all GETs as texts; other requests are undici's.
describeTransport(
	'the fast transport',
	(stallMs) => {
		const fast = create(stallMs);
		const content = { takes: () => false, take: () => undefined };
		return { ...fast, transport: async (request) => await fast.transport({ ...request, content }) };
	},
	{ certificate },
);

describeContent('the fast transport', create, certificate);
describeContent('the fast transport without TLS', create);

describe('the fast transport, beside undici', () => {
	let server: Server;
	let url: string;
	let answer: RequestListener;
	let fast: ReturnType<typeof createFastTransport>;
	/** Requests that went through the other transport. */
	let others: TransportRequest[];

	beforeAll(async () => {
		server = createServer(certificate, (incoming, response) => answer(incoming, response));
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	});
	beforeEach(() => {
		others = [];
		const other: Transport = async (request) => {
			others.push(request);
			return await Promise.resolve({ status: 200, headers: { 'transfer-encoding': 'chunked' }, text: '' });
		};
		fast = createFastTransport(other, { timeouts: patientTimeouts });
	});
	afterEach(() => fast.destroy());
	afterAll(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	const content = { takes: () => true, take: () => undefined };
	const request = (more: Partial<TransportRequest> = {}): TransportRequest => ({
		operation: 'get it',
		method: 'GET',
		url,
		headers: {},
		maxResponseBytes: 1_000,
		content,
		...more,
	});

	it('gets plain content itself', async () => {
		answer = (_, response) => void response.writeHead(200, { 'content-length': 3 }).end('abc');
		await fast(request());
		expect(others).toEqual([]);
	});

	it.each([
		['without content', { content: undefined }],
		['with another method', { method: 'HEAD' }],
		['with a body', { body: 'a' }],
		['without TLS', { url: 'http://127.0.0.1/' }],
		['with a password in the URL', { url: 'https://a:b@127.0.0.1/' }],
		['to no URL', { url: 'https://' }],
		['with a header that no request may have', { headers: { a: 'b\r\nc: d' } }],
		['with a header that concerns the connection', { headers: { Connection: 'close' } }],
	])('leaves to the other transport a request %s', async (_, more) => {
		await fast(request(more));
		expect(others).toHaveLength(1);
	});

	it('leaves content in chunks to the other transport, and soon asks no more in vain', async () => {
		let requests = 0;
		answer = (_, response) => {
			requests++;
			response.write('abc');
			response.end();
		};
		for (let turn = 0; turn < 5; turn++) await fast(request());
		expect([others.length, requests]).toEqual([5, 3]);
	});

	it('connects to the addresses of the lookup only', async () => {
		const denied = Object.assign(new Error('denied'), { code: 'ERR_NETWORK_POLICY' });
		const lookup: LookupFunction = (_host, _options, callback) => callback(denied, '', 4);
		const guarded = createFastTransport(fast, { timeouts: patientTimeouts, lookup });
		const error = await failureOf(guarded(request({ url: url.replace('127.0.0.1', 'localhost') })));
		expect(error).toMatchObject({ code: 'network_policy', transient: false });
	});

	it('trusts no certificate that Node does not trust', async () => {
		setDefaultCACertificates(trusted);
		try {
			expect(await failureOf(fast(request()))).toMatchObject({ code: 'certificate_not_trusted', transient: false });
		} finally {
			setDefaultCACertificates([...trusted, certificate.cert]);
		}
	});
});
