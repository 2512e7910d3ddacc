import { MasvCancelledError } from '../../../masv/errors';
import { createBookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Journal, JournalRecord } from '../../../masv/transfer/journal';
import type { Lease, Leases } from '../../../masv/transfer/lease';
import { describeJournal } from '../../contracts/journal';
import { failureOf } from '../../support/failureOf';
import { memoryJournal } from '../../support/memoryJournal';
import { steppedClock } from '../../support/steppedClock';

const unwritable = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
const fail = async (): Promise<never> => await Promise.reject(unwritable);

let reasons: string[];
let clock: ReturnType<typeof steppedClock>;
let stop: AbortController;
beforeEach(() => {
	reasons = [];
	clock = steppedClock();
	stop = new AbortController();
});

const noLeases: Leases = { take: fail };
const bookkeeping = (journal: Partial<Journal>, leases: Leases = noLeases) =>
	createBookkeeping(
		{ journal: { open: fail, readAll: fail, ...journal }, leases },
		clock,
		(reason) => reasons.push(reason),
		stop.signal,
	);

const fine: JournalRecord = {
	lines: [{ part: 1 }],
	append: async () => {},
	remove: async () => {},
	close: async () => {},
};

describeJournal('bookkeeping that never fails', () => {
	const memory = memoryJournal();
	return Promise.resolve({ ...memory, join: () => bookkeeping(memory.join()).journal, close: async () => {} });
});

describe('bookkeeping', () => {
	it('without a record to open goes on with an empty one, and reports that once', async () => {
		const { journal } = bookkeeping({ open: fail });
		for (const key of ['one', 'other']) {
			const record = await journal.open(key);
			expect(record.lines).toEqual([]);
			await record.append({ part: 1 });
			await record.remove();
			await record.close();
		}
		expect(reasons).toEqual(['EROFS: read-only file system']);
	});

	it.each(['append', 'remove', 'close'] as const)('survives a failing %s, and reports it once', async (step) => {
		const { journal } = bookkeeping({ open: () => Promise.resolve({ ...fine, [step]: fail }) });
		const record = await journal.open('key');
		expect(record.lines).toEqual([{ part: 1 }]);
		for (const _ of [1, 2]) {
			await record.append({ part: 2 });
			await record.remove();
			await record.close();
		}
		expect(reasons).toEqual(['EROFS: read-only file system']);
	});

	it('that cannot read records says that it does not know them, and reports that', async () => {
		const { journal } = bookkeeping({});
		expect(await journal.readAll('key')).toBeUndefined();
		expect(reasons).toEqual(['EROFS: read-only file system']);
	});

	it('drops all lines after one that failed, until the record is removed, and closes it', async () => {
		const calls: string[] = [];
		let fails = true;
		const record: JournalRecord = {
			lines: [],
			append: async (line) => {
				calls.push(JSON.stringify(line));
				if (fails) await fail();
			},
			remove: () => Promise.resolve(void calls.push('remove')),
			close: () => Promise.resolve(void calls.push('close')),
		};
		const quiet = await bookkeeping({ open: () => Promise.resolve(record) }).journal.open('key');
		await quiet.append({ part: 1 });
		fails = false;
		await quiet.append({ part: 2 });
		await quiet.remove();
		await quiet.append({ part: 3 });
		await quiet.close();
		expect(calls).toEqual(['{"part":1}', 'remove', '{"part":3}', 'close']);
	});

	it('does not report a line that comes after the record was closed', async () => {
		const record = await bookkeeping(memoryJournal().join()).journal.open('key');
		await record.close();
		await record.append({ part: 1 });
		expect(reasons).toEqual([]);
	});

	it('has no lease to offer if there is no place for leases, and reports that once', async () => {
		const { leases } = bookkeeping({ open: fail }, { take: fail });
		expect([await leases.take('key'), await leases.take('key')]).toEqual([undefined, undefined]);
		expect(reasons).toEqual(['EROFS: read-only file system']);
	});

	it('does not mistake a cancelled wait for a place that does not work', async () => {
		const cancelled = new MasvCancelledError();
		const { leases } = bookkeeping({ open: fail }, { take: async () => await Promise.reject(cancelled) });
		await expect(leases.take('key')).rejects.toBe(cancelled);
		expect(reasons).toEqual([]);
	});

	it('passes on a refusal', async () => {
		expect(await bookkeeping({ open: fail }, { take: () => Promise.resolve('held') }).leases.take('key')).toBe('held');
	});

	it('believes that a lease is held while it cannot be known, but not once it is lost', async () => {
		let isHeld: () => Promise<boolean> = () => Promise.resolve(true);
		const lease = { fence: 7, isHeld: async () => await isHeld(), release: async () => {} };
		const { leases } = bookkeeping({ open: fail }, { take: () => Promise.resolve(lease) });
		const quiet = (await leases.take('key')) as typeof lease;
		expect([quiet.fence, await quiet.isHeld()]).toEqual([7, true]);
		isHeld = fail;
		expect([await quiet.isHeld(), await quiet.isHeld()]).toEqual([true, true]);
		expect(reasons).toEqual(['EROFS: read-only file system']);
		isHeld = () => Promise.resolve(false);
		expect(await quiet.isHeld()).toBe(false);
	});
});

