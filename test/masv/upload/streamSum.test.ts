import { nodeHashing } from '../../../masv/node/nodeHashing';
import type { StreamSource } from '../../../masv/transfer/source';
import { createStreamSum } from '../../../masv/upload/streamSum';
import { failureOf } from '../../support/failureOf';

/** A stream that returns this content, whatever its size was said to be. */
function streamOf(bytes: number, content: string): StreamSource {
	async function* pieces(): AsyncGenerator<Uint8Array> {
		yield await Promise.resolve(Buffer.from(content));
	}
	const open = async () => await Promise.resolve({ pieces: pieces(), close: () => undefined });
	return { kind: 'stream', name: 'a.mov', path: '', bytes, modifiedAt: new Date(0), open };
}

describe('the MD5 of a stream', () => {
	it('is that of all its content, also if nobody has read it', async () => {
		const sum = createStreamSum(streamOf(7, 'content'), nodeHashing);
		expect(await sum.finish()).toBe('9a0364b9e99bb480dd25e1f0284c8555');
	});

	it('is known without reading it again if it was read for the upload', async () => {
		const source = streamOf(7, 'content');
		let opened = 0;
		const open = async () => {
			opened++;
			return await source.open();
		};
		const sum = createStreamSum({ ...source, open }, nodeHashing);
		for await (const _ of (await sum.source.open()).pieces);
		expect(await sum.finish()).toBe('9a0364b9e99bb480dd25e1f0284c8555');
		expect(opened).toBe(1);
	});

	it('is none if the stream ends early', async () => {
		const sum = createStreamSum(streamOf(8, 'content'), nodeHashing);
		expect(await failureOf(sum.finish())).toMatchObject({
			code: 'file_changed',
			message: expect.stringContaining('it ended after 7 of 8 bytes') as string,
		});
	});
});
