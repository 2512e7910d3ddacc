import { createBufferPool } from '../../../masv/transfer/bufferPool';

describe('a pool of buffers', () => {
	it('hands out those that were given back', () => {
		const pool = createBufferPool(() => 4);
		const [first, second] = [pool.take(), pool.take()];
		expect([first.length, second.length, first === second]).toEqual([4, 4, false]);
		pool.give(first);
		expect(pool.take()).toBe(first);
	});

	it('forgets those of another size when the size changes, also those that are still in use', () => {
		let bytes = 8;
		const pool = createBufferPool(() => bytes);
		const [free, used] = [pool.take(), pool.take()];
		pool.give(free);
		bytes = 4;
		const fresh = pool.take();
		expect(fresh.length).toBe(4);
		pool.give(fresh);
		pool.give(used);
		expect([pool.take(), pool.take()].map(({ length }) => length)).toEqual([4, 4]);
	});
});