describe('bookkeeping in a folder that does not respond', () => {
	const never = async (): Promise<never> => await new Promise(() => {});
	const lease: Lease = { fence: 7, isHeld: never, release: never };
	const doesNotRespond = ['it does not respond'];

	/** Whether it has ended after each of these times, in seconds. */
	const endedAfter = async (work: Promise<unknown>, ...times: number[]): Promise<boolean[]> => {
		let hasEnded = false;
		const end = (): void => void (hasEnded = true);
		void work.then(end, end);
		const ended: boolean[] = [];
		for (const seconds of times) {
			for (let second = 0; second < seconds; second++) await clock.advance(1_000);
			ended.push(hasEnded);
		}
		return ended;
	};

	it.each(['append', 'remove', 'close'] as const)('goes on after half a minute (%s)', async (step) => {
		const { journal } = bookkeeping({ open: () => Promise.resolve({ ...fine, [step]: never }) });
		const record = await journal.open('key');
		expect(await endedAfter(record[step]({}), 20, 9, 1)).toEqual([false, false, true]);
		expect([record.hasFailed?.(), reasons]).toEqual([true, doesNotRespond]);
	});

	it('drops the lines after one that was not written in time', async () => {
		const append = jest.fn(never);
		const record = await bookkeeping({ open: () => Promise.resolve({ ...fine, append }) }).journal.open('key');
		await endedAfter(record.append({ part: 1 }), 29, 1);
		await record.append({ part: 2 });
		expect(append).toHaveBeenCalledTimes(1);
	});

	it('writes nothing more to a record whose lines may still be replaced', async () => {
		const append = jest.fn(async () => {});
		const opened = { ...fine, append, replace: never };
		const record = await bookkeeping({ open: () => Promise.resolve(opened) }).journal.open('key');
		expect(await endedAfter(record.replace?.([]) ?? Promise.resolve(), 29, 1)).toEqual([false, true]);
		await record.append({ part: 2 });
		expect([append.mock.calls, record.hasFailed?.()]).toEqual([[], true]);
	});

	it('has no record and no lease to offer, and closes and releases what it gets too late', async () => {
		let arrive = (): void => {};
		const arrival = new Promise<void>((resolve) => (arrive = resolve));
		const close = jest.fn(() => Promise.resolve());
		const release = jest.fn(() => Promise.resolve());
		const { journal, leases } = bookkeeping(
			{ open: async () => await arrival.then(() => ({ ...fine, close })) },
			{ take: async () => await arrival.then(() => ({ ...lease, release })) },
		);
		const taking = leases.take('key');
		const opening = journal.open('key');
		expect(await endedAfter(opening, 29, 1)).toEqual([false, true]);
		expect(await endedAfter(taking, 2)).toEqual([true]);
		expect([(await opening).lines, (await opening).hasFailed?.(), await taking]).toEqual([[], true, undefined]);
		arrive();
		await clock.advance(0);
		expect([close.mock.calls, release.mock.calls]).toEqual([[[]], [[]]]);
	});

	it('watches one holder after another for as long as the folder responds', async () => {
		const taking = bookkeeping({ open: fail }, { take: never }).leases.take('key');
		expect(await endedAfter(taking, 25, 4, 1)).toEqual([false, false, true]);

		let look = (): void => {};
		const leases: Leases = { take: async (_, options) => ((look = () => options?.onLook?.()), await never()) };
		const watching = bookkeeping({ open: fail }, leases).leases.take('key');
		const ends: boolean[] = [];
		for (let looks = 0; looks < 10; looks++) {
			ends.push(...(await endedAfter(watching, 25)));
			look();
		}
		expect([ends.includes(true), ...(await endedAfter(watching, 29, 1))]).toEqual([false, false, true]);
	});

	it('does not say that a lease is held, so that nothing is changed under it', async () => {
		const held = (await bookkeeping({ open: fail }, { take: () => Promise.resolve(lease) }).leases.take(
			'key',
		)) as Lease;
		const failure = failureOf(held.isHeld());
		expect(await endedAfter(failure, 29, 1)).toEqual([false, true]);
		expect(await failure).toMatchObject({ code: 'delivery_taken_over' });
	});

	it('forgets a lease that is to be forgotten', async () => {
		const release = jest.fn(() => Promise.resolve());
		const { leases } = bookkeeping({ open: fail }, { take: () => Promise.resolve({ ...lease, release }) });
		await ((await leases.take('key')) as Lease).release({ forget: true });
		expect(release.mock.calls).toEqual([[{ forget: true }]]);
	});

	it('ends soon when the run is canceled, at whatever step', async () => {
		const record = await bookkeeping({
			open: () => Promise.resolve({ ...fine, append: never, close: never }),
		}).journal.open('key');
		const { leases } = bookkeeping({ open: fail }, { take: () => Promise.resolve(lease) });
		const held = (await leases.take('key')) as Lease;
		const work = (async () => {
			await record.append({ part: 1 });
			await record.close();
			await held.release();
		})();
		await clock.advance(1_000);
		stop.abort();
		expect(await endedAfter(work, 2, 2, 2)).toEqual([false, false, true]);
	});

	it('is not blamed if the run is canceled while it waits for a lease', async () => {
		const { leases } = bookkeeping({ open: fail }, { take: never });
		const failure = failureOf(leases.take('key', { signal: stop.signal }));
		stop.abort();
		expect(await endedAfter(failure, 2)).toEqual([true]);
		expect([await failure, reasons]).toMatchObject([{ code: 'cancelled' }, []]);
	});

	it('is given only a moment for each further step', async () => {
		const { journal } = bookkeeping({ open: () => Promise.resolve({ ...fine, append: never, close: never }) });
		const one = await journal.open('one');
		await endedAfter(one.append({ part: 1 }), 29, 1);
		expect(await endedAfter(one.close(), 2)).toEqual([true]);
		expect(reasons).toEqual(doesNotRespond);
	});

	it('takes the answer of a folder that has responded while this process was frozen', async () => {
		let respond = (): void => {};
		const append = async (): Promise<void> => await new Promise((resolve) => (respond = resolve));
		const record = await bookkeeping({ open: () => Promise.resolve({ ...fine, append }) }).journal.open('key');
		const appending = record.append({ part: 1 });
		await clock.advance(600_000);
		respond();
		await appending;
		expect([record.hasFailed?.(), reasons]).toEqual([false, []]);
	});
});
