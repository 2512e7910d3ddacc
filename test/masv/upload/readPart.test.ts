import { MasvTransferError } from '../../../masv/errors';
import { readRange } from '../../../masv/upload/readPart';
import type { FileFacts, RangeReader } from '../../../masv/transfer/source';
import { randomOf } from '../../support/random';
import { failureOf } from '../../support/failureOf';
import { patternBytes } from '../../support/testMasv';
import { createPartCutter } from '../../../masv/upload/partCutter';
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
		look: () => ({ bytes: content.length, modifiedMs: 0 }),
		close: () => undefined,
	};
	return reader;
}

async function* slicesOf(content: Buffer, nextSize: () => number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < content.length;) {
		const size = nextSize();
		yield await Promise.resolve(content.subarray(at, at + size));
		at += size;
	}
}

describe('readRange', () => {
	const content = patternBytes(3 * pieceBytes + 17);

	/** All bytes of a range; each piece is copied at once, because its buffer is used again. */
	async function read(reader: RangeReader, start: number, length: number): Promise<Buffer> {
		const pieces = [];
		const slot = createSlots(1).take();
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

	it('leaves a piece alone until the next but one is asked for', async () => {
		const slot = createSlots(1).take();
		const attempt = { isOpen: true };
		const whole = { start: 0, length: content.length };
		const range = readRange(factsOf(content.length), readerOf(content), whole, slot, attempt);
		const first = (await range.next()).value as Uint8Array;
		const second = (await range.next()).value as Uint8Array;
		await slot.reading.catch(() => undefined);
		expect(Buffer.compare(second, content.subarray(pieceBytes, 2 * pieceBytes))).toBe(0);
		expect(first.buffer).not.toBe(second.buffer);
		await range.return(undefined);
	});

	it('reads nothing more into its slot when the attempt is over', async () => {
		const slot = createSlots(1).take();
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
		const slot = createSlots(1).take();
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
});

describe('createSlots', () => {
	it('uses slots again and never makes more than it may', () => {
		const slots = createSlots(2);
		const [a, b] = [slots.take(), slots.take()];
		expect(() => slots.take()).toThrow('More than 2 parts are in flight');
		slots.give(a);
		expect(slots.take()).toBe(a);
		expect(b).not.toBe(a);
	});

	it('gives every slot two buffers of its own', () => {
		const slots = createSlots(3);
		const buffers = [slots.take(), slots.take(), slots.take()].flatMap((slot) =>
			slot.buffers.map(({ buffer }) => buffer),
		);
		expect(new Set(buffers).size).toBe(6);
	});
});

describe('createPartCutter', () => {
	it('gives all bytes in their order, however they come and are cut', async () => {
		const random = randomOf(5);
		for (let turn = 0; turn < 100; turn++) {
			const content = patternBytes(random(0, 5_000), turn + 1);
			const largest = random(1, 6_000);
			// A store may give pieces of any size, empty ones too.
			const cutter = createPartCutter(
				factsOf(content.length),
				slicesOf(content, () => random(0, largest)),
			);
			const partBytes = random(1, 2_000);
			const parts = [];
			for (let at = 0; at < content.length; at += partBytes) {
				const length = Math.min(partBytes, content.length - at);
				const part = Buffer.concat(await cutter.cut(length));
				expect(part.length).toBe(length);
				parts.push(part);
			}
			await cutter.finish();
			expect({ turn, same: Buffer.concat(parts).equals(content) }).toEqual({ turn, same: true });
		}
	});

	it('gives an empty part of an empty file', async () => {
		const cutter = createPartCutter(
			factsOf(0),
			slicesOf(Buffer.alloc(0), () => 1),
		);
		expect(await cutter.cut(0)).toEqual([]);
		await cutter.finish();
	});

	it('fails when the stream ends too early', async () => {
		const cutter = createPartCutter(
			factsOf(10),
			slicesOf(Buffer.alloc(7), () => 3),
		);
		await cutter.cut(5);
		expect((await failureOf(cutter.cut(5))).message).toContain('it ended after 7 of 10 bytes');
	});

	it('fails when something is left', async () => {
		const cutter = createPartCutter(
			factsOf(5),
			slicesOf(Buffer.alloc(6), () => 3),
		);
		await cutter.cut(5);
		expect((await failureOf(cutter.finish())).message).toContain('it is longer than the expected 5 bytes');
	});

	it('takes no more from the stream than it needs', async () => {
		let pulled = 0;
		const cutter = createPartCutter(
			factsOf(100),
			slicesOf(Buffer.alloc(100), () => {
				pulled++;
				return 10;
			}),
		);
		await cutter.cut(25);
		expect(pulled).toBe(3);
	});

	it('lets go of the stream when it is closed', async () => {
		let isClosed = false;
		async function* stream(): AsyncGenerator<Uint8Array> {
			try {
				yield await Promise.resolve(Buffer.alloc(10));
			} finally {
				isClosed = true;
			}
		}
		const cutter = createPartCutter(factsOf(10), stream());
		await cutter.cut(5);
		cutter.close();
		await new Promise((resolve) => setImmediate(resolve));
		expect(isClosed).toBe(true);
	});
});
