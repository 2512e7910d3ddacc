import type { Transport } from '../../masv/transport';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { Step } from '../../sandbox/start';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf } from '../support/testSources';

const mebibyte = 1024 * 1024;
const eightDays = 8 * 24 * 3600_000;

it('an upload that takes longer than its package token lives is completed', async () => {
	let now = Date.UTC(2026, 0, 1);
	const masv = await startTestMasv({ now: () => now });
	const dispatcher = createDispatcher();
	const send = createTransport(dispatcher);
	let stored = 0;
	const transport: Transport = async (request) => {
		const response = await send(request);
		if (request.method === 'PUT' && response.status === 200 && ++stored === 1) now += eightDays;
		return response;
	};
	const bytes = patternBytes(15 * mebibyte);
	const sent = await sendPackage(masv.client({ transport }), {
		target: { kind: 'team', request: { name: 'Long', description: '', recipients: [], unlimited_storage: true } },
		sources: [rangeOf('long.bin', bytes)],
		unfinished: 'keep',
		partBytes: 5 * mebibyte,
		parallelParts: 1,
	});
	expect(sent.package.state).toBe('finalized');
	expect(stored).toBe(3);
	await dispatcher.destroy();
	await masv.close();
});

describe('a package token that expires in the middle of an upload', () => {
	const steps: Step[] = ['addFile', 'partUrls', 'finalizeFile', 'listFiles', 'finalizePackage', 'createLink'];
	const cases = steps.flatMap((step) =>
		[401, 403].flatMap((status) => [0, 1].map((skip) => [step, status, skip] as const)),
	);

	it.each(cases)('is replaced at %s after %d (after %d requests)', async (step, status, skip) => {
		const masv = await startTestMasv();
		const fault = masv.sandbox.inject({ step, kind: 'status', status, body: '{"message":"token expired"}', skip });
		const sent = await sendPackage(masv.client(), {
			target: { kind: 'team', request: { name: 'Long', description: '', recipients: [] } },
			sources: [rangeOf('a.bin', patternBytes(6 * mebibyte)), rangeOf('b.bin', patternBytes(10))],
			directories: [{ name: 'empty', path: '', modifiedAt: new Date(0) }],
			unfinished: 'keep',
			partBytes: 5 * mebibyte,
			link: {},
		});
		expect(sent.package.state).toBe('finalized');
		expect([sent.folders_not_created, sent.warnings, sent.reconciled]).toEqual([[], [], true]);
		expect(masv.sandbox.packages()).toHaveLength(1);
		expect(masv.sandbox.links(sent.package.id)).toHaveLength(1);
		// Where a step has only one request, there is no second one to fail.
		if (skip === 0) expect(fault.hits()).toBe(1);
		await masv.close();
	});
});
