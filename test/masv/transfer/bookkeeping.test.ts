import { MasvCancelledError } from '../../../masv/errors';
import { createBookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Journal, JournalRecord } from '../../../masv/transfer/journal';
import type { Leases } from '../../../masv/transfer/lease';
import { describeJournal } from '../../contracts/journal';
import { memoryJournal } from '../../support/memoryJournal';

const unwritable = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
const fail = async (): Promise<never> => await Promise.reject(unwritable);

let reasons: string[];
beforeEach(() => {
	reasons = [];
});

const noLeases: Leases = { take: fail };
const bookkeeping = (journal: Journal, leases: Leases = noLeases) =>
	createBookkeeping({ journal, leases }, (reason) => reasons.push(reason));

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

	it('drops all lines after one that failed, but still removes and closes the record', async () => {
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
		await quiet.close();
		expect(calls).toEqual(['{"part":1}', 'remove', 'close']);
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
