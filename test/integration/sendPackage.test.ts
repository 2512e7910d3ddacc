import { sendPackage } from '../../masv/upload/sendPackage';
import { failureOf } from '../support/failureOf';
import { createProcesses } from '../support/mortal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256, streamOf } from '../support/testSources';
import type { SendRequest } from '../../masv/upload/sendRequest';

const mebibyte = 1024 * 1024;

describe('sendPackage against the sandbox', () => {
	let masv: TestMasv;
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	afterAll(async () => await masv.close());

	const request = (sources: SendRequest['sources'], more: Partial<SendRequest> = {}): SendRequest => ({
		target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
		sources,
		unfinished: 'delete',
		link: {},
		...more,
	});

	it('sends files with several parts, one part and no content, from ranges and streams', async () => {
		const contents: Record<string, Buffer> = {
			'large.mov': patternBytes(16 * mebibyte + 123, 7),
			'stream.bin': patternBytes(11 * mebibyte + 1, 8),
			'empty.txt': Buffer.alloc(0),
			'Größe 映画 🎬.txt': Buffer.from('unicode'),
		};
		const sent = await sendPackage(
			masv.client(),
			request(
				[
					rangeOf('large.mov', contents['large.mov'] as Buffer, 'day 1/camera A'),
					streamOf('stream.bin', contents['stream.bin'] as Buffer, [1, 70_000, 9 * mebibyte]),
					rangeOf('empty.txt', contents['empty.txt'] as Buffer),
					rangeOf('Größe 映画 🎬.txt', contents['Größe 映画 🎬.txt'] as Buffer),
				],
				{ partBytes: 5 * mebibyte },
			),
		);
		expect(sent.package.state).toBe('finalized');
		expect(sent.files.map(({ name, path, size, parts }) => ({ name, path, size, parts }))).toEqual([
			{ name: 'large.mov', path: 'day 1/camera A', size: 16 * mebibyte + 123, parts: 4 },
			{ name: 'stream.bin', path: '', size: 11 * mebibyte + 1, parts: 3 },
			{ name: 'empty.txt', path: '', size: 0, parts: 1 },
			{ name: 'Größe 映画 🎬.txt', path: '', size: 7, parts: 1 },
		]);
		for (const file of sent.files) {
			expect(await masv.sandbox.sha256(sent.package.id, file.id)).toBe(sha256(contents[file.name] as Buffer));
		}
		expect(sent.link?.url).toBe(
			`https://get.massive.io/${sent.link?.id}?secret=${encodeURIComponent(sent.link?.download_secret ?? '')}`,
		);
	});

	it('sends a delivery with a key of its own once', async () => {
		const { journal } = createProcesses(masv).start();
		const send = async (key: string, content: string): Promise<string> => {
			const sources = [{ ...rangeOf('a.mov', Buffer.from(content)), location: '/media/a.mov' }];
			const sent = await sendPackage(masv.client(), request(sources, { key, journal, scope: 'workflow/node' }));
			return sent.package.id;
		};
		const first = await send('0a', 'content');
		expect(await send('0a', 'content')).toBe(first);
		expect(await send('0b', 'content')).not.toBe(first);
	});

	it('says that the next run sends another package if MASV does not remove what a lost request has added', async () => {
		const { journal } = createProcesses(masv).start();
		const faults = [
			masv.sandbox.inject({ step: 'addFile', kind: 'resetAfterBody' }),
			masv.sandbox.inject({ step: 'deleteFile', kind: 'status', status: 405, times: Infinity }),
		];
		const sources = [{ ...rangeOf('a.mov', Buffer.from('content')), location: '/media/a.mov' }];
		const delivery = request(sources, { journal, scope: 'workflow/stuck', unfinished: 'keep' });
		const failure = await failureOf(sendPackage(masv.client(), delivery));
		expect(failure).toMatchObject({ code: 'file_not_removed', facts: { outcome: 'lost' } });
		for (const fault of faults) fault.remove();
		const sent = await sendPackage(masv.client(), delivery);
		expect(failure.message).not.toContain(sent.package.id);
	});
});
