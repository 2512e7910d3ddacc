import { errors } from 'undici';

import { toConnectionError } from '../../../masv/node/connectionFailure';
import type { TransportRequest } from '../../../masv/transport';

const request: TransportRequest = {
	operation: 'get the thing',
	method: 'GET',
	url: 'https://storage.masv.test/a?X-Amz-Signature=5ec2e7',
	headers: {},
	maxResponseBytes: 1_000,
};

function systemError(code: string): Error {
	return Object.assign(new Error(`failed: ${request.url}`), { code });
}

describe('a connection', () => {
	it.each(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
		'that fails with %s never reached the server, and may succeed later',
		(code) => {
			const error = toConnectionError(systemError(code), request, undefined);
			expect(error).toMatchObject({ mayHaveSucceeded: false, transient: true });
		},
	);

	it.each(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UNKNOWN'])(
		'that fails with %s may have reached the server',
		(code) => {
			const error = toConnectionError(systemError(code), request, undefined);
			expect(error).toMatchObject({ mayHaveSucceeded: true, transient: true });
		},
	);

	it.each([
		'CERT_HAS_EXPIRED',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		'INVALID_CA',
		'INVALID_PURPOSE',
		'PATH_LENGTH_EXCEEDED',
		'CERT_CHAIN_TOO_LONG',
		'CERT_REJECTED',
		'UNSPECIFIED',
		'ERR_TLS_CERT_ALTNAME_INVALID',
		'ERR_INVALID_URL',
		'UND_ERR_INVALID_ARG',
	])('that fails with %s never succeeds', (code) => {
		const error = toConnectionError(systemError(code), request, undefined);
		expect(error).toMatchObject({ mayHaveSucceeded: false, transient: false });
	});

	it('that fails after the response has started says so, without the request', () => {
		const error = toConnectionError(systemError('ECONNRESET'), request, 200);
		expect(error.message).toBe(
			'Could not get the thing. The connection to storage.masv.test was reset after the response started (200) [ECONNRESET]',
		);
		expect((error.cause as Error).message).toBe('ECONNRESET');
	});

	it.each([
		['https://storage.masv.test/a', 'Could not get the thing. The response from storage.masv.test is not valid HTTP'],
		['http://localhost:80/', /is not HTTP; it may expect HTTPS on this port/],
	])('that answers something else than HTTP says so (%s)', (url, expected) => {
		const error = toConnectionError(new errors.HTTPParserError('Invalid'), { ...request, url }, undefined);
		expect(error.message).toMatch(expected);
	});

	it('to several addresses fails for the reason of the first', () => {
		const all = new AggregateError([systemError('ECONNREFUSED'), systemError('ENETUNREACH')]);
		const error = toConnectionError(new Error('failed', { cause: all }), request, undefined);
		expect(error.code).toBe('connection_refused');
	});
});
