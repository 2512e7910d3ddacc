import type { Bandwidth } from '../../../masv/transfer/bandwidth';
import { limitContent } from '../../../masv/transfer/limitContent';
import type { TransportRequest } from '../../../masv/transport';

/** @param pause what taking a piece returns */
function contentOf(pause: Promise<void> | undefined): Pick<TransportRequest, 'content'> {
	return { content: { takes: () => true, take: () => pause } };
}

/** Lets everything through at once in pieces of so many bytes. @param turn what `take` returns */
function bandwidthOf(pieceBytes: number | undefined, turn?: Promise<void>): Bandwidth & { taken: number[] } {
	const taken: number[] = [];
	return {
		pieceBytes,
		taken,
		take: (bytes) => {
			taken.push(bytes);
			return turn;
		},
	};
}

async function collect(body: unknown): Promise<Uint8Array[]> {
	const pieces: Uint8Array[] = [];
	for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
	return pieces;
}

describe('limited content', () => {
	it('is sent in pieces that stay as they are while the buffer is filled again', async () => {
		async function* oneBuffer(): AsyncGenerator<Uint8Array> {
			const buffer = new Uint8Array(4);
			for (const value of [1, 2]) yield await Promise.resolve(buffer.fill(value));
		}
		const bandwidth = bandwidthOf(3);
		const { body } = limitContent({ body: oneBuffer() }, bandwidth);
		expect((await collect(body)).map((piece) => [...piece])).toEqual([[1, 1, 1], [1], [2, 2, 2], [2]]);
		expect(bandwidth.taken).toEqual([3, 1, 3, 1]);
	});

	it('is sent as it is if it is text, which is no content of a file', () => {
		const bandwidth = bandwidthOf(3);
		expect(limitContent({ body: '{"name":"a"}' }, bandwidth)).toEqual({ body: '{"name":"a"}' });
		expect(bandwidth.taken).toEqual([]);
	});

	it.each(['the sink', 'the bandwidth'])('is received no faster than %s takes it', async (slow) => {
		let release = (): void => undefined;
		const pause = new Promise<void>((resolve) => (release = resolve));
		const [ofSink, ofBandwidth] = slow === 'the sink' ? [pause, undefined] : [undefined, pause];
		for (const quick of [undefined, Promise.resolve()]) {
			const limited = limitContent(contentOf(ofSink ?? quick), bandwidthOf(undefined, ofBandwidth ?? quick)).content;
			let isTaken = false;
			const taken = limited?.take(new Uint8Array(5));
			expect(taken).toBeDefined();
			void taken?.then(() => (isTaken = true));
			await new Promise((resolve) => setImmediate(resolve));
			expect(isTaken).toBe(false);
			if (quick === undefined) continue;
			release();
			await taken;
			await Promise.resolve();
			expect(isTaken).toBe(true);
		}
		const quickly = limitContent(contentOf(undefined), bandwidthOf(undefined)).content;
		expect(quickly?.take(new Uint8Array(5))).toBeUndefined();
	});
});
