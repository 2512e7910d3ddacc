import type { Transport } from '../../masv/transport';
import { sendPackage } from '../../masv/upload/sendPackage';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import { patternBytes, rangeOf, startTestMasv } from '../support/testMasv';

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
