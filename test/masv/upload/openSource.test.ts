import { MasvCancelledError, MasvTransferError } from '../../../masv/errors';
import type { OpenStream, RangeReader, RangeSource, StreamSource } from '../../../masv/transfer/source';
import { openSource } from '../../../masv/upload/openSource';
import { describeRangeSource, describeStreamSource } from '../../contracts/fileSource';
import { failureOf } from '../../support/failureOf';
import { rangeOf, streamOf } from '../../support/testSources';

describeRangeSource(
	'a range, as it is opened for an upload',
	(content) => {
		const source = rangeOf('a', content);
		return { source: { ...source, open: async () => await openSource(source) } };
	},
	{ isFile: false },
);

describeStreamSource('a stream, as it is opened for an upload', (content) => {
	const source = streamOf('a', content) as StreamSource;
	return { source: { ...source, open: async () => await openSource(source) } };
});

describe('a source that fails', () => {
	const broken = async (): Promise<never> =>
		await Promise.reject(Object.assign(new Error('ESTALE: stale'), { code: 'ESTALE' }));
	const range = (change: Partial<RangeReader>): RangeSource => {
		const source = rangeOf('clip.mov', Buffer.from('content'), 'day 1');
		return { ...source, open: async () => ({ ...(await source.open()), ...change }) };
	};
	const stream = (pieces: AsyncIterable<Uint8Array>): StreamSource => ({
		...(streamOf('clip.mov', Buffer.alloc(1)) as StreamSource),
		path: 'day 1',
		open: () => Promise.resolve({ pieces, close: () => undefined }),
	});
	const firstPiece = async (opened: Promise<OpenStream>) => await (await opened).pieces[Symbol.asyncIterator]().next();

	it.each<[string, () => Promise<unknown>]>([
		['is opened', async () => await openSource({ ...range({}), open: broken })],
		['is read', async () => await (await openSource(range({ read: broken }))).read(new Uint8Array(1), 0)],
		['is looked at', async () => await (await openSource(range({ look: broken }))).look()],
		[
			'gives its next piece',
			async () => await firstPiece(openSource(stream({ [Symbol.asyncIterator]: () => ({ next: broken }) }))),
		],
	])('when it %s is named, with the reason in words', async (_, work) => {
		const error = await failureOf(work());
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error).toMatchObject({
			code: 'file_not_readable',
			message: '"day 1/clip.mov" cannot be read: the network drive no longer knows it (ESTALE)',
			file: 'day 1/clip.mov',
			cause: { code: 'ESTALE' },
		});
	});

	it('with an error of this package keeps it', async () => {
		const cancelled = new MasvCancelledError();
		const reader = await openSource(range({ read: async () => await Promise.reject(cancelled) }));
		expect(await failureOf(reader.read(new Uint8Array(1), 0))).toBe(cancelled);
	});
});
