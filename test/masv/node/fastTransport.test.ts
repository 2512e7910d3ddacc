import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { createFastTransport } from '../../../masv/node/fastTransport';
import { createDispatcher } from '../../../masv/node/dispatcher';
import { createTransport } from '../../../masv/node/undiciTransport';
import { describeContent } from '../../contracts/content';
import type { TransportUnderTest } from '../../contracts/transport';
import { describeTransport } from '../../contracts/transport';
import { selfSigned } from '../../support/selfSigned';

const certificate = selfSigned();
const trusted = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
afterAll(() => setDefaultCACertificates(trusted));

function create(stallMs: number): TransportUnderTest {
	const timeouts = { connectMs: 2_000, stallMs };
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
