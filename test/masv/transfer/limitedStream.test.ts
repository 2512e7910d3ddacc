import { Readable } from 'node:stream';

import type { Clock } from '../../../masv/clock';
import { MasvTransferError } from '../../../masv/errors';
import { limitedStream } from '../../../masv/transfer/limitedStream';
import type { OpenStream, StreamSource } from '../../../masv/transfer/source';
import { describeStreamSource } from '../../contracts/fileSource';
import { failureOf } from '../../support/failureOf';
import { steppedClock } from '../../support/steppedClock';
import { streamOf } from '../../support/testSources';

const facts = { name: 'clip.mov', path: 'day 1', bytes: 9, modifiedAt: new Date(0) };

describeStreamSource('a stream with a limit', (content) => {
	const source = streamOf('a', content) as StreamSource;
	return { source: { ...source, open: async () => await limitedStream(source, source.open(), steppedClock()) } };
});

describe('a store that hangs', () => {
	it('is an error that names the file, two minutes after the piece was requested', async () => {
		const clock = steppedClock();
		let requests = 0;
		const pieces = {
			[Symbol.asyncIterator]: () => ({
				next: async () => (++requests === 1 ? { value: new Uint8Array(3) } : await new Promise<never>(() => undefined)),
			}),
		};
		const opened = await limitedStream(facts, Promise.resolve({ pieces, close: () => undefined }), clock);
		const iterator = opened.pieces[Symbol.asyncIterator]();
		await iterator.next();
		// Nobody has asked for a piece all that time.
		await clock.advance(10 * 60_000);
		let failed = false;
		const failure = failureOf(iterator.next()).finally(() => (failed = true));
		await clock.advance(119_999);
		expect(failed).toBe(false);
		await clock.advance(1);
		expect(await failure).toBeInstanceOf(MasvTransferError);
		expect(await failure).toMatchObject({
			code: 'file_read_stalled',
			message: '"day 1/clip.mov" cannot be read: the store of binary data did not respond for 120 seconds',
		});
	});

	it('is the same error if it does not even open the stream, which is closed if it opens later', async () => {
		const clock = steppedClock();
		const { promise: opening, resolve: openLate } = Promise.withResolvers<OpenStream>();
		const failure = failureOf(limitedStream(facts, opening, clock));
		await clock.advance(120_000);
		expect(await failure).toMatchObject({ code: 'file_read_stalled' });
		const closed = new Promise<void>((close) => openLate({ pieces: Readable.from([]), close }));
		await closed;
	});

	it('leaves no timer behind for a piece that has arrived', async () => {
		const signals: Array<AbortSignal | undefined> = [];
		const clock = steppedClock();
		const sleep = clock.sleep.bind(clock);
		const watched: Clock = {
			...clock,
			sleep: async (ms, signal) => {
				signals.push(signal);
				await sleep(ms, signal);
			},
		};
		const source = streamOf('a', Buffer.alloc(9)) as StreamSource;
		for await (const _ of (await limitedStream(facts, source.open(), watched)).pieces);
		expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, true]);
	});
});
