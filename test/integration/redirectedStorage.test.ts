import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import type { Transport } from '../../masv/transport';
import { sendPackage } from '../../masv/upload/sendPackage';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, streamOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const elsewhere = 'redirected.masv.test';
const bytes = patternBytes(11 * mebibyte);

/** A storage that redirects each signed request to another host, and from there so many times more. */
async function deliver(source: 'range' | 'stream', more = 0) {
	const masv = await startTestMasv();
	const dispatcher = createDispatcher();
	const send = createTransport(dispatcher);
	const redirected: string[] = [];
	/** Of the latest request for each operation. */
	const redirects = new Map<string, number>();
	const transport: Transport = async (request) => {
		const { url, headers, method, body } = request;
		if (new URL(url).origin === masv.sandbox.url) return await send(request);
		const { protocol, host, hostname } = new URL(url);
		const seen = hostname === elsewhere ? (redirects.get(request.operation) ?? 0) : 0;
		redirects.set(request.operation, seen + 1);
		if (hostname !== elsewhere || seen <= more) {
			// Part of the body is read before the answer comes.
			if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
				for await (const piece of body) if (piece.length > 0) break;
			}
			const location = url.replace(host, `${elsewhere}:${new URL(url).port}`);
			return { status: 307, headers: { location }, text: '' };
		}
		const secrets = Object.keys(headers).filter((name) => /^x-(api|package|access)/.test(name));
		redirected.push([protocol, method, ...secrets].join(' '));
		return await send({ ...request, url: url.replace(elsewhere, '127.0.0.1') });
	};
	try {
		const sent = sendPackage(masv.client({ transport }), {
			target: { kind: 'team', request: { name: 'Redirected', description: '', recipients: [] } },
			sources: [source === 'range' ? rangeOf('a.bin', bytes) : streamOf('a.bin', bytes)],
			unfinished: 'keep',
			partBytes: 5 * mebibyte,
		});
		const result = await sent.catch((error: unknown) => error as Error);
		return { outcome: result instanceof Error ? result.message : result.package.state, redirected };
	} finally {
		await dispatcher.destroy();
		await masv.close();
	}
}

describe('a storage that redirects', () => {
	it.each(['range', 'stream'] as const)(
		'gets the same requests there, without the secrets of MASV (%s)',
		async (source) => {
			const { outcome, redirected } = await deliver(source);
			expect(outcome).toBe('finalized');
			expect(redirected.sort()).toEqual(['http: POST', 'http: PUT', 'http: PUT', 'http: PUT']);
		},
	);

	it('may redirect a request three times', async () => {
		expect((await deliver('stream', 2)).outcome).toBe('finalized');
		expect((await deliver('stream', 3)).outcome).toContain('responded with 307');
	});
});
