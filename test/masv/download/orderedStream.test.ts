import { createOrderedStream } from '../../../masv/download/orderedStream';
import type { OpenSink } from '../../../masv/transfer/sink';
import { failureOf } from '../../support/failureOf';
import { patternBytes } from '../../support/testSources';

const content = patternBytes(1_000, 1);

async function open(windowBytes = 300): Promise<{ sink: OpenSink; pieces: AsyncIterator<Uint8Array> }> {
	const stream = createOrderedStream('a.mov', windowBytes);
	return { sink: await stream.sink.open(), pieces: stream.pieces[Symbol.asyncIterator]() };
}

/** Whether it has not settled after everything that could happen has happened. */
async function isWaiting(promise: Promise<unknown>): Promise<boolean> {
	let settled = false;
	void promise.then(() => (settled = true));
	for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
	return !settled;
}

describe('content in order', () => {
	it('is handed on from the beginning, whatever comes first', async () => {
		const { sink, pieces } = await open();
		await sink.write(content.subarray(100, 200), 100);
		const first = pieces.next();
		expect(await isWaiting(first)).toBe(true);
		await sink.write(content.subarray(0, 100), 0);
		expect((await first).value).toEqual(new Uint8Array(content.subarray(0, 100)));
		expect((await pieces.next()).value).toEqual(new Uint8Array(content.subarray(100, 200)));
		await sink.finish({ bytes: 200, modifiedAt: undefined });
		expect((await pieces.next()).done).toBe(true);
	});

	it('keeps no more in memory than the window', async () => {
		const { sink, pieces } = await open(300);
		await sink.write(content.subarray(200, 300), 200);
		const ahead = sink.write(content.subarray(300, 400), 300);
		expect(await isWaiting(ahead)).toBe(true);
		await sink.write(content.subarray(0, 100), 0);
		await pieces.next();
		expect(await isWaiting(ahead)).toBe(true);
		void pieces.next();
		await ahead;
	});

	it('takes a piece that is larger than the window, in its turn', async () => {
		const { sink, pieces } = await open(10);
		await sink.write(content, 0);
		expect((await pieces.next()).value).toHaveLength(1_000);
	});

	it('copies what it keeps', async () => {
		const { sink, pieces } = await open();
		const buffer = Buffer.from('abc');
		await sink.write(buffer, 0);
		buffer.fill(0);
		expect(Buffer.from((await pieces.next()).value as Uint8Array).toString()).toBe('abc');
	});

	it('uses the memory of a piece again when the next one is asked for', async () => {
		const { sink, pieces } = await open();
		for (const at of [0, 100]) await sink.write(content.subarray(at, at + 100), at);
		const { buffer } = (await pieces.next()).value as Uint8Array;
		await sink.write(content.subarray(200, 250), 200);
		await pieces.next();
		await sink.write(content.subarray(250, 350), 250);
		const [third, fourth] = [(await pieces.next()).value, (await pieces.next()).value] as Uint8Array[];
		expect([third?.buffer === buffer, fourth?.buffer === buffer]).toEqual([false, true]);
		expect(fourth).toEqual(new Uint8Array(content.subarray(250, 350)));
	});

	it('takes new memory where what is left is too small', async () => {
		const { sink, pieces } = await open();
		await sink.write(content.subarray(0, 10), 0);
		await pieces.next();
		const second = pieces.next();
		await sink.write(content.subarray(10, 110), 10);
		expect((await second).value).toEqual(new Uint8Array(content.subarray(10, 110)));
	});

	it('takes no more than twice the window of memory, however often pieces change their size, and uses it again', async () => {
		const { sink, pieces } = await open(400);
		let position = 0;
		/** Fills the window behind what was read last, from another place on than its first. @returns the memory that its pieces are in */
		const fill = async (bytes: number): Promise<ArrayBufferLike[]> => {
			const count = 300 / bytes;
			for (let index = 0; index < count; index++) {
				const at = ((index + Math.floor(count / 3)) % count) * bytes;
				await sink.write(content.subarray(0, bytes), position + at);
			}
			position += 300;
			const taken: ArrayBufferLike[] = [];
			for (let index = 0; index < count; index++) taken.push(((await pieces.next()).value as Uint8Array).buffer);
			return taken;
		};
		for (let time = 0; time < 20; time++) {
			await fill(100);
			const taken = await fill(10);
			expect(taken.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(2 * 400);
		}
		await fill(10);
		const known = new Set(await fill(10));
		// The last piece is still being read while the others are filled again.
		expect((await fill(10)).filter((memory) => !known.has(memory)).length).toBeLessThanOrEqual(1);
	});

	it('fails for the reader if the download fails', async () => {
		const { sink, pieces } = await open();
		await sink.write(content.subarray(0, 100), 0);
		await sink.close();
		await pieces.next();
		expect(await failureOf(pieces.next())).toMatchObject({ code: 'content_not_received' });
	});

	it('fails for the download if nobody reads on', async () => {
		const { sink, pieces } = await open();
		await sink.write(content.subarray(0, 100), 0);
		await pieces.next();
		const ahead = sink.write(content.subarray(900), 900);
		await pieces.return?.();
		expect(await failureOf(ahead)).toMatchObject({ code: 'content_not_received' });
	});

	it('fails for the download if nobody begins to read', async () => {
		const stream = createOrderedStream('a.mov', 300);
		const sink = await stream.sink.open();
		const ahead = sink.write(content.subarray(900), 900);
		stream.abandon();
		expect(await failureOf(ahead)).toMatchObject({ code: 'content_not_received' });
		expect(await failureOf(sink.write(content.subarray(0, 100), 0))).toMatchObject({ code: 'content_not_received' });
	});

	it('is shown in order when it arrives, also what nobody has read yet', async () => {
		const { sink } = await open();
		const shown: Buffer[] = [];
		sink.observe?.((bytes) => void shown.push(Buffer.from(bytes)));
		await sink.write(content.subarray(100, 200), 100);
		expect(shown).toEqual([]);
		await sink.write(content.subarray(0, 100), 0);
		await sink.write(content.subarray(200, 250), 200);
		expect(Buffer.concat(shown)).toEqual(content.subarray(0, 250));
	});

	it('is shown and handed on once, although it arrives again after a new beginning', async () => {
		const { sink, pieces } = await open();
		const shown: Buffer[] = [];
		sink.observe?.((bytes) => void shown.push(Buffer.from(bytes)));
		await sink.write(content.subarray(0, 100), 0);
		// The first piece is still waiting, so it must not be replaced by another one.
		await sink.write(Buffer.alloc(60), 0);
		await sink.write(content.subarray(60, 250), 60);
		await sink.finish({ bytes: 250, modifiedAt: undefined });
		const handed: Uint8Array[] = [];
		for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) handed.push(next.value);
		expect(Buffer.concat(handed)).toEqual(content.subarray(0, 250));
		expect(Buffer.concat(shown)).toEqual(content.subarray(0, 250));
	});
});
