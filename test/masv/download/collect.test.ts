import { createCollector } from '../../../masv/download/collect';
import { createBufferPool } from '../../../masv/transfer/bufferPool';

/** Takes 4 bytes at a time into a buffer of 4. @param settle ends the write of these bytes */
function collectorWith(settle: (bytes: Uint8Array) => Promise<void>) {
	const pool = createBufferPool(() => 4);
	return { pool, collector: createCollector(pool, { start: 0, end: undefined }, 'download "a.mov"', settle) };
}

describe('what is written of a range', () => {
	it('is not replaced in the buffer of a write that was given up, because the disk may still read it', async () => {
		let written: Uint8Array | undefined;
		const { pool, collector } = collectorWith(async (bytes) => {
			written = bytes;
			return await Promise.reject(new Error('The disk does not respond'));
		});
		void collector.take(Buffer.from('abcd'))?.catch(() => undefined);
		await expect(collector.settle()).rejects.toThrow('The disk does not respond');
		pool.take().fill(0);
		expect(Buffer.from(written ?? []).toString()).toBe('abcd');
	});

	it('uses the buffer of a finished write again', async () => {
		let written: Uint8Array | undefined;
		const { pool, collector } = collectorWith(async (bytes) => await Promise.resolve(void (written = bytes)));
		void collector.take(Buffer.from('abcd'));
		expect(await collector.settle()).toBe(4);
		expect(pool.take().buffer).toBe(written?.buffer);
	});

	it('lets the next piece wait while one buffer is written and no other one has been begun', async () => {
		let end = (): void => undefined;
		const { collector } = collectorWith(async () => await new Promise((resolve) => (end = resolve)));
		expect(collector.take(Buffer.from('abc'))).toBeUndefined();
		let hasRoom = false;
		const room = collector.take(Buffer.from('d'))?.then(() => (hasRoom = true));
		await new Promise(setImmediate);
		expect(hasRoom).toBe(false);
		end();
		await room;
		expect(hasRoom).toBe(true);
	});
});
