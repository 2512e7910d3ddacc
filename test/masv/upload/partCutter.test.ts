import { MasvCancelledError } from '../../../masv/errors';
import { createPartCutter } from '../../../masv/upload/partCutter';
import type { FileFacts, OpenStream } from '../../../masv/transfer/source';
import { failureOf } from '../../support/failureOf';
import { randomOf } from '../../support/random';
import { patternBytes } from '../../support/testSources';

const factsOf = (bytes: number): FileFacts => ({ name: 'a.mov', path: '', bytes, modifiedAt: new Date(0) });

function slicesOf(content: Buffer, nextSize: () => number): OpenStream {
	return { pieces: piecesOf(content, nextSize), close: () => {} };
}

async function* piecesOf(content: Buffer, nextSize: () => number): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < content.length;) {
		const size = nextSize();
		yield await Promise.resolve(content.subarray(at, at + size));
		at += size;
	}
}

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

	it('cuts nothing more when it is closed', async () => {
		const cutter = createPartCutter(
			factsOf(10),
			slicesOf(Buffer.alloc(10), () => 5),
		);
		await cutter.cut(5);
		cutter.close();
		expect(await failureOf(cutter.cut(5))).toBeInstanceOf(MasvCancelledError);
	});

	it('ends a stalled stream when it is closed, without waiting for it', async () => {
		let closed = 0;
		const stalled = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
		const cutter = createPartCutter(factsOf(10), { pieces: stalled, close: () => void closed++ });
		const cutting = cutter.cut(5);
		cutter.close();
		expect(await failureOf(cutting)).toBeInstanceOf(MasvCancelledError);
		expect(closed).toBe(1);
	});
});
