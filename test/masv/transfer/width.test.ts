import { createLines } from '../../../masv/transfer/lines';
import type { Lines } from '../../../masv/transfer/lines';
import type { BufferKind, MemoryShares } from '../../../masv/transfer/memoryShares';
import { createMemoryShares, receiveBuffers, sendBuffers } from '../../../masv/transfer/memoryShares';
import type { Width } from '../../../masv/transfer/width';
import { openWidth } from '../../../masv/transfer/width';

const server = 'https://masv.test';
/** A clock that stands still. */
const unhurried = { clock: { now: () => 0 }, load: undefined };

/** A width that tells how many files may be under way while the processor is as busy as the test says. */
function widthUnderLoad(count: number, aheadPerConnection?: number) {
	const { lines, set } = givenLines();
	let [now, share] = [0, 0];
	const width = openWidth({
		connections: undefined,
		lines,
		line: server,
		memoryShares: createMemoryShares(),
		buffers: sendBuffers,
		workersAhead: 12,
		...(aheadPerConnection !== undefined && { aheadPerConnection }),
		clock: { now: () => now },
		load: { watch: () => () => share },
	});
	set(count);
	return {
		width,
		/** Content moves after so many milliseconds in which the processor was busy for this share of them. */
		after: (ms: number, busy: number): void => {
			[now, share] = [now + ms, busy];
			width.moved(1);
		},
		/** @returns how many files may be under way */
		files: async (): Promise<number> => {
			let taken = 0;
			while (!width.workers.isShort) {
				void width.workers.take(1).then(() => taken++);
				await Promise.resolve();
				await Promise.resolve();
			}
			return taken;
		},
	};
}
const open = ({
	connections,
	lines,
	memoryShares,
	buffers = sendBuffers,
}: {
	connections?: number;
	lines?: Lines;
	memoryShares?: MemoryShares;
	buffers?: BufferKind;
}): Width => openWidth({ ...unhurried, connections, lines, line: server, memoryShares, buffers, workersAhead: 12 });

/** Lines on which the test decides how many connections there are. */
function givenLines() {
	let tell: (connections: number) => void = () => undefined;
	let isFull = () => false;
	let inUse = () => 0;
	const told = { moved: 0, failed: 0, left: 0 };
	let current = 8;
	const lines: Lines = {
		join: (_, user) => {
			[tell, isFull, inUse] = [user.onChange, user.isFull, user.inUse];
			return {
				get connections() {
					return current;
				},
				moved: (bytes) => void (told.moved += bytes),
				failed: () => void told.failed++,
				leave: () => void told.left++,
			};
		},
	};
	return { lines, told, isFull: () => isFull(), inUse: () => inUse(), set: (count: number) => tell((current = count)) };
}

/** Begins so many parts, which go on until `end`. */
async function partsUnderWay(width: Width, count: number) {
	let finish: () => void = () => undefined;
	const finished = new Promise<void>((resolve) => (finish = resolve));
	const parts: Array<Promise<void>> = [];
	const begin = async (more: number): Promise<void> => {
		for (let part = 0; part < more; part++) parts.push(width.limit(async () => await finished));
		await new Promise((resolve) => setImmediate(resolve));
	};
	const end = async (): Promise<void> => {
		finish();
		await Promise.all(parts);
	};
	await begin(count);
	return { begin, end };
}

