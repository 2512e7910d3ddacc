import { MasvCancelledError, MasvTransferError } from '../../../masv/errors';
import { readRange } from '../../../masv/upload/readPart';
import type { FileFacts, RangeReader } from '../../../masv/transfer/source';
import { instantClock } from '../../support/instantClock';
import { randomOf } from '../../support/random';
import { failureOf } from '../../support/failureOf';
import { patternBytes } from '../../support/testSources';
import { createSlots, pieceBytes } from '../../../masv/upload/slots';

const factsOf = (bytes: number): FileFacts => ({ name: 'a.mov', path: '', bytes, modifiedAt: new Date(0) });

/** A reader that gives at most so many bytes at once, as files on some network drives do. */
function readerOf(content: Buffer, mostAtOnce = Infinity): RangeReader & { reads: number } {
	const reader = {
		reads: 0,
		read: (into: Uint8Array, position: number) => {
			reader.reads++;
			const piece = content.subarray(position, position + Math.min(into.length, mostAtOnce));
			into.set(piece);
			return Promise.resolve(piece.length);
		},
		look: () => Promise.reject(new Error('Nobody looks here')),
		close: () => undefined,
	};
	return reader;
}

describe('readRange', () => {
	const content = patternBytes(3 * pieceBytes + 17);

	/** All bytes of a range; each piece is copied at once, because its buffer is used again. */
	async function read(reader: RangeReader, start: number, length: number): Promise<Buffer> {
		const pieces = [];
		const slot = createSlots(1, instantClock()).take();
		const range = readRange(factsOf(content.length), reader, { start, length }, slot, { isOpen: true });
		for await (const piece of range) pieces.push(Buffer.from(piece));
		return Buffer.concat(pieces);
	}

	it.each([
		[0, 0],
		[0, 1],
		[5, pieceBytes - 1],
		[5, pieceBytes],
		[5, pieceBytes + 1],
		[1, 2 * pieceBytes],
		[0, content.length],
		[content.length - 1, 1],
	])('gives the bytes from %i, %i of them', async (start, length) => {
		expect((await read(readerOf(content), start, length)).equals(content.subarray(start, start + length))).toBe(true);
	});

	it('gives the same bytes whatever a read gives at once', async () => {
		const random = randomOf(3);
		for (let turn = 0; turn < 40; turn++) {
			const start = random(0, content.length);
			const length = random(0, content.length - start);
			const got = await read(readerOf(content, random(1_000, 2 * pieceBytes)), start, length);
			expect({ start, length, same: got.equals(content.subarray(start, start + length)) }).toEqual({
				start,
				length,
				same: true,
			});
		}
	});

	it('gives longer pieces to a fast connection, and shorter ones when less memory is left for it', async () => {
		const now = { connections: 1, bufferBytes: pieceBytes };
		const slot = createSlots(1, instantClock(), now).take();
		const long = patternBytes(5 * pieceBytes + 17);
		const whole = { start: 0, length: long.length };
		const pieces: Buffer[] = [];
		for await (const piece of readRange(factsOf(long.length), readerOf(long), whole, slot, { isOpen: true })) {
			pieces.push(Buffer.from(piece));
			if (piece.length === pieceBytes) now.bufferBytes = pieceBytes / 2;
		}
		expect(Buffer.concat(pieces).equals(long)).toBe(true);
		// One is read in advance.
		expect(pieces.map(({ length }) => length / pieceBytes)).toEqual([
			...[1 / 4, 1 / 4, 1 / 2, 1, 1, 1 / 2, 1 / 2, 1 / 2, 1 / 2],
			17 / pieceBytes,
		]);
	});

	it('leaves a piece alone until the next but one is asked for', async () => {
		const slot = createSlots(1, instantClock()).take();
		const attempt = { isOpen: true };
		const whole = { start: 0, length: content.length };
		const range = readRange(factsOf(content.length), readerOf(content), whole, slot, attempt);
		const first = (await range.next()).value as Uint8Array;
		const second = (await range.next()).value as Uint8Array;
		await slot.reading.catch(() => undefined);
		expect(Buffer.compare(second, content.subarray(first.length, first.length + second.length))).toBe(0);
		expect(first.buffer).not.toBe(second.buffer);
		await range.return(undefined);
	});

	it('reads nothing more into its slot when the attempt is over', async () => {
		const slot = createSlots(1, instantClock()).take();
		const attempt = { isOpen: true };
		const reader = readerOf(content);
		const range = readRange(factsOf(content.length), reader, { start: 0, length: content.length }, slot, attempt);
		await range.next();
		attempt.isOpen = false;
		const before = reader.reads;
		while ((await range.next()).done !== true);
		expect(reader.reads).toBe(before);
	});

	it('begins only when the read of an attempt before has ended', async () => {
		const slot = createSlots(1, instantClock()).take();
		let finish: () => void = () => undefined;
		slot.reading = new Promise<void>((resolve) => (finish = resolve));
		const reader = readerOf(content);
		const first = readRange(factsOf(content.length), reader, { start: 0, length: 9 }, slot, { isOpen: true }).next();
		await new Promise((resolve) => setImmediate(resolve));
		expect(reader.reads).toBe(0);
		finish();
		expect(Buffer.from((await first).value as Uint8Array)).toEqual(content.subarray(0, 9));
	});

	it('fails when the file is shorter than it was', async () => {
		const error = await failureOf(read(readerOf(content.subarray(0, 100)), 0, 200));
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error.message).toContain(`it ended after 100 of ${content.length} bytes`);
	});

	it('does not repeat what has stalled, as if the connection had failed', async () => {
		const slot = createSlots(1, instantClock()).take();
		const stalled = new MasvTransferError('It stalled', { code: 'file_read_stalled', file: 'a.mov' });
		let stall: () => void = () => undefined;
		const reader = readerOf(content);
		const hanging = {
			...reader,
			read: async () => await new Promise<never>((_, reject) => (stall = () => reject(stalled))),
		};
		const range = { start: 0, length: 9 };
		const first = readRange(factsOf(content.length), hanging, range, slot, { isOpen: true }).next();
		await new Promise((resolve) => setImmediate(resolve));
		const second = readRange(factsOf(content.length), reader, range, slot, { isOpen: true }).next();
		stall();
		expect([await failureOf(first), await failureOf(second), reader.reads]).toEqual([stalled, stalled, 0]);
	});

	it.each([
		['stalled', new MasvTransferError('It stalled', { code: 'file_read_stalled', file: 'a.mov' })],
		['was given up', new MasvCancelledError()],
	])('gives the buffers of a read that %s to nobody else', async (_, error) => {
		const slot = createSlots(1, instantClock()).take();
		const used: Uint8Array[] = [];
		const reader = {
			...readerOf(content),
			read: async (into: Uint8Array) => {
				used.push(into);
				return await Promise.reject<number>(error);
			},
		};
		const range = readRange(factsOf(content.length), reader, { start: 0, length: 9 }, slot, { isOpen: true });
		await failureOf(range.next());
		await new Promise((resolve) => setImmediate(resolve));
		expect(slot.buffer(0, 9).buffer).not.toBe(used[0]?.buffer);
	});
});
