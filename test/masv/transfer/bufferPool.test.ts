import { createBufferPool } from '../../../masv/transfer/bufferPool';

/** A pool whose size the test changes, and the memory of all its buffers so far. */
function setUp(first: number) {
	let bytes = first;
	const memory = new Set<ArrayBufferLike>();
	const pool = createBufferPool(() => bytes);
	const take = (): Uint8Array => {
		const buffer = pool.take();
		memory.add(buffer.buffer);
		return buffer;
	};
	const takeMany = (count: number) => Array.from({ length: count }, take);
	const give = (buffers: Uint8Array[]) => buffers.forEach((buffer) => pool.give(buffer));
	return { take, takeMany, give, memory, set: (next: number) => (bytes = next) };
}

const lengthsOf = (buffers: Uint8Array[]) => buffers.map(({ length }) => length);

/** @returns whether no two of them share a byte */
function areApart(buffers: Uint8Array[]): boolean {
	buffers.forEach((buffer, index) => buffer.fill(index + 1));
	return buffers.every((buffer, index) => buffer.every((byte) => byte === index + 1));
}

describe('a pool of buffers', () => {
	it('hands out those that were given back', () => {
		const { take, give } = setUp(4);
		const [first, second] = [take(), take()] as const;
		expect([first.length, second.length, first === second]).toEqual([4, 4, false]);
		give([first]);
		expect(take()).toBe(first);
	});

	it('cuts its memory into shorter buffers as it is given back', () => {
		const { takeMany, give, memory, set } = setUp(8);
		const [free, used, other] = takeMany(3);
		give([free as Uint8Array]);
		set(4);
		const short = takeMany(2);
		expect([lengthsOf(short), memory.size]).toEqual([[4, 4], 3]);
		give([used as Uint8Array, other as Uint8Array]);
		const all = [...short, ...takeMany(4)];
		expect([lengthsOf(all), areApart(all), memory.size]).toEqual([[4, 4, 4, 4, 4, 4], true, 3]);
		all.push(...takeMany(1));
		expect([areApart(all), memory.size]).toEqual([true, 4]);
	});

	it('makes longer buffers of short ones that were cut from one piece of memory, once none of them is in use', () => {
		const { take, takeMany, give, memory, set } = setUp(8);
		give([take()]);
		set(4);
		const [first, second] = takeMany(2) as [Uint8Array, Uint8Array];
		set(8);
		give([first]);
		const beside = take();
		expect([beside.length, areApart([beside, second]), memory.size]).toEqual([8, true, 2]);
		give([second]);
		const all = [beside, take()];
		expect([lengthsOf(all), areApart(all), memory.size]).toEqual([[8, 8], true, 2]);
	});

	it('hands out memory once that was cut into several buffers, none of which is in use', () => {
		const { takeMany, give, memory, set } = setUp(8);
		give(takeMany(1));
		set(4);
		give(takeMany(2));
		set(8);
		const all = takeMany(2);
		expect([areApart(all), memory.size]).toEqual([true, 2]);
	});

	it('uses all of its memory again after the size has changed and changed back while buffers were in use', () => {
		const { takeMany, give, memory, set } = setUp(8);
		give(takeMany(1));
		set(4);
		const [first, second] = takeMany(2) as [Uint8Array, Uint8Array];
		give([first]);
		set(2);
		give(takeMany(1));
		set(4);
		give([second]);
		const all = takeMany(3);
		expect([lengthsOf(all), areApart(all), memory.size]).toEqual([[4, 4, 4], true, 3]);
	});

	it('forgets memory that is too short for what is needed now', () => {
		const { take, give, memory, set } = setUp(4);
		give([take()]);
		set(8);
		expect([take().length, memory.size]).toEqual([8, 2]);
	});

	it('does not hand out what a taker keeps', () => {
		const { take, takeMany, memory, set } = setUp(8);
		const kept = take();
		set(4);
		const others = takeMany(3);
		expect([areApart([kept, ...others]), memory.size]).toEqual([true, 4]);
	});
});
