import { setImmediate } from 'node:timers/promises';

import { MasvClient } from '../../../masv/client';
import type { FileToDownload } from '../../../masv/download/downloadRun';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { downloadAll } from '../../support/downloadAll';
import { instantClock } from '../../support/instantClock';
import { memorySink } from '../../support/memorySink';

const content = Buffer.from('content');

it('addresses of small files are requested while the content of others is received', async () => {
	const asked: string[] = [];
	/** For each content that is requested, how many addresses were requested before it has arrived. */
	const askedMeanwhile: number[] = [];
	let inFlight = 0;
	const client = new MasvClient({
		baseUrl: 'https://masv.test',
		apiKey: 'key',
		teamId: 'team',
		clock: instantClock(),
		hashing: nodeHashing,
		transport: async ({ content: taker }) => {
			expect(++inFlight).toBe(1);
			// Nothing here waits for anything but promises.
			for (let turn = 0; turn < 10; turn++) await setImmediate();
			inFlight--;
			askedMeanwhile.push(asked.length);
			const headers = { 'content-length': '7', 'content-range': 'bytes 0-6/7', etag: '"1"' };
			taker?.takes({ status: 206, headers });
			await taker?.take(content);
			return { status: 206, headers, text: '' };
		},
	});
	const files = ['1', '2', '3', '4'].map((id): FileToDownload => ({
		...{ id, name: id, path: '', bytes: 7, modifiedAt: undefined, partBytes: undefined, sink: memorySink() },
		address: async () => {
			asked.push(id);
			return await Promise.resolve({ url: `https://storage.test/${id}`, headers: {}, body: '' });
		},
	}));
	const results = await downloadAll(client, files, { parallelRanges: 1 });
	expect(results.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
	expect(asked).toEqual(['1', '2', '3', '4']);
	expect(askedMeanwhile).toEqual([4, 4, 4, 4]);
});
