import type { Journal, JournalRecord } from '../../masv/transfer/journal';
import type { Lease, Leases } from '../../masv/transfer/lease';
import { describeJournal } from '../contracts/journal';
import { describeLeases } from '../contracts/leases';
import { Dice } from './dice';
import { simClock } from './simClock';
import { JournalDisk, simJournal } from './simJournal';
import type { LeaseBoard } from './simLeases';
import { silenceMs, simLeases } from './simLeases';
import { Timeline } from './timeline';
import { Worker } from './worker';

/** A time line on which short effects happen by themselves, while longer waits end when the test lets time pass. */
function pumpedTimeline() {
	const timeline = new Timeline();
	const shortMs = 20;
	const pumped = async <T>(started: Promise<T>): Promise<T> => {
		let isSettled = false;
		const done = started.finally(() => (isSettled = true));
		done.catch(() => undefined);
		while (!isSettled) {
			const hasStepped = await timeline.step(timeline.nowMs + shortMs);
			if (!hasStepped) await new Promise((resolve) => setImmediate(resolve));
		}
		return await done;
	};
	const advance = async (ms: number): Promise<void> => {
		const untilMs = timeline.nowMs + ms;
		while (await timeline.step(untilMs));
		timeline.nowMs = untilMs;
	};
	let workers = 0;
	const newWorker = (): Worker => {
		const name = `worker ${++workers}`;
		return new Worker(name, 'host', timeline, new Dice(workers), []);
	};
	return { timeline, pumped, advance, newWorker };
}

describeLeases('of the simulation', () => {
	const { timeline, pumped, advance, newWorker } = pumpedTimeline();
	const board: LeaseBoard = new Map();
	const workers = new Map<Leases, Worker>();
	const toPumped = (lease: Lease): Lease => ({
		fence: lease.fence,
		isHeld: async () => await pumped(lease.isHeld()),
		release: async () => await pumped(lease.release()),
	});
	return Promise.resolve({
		join: () => {
			const worker = newWorker();
			const own = simLeases(worker, simClock(worker, 0), board, { share: 0, onFault: () => undefined });
			const leases: Leases = {
				take: async (key, options) => {
					const taken = await pumped(own.take(key, options));
					return typeof taken === 'object' ? toPumped(taken) : taken;
				},
			};
			workers.set(leases, worker);
			return leases;
		},
		advance,
		freeze: (leases) => timeline.drop(workers.get(leases) as Worker),
		silenceMs,
		close: () => Promise.resolve(),
	});
});

describeJournal('of the simulation', () => {
	const { pumped, newWorker } = pumpedTimeline();
	const disk = new JournalDisk();
	const nothing = (): void => undefined;
	const faults = { share: 0, code: 'ENOSPC', onFault: nothing, onRead: nothing, onWrite: nothing };
	const toPumped = (record: JournalRecord): JournalRecord => ({
		lines: record.lines,
		append: async (line) => await pumped(record.append(line)),
		replace: async (lines) => await pumped(record.replace?.(lines) ?? Promise.resolve()),
		remove: async () => await pumped(record.remove()),
		close: async () => await pumped(record.close()),
	});
	return Promise.resolve({
		join: (): Journal => {
			const own = simJournal(newWorker(), disk, faults);
			return {
				open: async (key) => toPumped(await pumped(own.open(key))),
				readAll: async (...args) => await pumped(own.readAll(...args)),
			};
		},
		failWrites: () => (faults.share = 1),
		repair: () => (faults.share = 0),
		close: () => Promise.resolve(),
	});
});