describe('the width of a transfer', () => {
	it('is the given number, or eight where nothing finds a better one', () => {
		const { lines } = givenLines();
		expect(open({ connections: 3, lines })).toMatchObject({ most: 3, connections: 3 });
		expect(open({ connections: 3, lines }).limit.concurrency).toBe(3);
		const width = open({});
		expect([width.most, width.limit.concurrency, width.workersFor(8)]).toEqual([8, 8, 8]);
	});

	it('follows what is found for the line', async () => {
		const { lines, set } = givenLines();
		const width = open({ lines });
		expect([width.most, width.limit.concurrency, width.workersFor(64)]).toEqual([64, 8, 8]);
		let running = 0;
		const end: Array<() => void> = [];
		const parts = Array.from({ length: 40 }, async () =>
			width.limit(async () => {
				running++;
				await new Promise<void>((resolve) => end.push(resolve));
			}),
		);
		const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
		await turn();
		expect(running).toBe(8);
		set(32);
		await turn();
		expect(running).toBe(32);
		expect([width.workersFor(64), width.workersFor(5)]).toEqual([68, 5]);
		set(4);
		while (end.length > 0) {
			end.splice(0).forEach((each) => each());
			await turn();
		}
		await Promise.all(parts);
		expect(running).toBe(40);
	});

	it('lets more files begin when the number grows', async () => {
		const { lines, set } = givenLines();
		const width = open({ lines });
		await width.workers.take(20);
		let hasBegun = false;
		const next = width.workers.take(8).then(() => (hasBegun = true));
		await Promise.resolve();
		expect(hasBegun).toBe(false);
		set(16);
		await next;
		expect(hasBegun).toBe(true);
	});

	it('lets more files begin than there are connections, so that those wait for none', async () => {
		const { lines, set } = givenLines();
		const width = open({ lines });
		set(64);
		await Promise.all(Array.from({ length: 160 }, async () => await width.workers.take(1)));
		void width.workers.take(1);
		expect(width.workers.isShort).toBe(true);
	});

	it.each([
		[1, 13],
		[8, 40],
		[16, 80],
		[32, 160],
		[64, 160],
	])('lets %i connections have %i files under way whose requests mostly carry no content', async (count, files) => {
		const { after, files: underWay } = widthUnderLoad(count, 4);
		after(100, 0.1);
		expect(await underWay()).toBe(files);
	});

	it('lets as many begin for each connection as for the first eight, if nothing else is asked for', async () => {
		const { after, files: underWay } = widthUnderLoad(32);
		after(100, 0.1);
		expect(await underWay()).toBe(32 + 48);
	});

	it('leaves twelve workers for others beside a file of as many pieces as there are connections', () => {
		const { after, width } = widthUnderLoad(8, 4);
		after(100, 0.1);
		expect([width.workersFor(7), width.workersFor(8)]).toEqual([7, 28]);
	});

	it.each([
		['it has not been looked at for long enough', 99, 0, 20],
		['it has little time', 100, 0.6, 20],
		['it has time', 100, 0.59, 40],
	])('has fewer files under way unless the processor has time: %s', async (_, ms, busy, files) => {
		const { after, files: underWay } = widthUnderLoad(8, 4);
		after(ms, busy);
		expect(await underWay()).toBe(files);
	});

	it.each([
		[0.9, 40],
		[0.91, 20],
	])('has fewer again when the processor is the bound: busy for %d of the time', async (busy, files) => {
		const { after, files: underWay } = widthUnderLoad(8, 4);
		after(100, 0.1);
		after(100, busy);
		expect(await underWay()).toBe(files);
	});

	it('looks at the load ten times a second at most', async () => {
		const { after, files: underWay } = widthUnderLoad(8, 4);
		after(100, 0.1);
		after(99, 0.95);
		expect(await underWay()).toBe(40);
	});

	it('looks at the load also after the clock was set back', async () => {
		const { after, files: underWay } = widthUnderLoad(8, 4);
		after(-3_600_000, 0.1);
		expect(await underWay()).toBe(40);
	});

	it.each([1, 3, 7, 8, 16, 64])(
		'leaves twelve workers for others beside a large file on %i connections',
		async (count) => {
			const { lines, set } = givenLines();
			const width = open({ lines });
			set(count);
			await width.workers.take(width.workersFor(1_000));
			for (let other = 0; other < 12; other++) await width.workers.take(1);
			void width.workers.take(1);
			expect(width.workers.isShort).toBe(true);
		},
	);

	it('is full while files wait, though none of them needs a connection now', async () => {
		const given = givenLines();
		const width = open({ lines: given.lines });
		for (let file = 0; file < 20; file++) await width.workers.take(1);
		expect(given.isFull()).toBe(false);
		const next = width.workers.take(1);
		expect(given.isFull()).toBe(true);
		width.workers.give(1);
		await next;
		expect(given.isFull()).toBe(false);
	});

	it('is full while parts wait', async () => {
		const given = givenLines();
		const width = open({ lines: given.lines });
		expect(given.isFull()).toBe(false);
		const ends: Array<() => void> = [];
		const parts = Array.from({ length: 9 }, async () =>
			width.limit(async () => await new Promise<void>((resolve) => ends.push(resolve))),
		);
		expect([given.isFull(), given.inUse()]).toEqual([true, 8]);
		while (ends.length > 0 || width.limit.activeCount > 0) {
			ends.splice(0).forEach((each) => each());
			await new Promise((resolve) => setImmediate(resolve));
		}
		await Promise.all(parts);
	});

	it('is full with the most pieces under way, of which a single file has no more that could wait', async () => {
		const given = givenLines();
		const width = open({ lines: given.lines });
		given.set(64);
		const { begin, end } = await partsUnderWay(width, 63);
		expect([given.isFull(), given.inUse()]).toEqual([false, 63]);
		await begin(1);
		expect([given.isFull(), given.inUse(), width.limit.pendingCount]).toEqual([true, 64, 0]);
		await end();
	});

	it('has short buffers as long as pieces are under way that were begun when there were more connections', async () => {
		const { lines, set } = givenLines();
		const width = open({ lines });
		set(64);
		const { end } = await partsUnderWay(width, 17);
		const most = width.bufferBytes;
		set(16);
		expect([most, width.bufferBytes]).toEqual([128 * 1024, 128 * 1024]);
		// Nor longer ones because there may be some more in the meantime.
		set(10);
		expect(width.bufferBytes).toBe(128 * 1024);
		set(17);
		expect(width.bufferBytes).toBe(480 * 1024);
		set(16);
		expect(width.bufferBytes).toBe(480 * 1024);
		await end();
		expect(width.bufferBytes).toBe(512 * 1024);
	});

	it('has buffers for as many connections as there may be, also if none was taken when there were more', async () => {
		const { lines, set } = givenLines();
		const width = open({ lines });
		set(64);
		const { end } = await partsUnderWay(width, 33);
		set(32);
		expect(width.bufferBytes).toBe(256 * 1024);
		await end();
	});

	it('tells the line what was sent and what failed, and leaves it at the end', () => {
		const { lines, told } = givenLines();
		const width = open({ lines });
		width.moved(5);
		width.failed(new Error('lost'));
		width.close();
		expect(told).toEqual({ moved: 5, failed: 1, left: 1 });
	});

	it('has buffers that become shorter with more connections, and with more transfers', () => {
		const { lines, set } = givenLines();
		const memoryShares = createMemoryShares();
		const width = open({ lines, memoryShares });
		const before = width.bufferBytes;
		set(32);
		expect([before, width.bufferBytes]).toEqual([512 * 1024, 256 * 1024]);
		const other = open({ connections: 64, memoryShares });
		expect([width.bufferBytes, other.bufferBytes]).toEqual([128 * 1024, 128 * 1024]);
		other.close();
		expect(width.bufferBytes).toBe(256 * 1024);
	});

	it('has fewer and larger buffers for what is received', () => {
		expect(open({ connections: 8, buffers: receiveBuffers }).bufferBytes).toBe(768 * 1024);
		expect(open({ connections: 64, buffers: receiveBuffers }).bufferBytes).toBe(192 * 1024);
	});

	it('is shared by the transfers of the process on one line', () => {
		const lines = createLines({ now: () => 0 });
		const widths = [open({ lines }), open({ lines })];
		expect(widths.map(({ limit }) => limit.concurrency)).toEqual([4, 4]);
		widths[1]?.close();
		expect(widths[0]?.limit.concurrency).toBe(8);
	});
});
