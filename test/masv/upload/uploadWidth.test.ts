import { createLines } from '../../../masv/transfer/lines';
import type { Lines } from '../../../masv/transfer/lines';
import { openWidth } from '../../../masv/upload/uploadWidth';

const server = 'https://masv.test';
const planOf = (parts: number, parallelParts: number) => ({ partBytes: 5_242_880, parts, parallelParts });

/** Lines on which the test decides how many connections there are. */
function givenLines() {
	let tell: (connections: number) => void = () => undefined;
	let isFull = () => false;
	const told = { moved: 0, failed: 0, left: 0 };
	let current = 8;
	const lines: Lines = {
		join: (_, full, onChange) => {
			[tell, isFull] = [onChange, full];
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
	return { lines, told, isFull: () => isFull(), set: (count: number) => tell((current = count)) };
}

describe('the width of an upload', () => {
	it('is the given number, or eight where nothing finds a better one', () => {
		const { lines } = givenLines();
		expect(openWidth({ parallelParts: 3, lines }, server)).toMatchObject({ parallelParts: 3 });
		expect(openWidth({ parallelParts: 3, lines }, server).limit.concurrency).toBe(3);
		const width = openWidth({}, server);
		expect([width.parallelParts, width.limit.concurrency, width.workersFor(planOf(8, 8))]).toEqual([8, 8, 8]);
	});

	it('follows what is found for the line', async () => {
		const { lines, set } = givenLines();
		const width = openWidth({ lines }, server);
		expect([width.parallelParts, width.limit.concurrency, width.workersFor(planOf(100, 64))]).toEqual([64, 8, 8]);
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
		expect([width.workersFor(planOf(100, 64)), width.workersFor(planOf(5, 5))]).toEqual([32, 5]);
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
		const width = openWidth({ lines }, server);
		await width.workers.take(20);
		let hasBegun = false;
		const next = width.workers.take(8).then(() => (hasBegun = true));
		await Promise.resolve();
		expect(hasBegun).toBe(false);
		set(16);
		await next;
		expect(hasBegun).toBe(true);
	});

	it('is full while parts wait', async () => {
		const given = givenLines();
		const width = openWidth({ lines: given.lines }, server);
		expect(given.isFull()).toBe(false);
		const ends: Array<() => void> = [];
		const parts = Array.from({ length: 9 }, async () =>
			width.limit(async () => await new Promise<void>((resolve) => ends.push(resolve))),
		);
		expect(given.isFull()).toBe(true);
		while (ends.length > 0 || width.limit.activeCount > 0) {
			ends.splice(0).forEach((each) => each());
			await new Promise((resolve) => setImmediate(resolve));
		}
		await Promise.all(parts);
	});

	it('tells the line what was sent and what failed, and leaves it at the end', () => {
		const { lines, told } = givenLines();
		const width = openWidth({ lines }, server);
		width.moved(5);
		width.failed(new Error('lost'));
		width.close();
		expect(told).toEqual({ moved: 5, failed: 1, left: 1 });
	});

	it('is shared by the uploads of the process to one server', () => {
		const lines = createLines({ now: () => 0 });
		const widths = [openWidth({ lines }, server), openWidth({ lines }, server)];
		expect(widths.map(({ limit }) => limit.concurrency)).toEqual([4, 4]);
		widths[1]?.close();
		expect(widths[0]?.limit.concurrency).toBe(8);
	});
});
