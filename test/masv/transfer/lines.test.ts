import { MasvApiError, MasvConnectionError } from '../../../masv/errors';
import type { Lane } from '../../../masv/transfer/lines';
import { createLines } from '../../../masv/transfer/lines';

const server = 'https://masv.test';
const mebibyte = 1024 * 1024;

function setUp() {
	let now = 1_000_000;
	/** The share of the time in which the processor is busy, until it is told otherwise. */
	let share = 0;
	let watchedAt = now;
	let busyMs = 0;
	const account = (): void => {
		busyMs += share * (now - watchedAt);
		watchedAt = now;
	};
	const watch = () => {
		let [since, busy] = [now, busyMs];
		return () => {
			account();
			const result = (busyMs - busy) / Math.max(1, now - since);
			[since, busy] = [now, busyMs];
			return result;
		};
	};
	const lines = createLines({ now: () => now }, { watch });
	const work = (next: number): void => {
		account();
		share = next;
	};
	const changes: number[] = [];
	const join = (to = server, isFull = () => true): Lane =>
		lines.join(to, { isFull, inUse: () => 0, onChange: (count) => void changes.push(count) });
	/** Lets each connection of these runs move so much per second, in steps of a tenth of a second. */
	const run = (seconds: number, lanes: Lane[], rate: (connections: number) => number): void => {
		for (let step = 0; step < seconds * 10; step++) {
			now += 100;
			for (const lane of lanes) lane.moved((rate(lane.connections) * mebibyte) / 10);
		}
	};
	return { lines, changes, join, run, work, pass: (ms: number) => void (now += ms) };
}

const stalled = new MasvConnectionError('No', { code: 'connection_stalled' });
const tooFrequent = new MasvApiError({
	code: 'request_rejected',
	operation: 'do it',
	service: 'MASV storage',
	status: 503,
	serviceCode: 'SlowDown',
	details: [],
});

describe('the connections to a server', () => {
	it('grow while the rate grows', () => {
		const { join, run, changes } = setUp();
		const lane = join();
		expect(lane.connections).toBe(8);
		run(20, [lane], (connections) => connections);
		expect(lane.connections).toBe(64);
		expect(changes).toEqual([8, 16, 32, 64]);
	});

	it('grow although the first ones seem to be fast until the line is full', () => {
		const { join, run } = setUp();
		const lane = join();
		run(2.9, [lane], () => 1_000);
		run(12, [lane], (connections) => connections);
		expect(lane.connections).toBe(64);
	});

	it('grow from as many as are in use', () => {
		const { lines, run } = setUp();
		const counts: number[] = [];
		const user = { isFull: () => true, inUse: () => 30, onChange: (count: number) => void counts.push(count) };
		const lane = lines.join(server, user);
		run(6, [lane], () => 1);
		expect(counts).toEqual([8, 60]);
	});

	it('stay as they are while the processor has no time for more', () => {
		const { join, run, work } = setUp();
		const lane = join();
		work(0.95);
		run(20, [lane], (connections) => connections);
		expect(lane.connections).toBe(8);
		work(0.85);
		run(30, [lane], (connections) => connections);
		expect(lane.connections).toBe(64);
	});

	it('stay as they are if the processor had time only before the run', () => {
		const { join, run, work, pass } = setUp();
		join().leave();
		pass(3_600_000);
		const lane = join();
		work(1);
		run(20, [lane], (connections) => connections);
		expect(lane.connections).toBe(8);
	});

	it('stay as they are while a run cannot use those it has', () => {
		const { join, run } = setUp();
		const lane = join(server, () => false);
		run(20, [lane], (connections) => connections);
		expect(lane.connections).toBe(8);
	});

	it('are judged only by what full runs have moved', () => {
		const { join, run } = setUp();
		let isFull = true;
		const lane = join(server, () => isFull);
		run(5.5, [lane], () => 1);
		expect(lane.connections).toBe(16);
		isFull = false;
		run(8.7, [lane], () => 3);
		isFull = true;
		run(2.5, [lane], () => 0.5);
		expect(lane.connections).toBe(8);
	});

	it('go on growing when another run joins', () => {
		const { join, run } = setUp();
		const lane = join();
		run(8.5, [lane], (connections) => connections);
		expect(lane.connections).toBe(32);
		const other = join();
		run(3, [lane, other], (connections) => connections);
		expect(lane.connections + other.connections).toBe(64);
	});

	it('are shared evenly by all runs, and given back by a run that ends', () => {
		const { join, changes } = setUp();
		const first = join();
		const others = Array.from({ length: 3 }, () => join());
		expect([first, ...others].map(({ connections }) => connections)).toEqual([2, 2, 2, 2]);
		others.forEach((lane) => lane.leave());
		expect(first.connections).toBe(8);
		expect(changes.at(-1)).toBe(8);
		const many = Array.from({ length: 19 }, () => join());
		expect(many.every(({ connections }) => connections === 1)).toBe(true);
	});

	it('are remembered for the next run, for this server only', () => {
		const { join, run, pass } = setUp();
		const lane = join();
		run(20, [lane], (connections) => connections);
		lane.leave();
		pass(60_000);
		expect(join().connections).toBe(64);
		expect(join('https://other.test').connections).toBe(8);
	});

	it.each([
		['times out', 1_000, stalled],
		['is rejected for being too frequent', 20_000, tooFrequent],
	])('are halved once when everything on its way %s, and again after %i ms', (_, ms, error) => {
		const { join, pass } = setUp();
		const lane = join();
		for (let times = 0; times < 8; times++) lane.failed(error);
		expect(lane.connections).toBe(4);
		pass(ms - 1);
		lane.failed(error);
		expect(lane.connections).toBe(4);
		pass(1);
		lane.failed(error);
		expect(lane.connections).toBe(2);
	});

	it('are halved again after the clock was set back', () => {
		const { join, pass } = setUp();
		const lane = join();
		lane.failed(stalled);
		pass(-86_400_000);
		lane.failed(stalled);
		expect(lane.connections).toBe(2);
	});

	it('are not halved for other failures', () => {
		const { join } = setUp();
		const lane = join();
		lane.failed(new MasvConnectionError('No', { code: 'connection_lost' }));
		lane.failed(new Error('No'));
		expect(lane.connections).toBe(8);
	});

	it('do not count what a failed attempt must send again', () => {
		const { join, run } = setUp();
		const lane = join();
		run(20, [lane], (connections) => {
			// Of another attempt, which has failed.
			lane.moved((-(connections - 8) * mebibyte) / 10);
			return connections;
		});
		expect(lane.connections).toBe(64);
	});

	it('are measured on after the clock was set back', () => {
		const { join, run, pass } = setUp();
		const lane = join();
		pass(-86_400_000);
		run(16, [lane], (connections) => connections);
		expect(lane.connections).toBe(64);
	});
});
