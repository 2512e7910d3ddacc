import { forgetSent, readKeptLedger, readLedgers } from '../../../masv/sync/keptLedgers';
import { openLedger } from '../../../masv/sync/ledgerBook';
import { createGuard } from '../../../masv/transfer/guard';
import type { Journal } from '../../../masv/transfer/journal';
import type { Leases } from '../../../masv/transfer/lease';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';
import { nockClient } from '../../support/nockMasv';
import { watchDurable } from '../../support/watchDurable';

const clock = instantClock();
const client = nockClient({ clock });
const id = 'a'.repeat(40);

describe('a ledger that somebody looks at', () => {
	let ledgers: Journal;
	beforeEach(async () => {
		ledgers = memoryJournal().join();
		const book = await openLedger(client, await ledgers.open(id), createGuard(undefined, clock), 0);
		await book.begin({ scope: 'S', workflow: 'W', node: 'N' });
	});

	it('is shown and reset in its own workflow', async () => {
		const place = { ledgers, id, workflow: 'W' };
		expect((await readKeptLedger(place, clock)).node).toBe('N');
		expect((await readLedgers(ledgers, 'W', clock)).map((each) => each.id)).toEqual([id]);
		expect(await forgetSent(client, place, {})).toEqual({ files: 0, packages: 0 });
	});

	it('is neither shown nor reset in another workflow: it may belong to other people', async () => {
		const place = { ledgers, id, workflow: 'another' };
		await expect(readKeptLedger(place, clock)).rejects.toMatchObject({ code: 'ledger_not_found' });
		await expect(forgetSent(client, place, {})).rejects.toMatchObject({ code: 'ledger_not_found' });
		expect(await readLedgers(ledgers, 'another', clock)).toEqual([]);
		expect((await ledgers.open(id)).lines).toHaveLength(1);
	});

	it('is reset on the disk, once no run is at work, and is free again then', async () => {
		const { journal, kinds } = watchDurable(ledgers);
		const done: string[] = [];
		const release = async (): Promise<void> => await Promise.resolve(void done.push('released'));
		const take: Leases['take'] = async (key) => {
			done.push(`took ${key}`);
			return await Promise.resolve({ fence: 1, isHeld: () => Promise.resolve(true), release });
		};
		await forgetSent(client, { ledgers: journal, leases: { take }, id, workflow: 'W' }, {});
		expect([done, kinds]).toEqual([[`took ${id}`, 'released'], ['forgotten']]);
	});

	it('is not said to be reset if that cannot be written', async () => {
		const open: Journal['open'] = async (key) => {
			let isFull = false;
			const append = async (): Promise<void> => await Promise.resolve(void (isFull = true));
			return { ...(await ledgers.open(key)), append, hasFailed: () => isFull };
		};
		const place = { ledgers: { ...ledgers, open }, id, workflow: 'W' };
		await expect(forgetSent(client, place, {})).rejects.toMatchObject({ code: 'ledger_not_available' });
	});

	it.each(['', `../${id}`, id.slice(1), id.toUpperCase()])('is not looked for under "%s"', async (other) => {
		const open: Journal['open'] = async () => await Promise.reject(new Error('opened'));
		const place = { ledgers: { ...ledgers, open }, id: other, workflow: 'W' };
		await expect(readKeptLedger(place, clock)).rejects.toMatchObject({ code: 'ledger_not_found' });
	});

	it('is listed without the lines that say what was sent', async () => {
		const book = await openLedger(client, await ledgers.open(id), createGuard(undefined, clock), 0);
		await book.write({ kind: 'marked', delivery: 'D', at: 0 });
		let read: unknown[] = [];
		const readAll: Journal['readAll'] = async (...args) => {
			const records = await ledgers.readAll(...args);
			read = [...(records?.values() ?? [])].flat();
			return records;
		};
		expect(await readLedgers({ ...ledgers, readAll }, 'W', clock)).toEqual([{ id, node: 'N' }]);
		expect(read).toMatchObject([{ kind: 'begun' }]);
	});

	it('is not said to be missing if it cannot be read', async () => {
		const open: Journal['open'] = async (key) => ({ ...(await ledgers.open(key)), lines: [], hasFailed: () => true });
		const place = { ledgers: { ...ledgers, open }, id, workflow: 'W' };
		await expect(readKeptLedger(place, clock)).rejects.toMatchObject({ code: 'ledger_not_available' });
	});
});
