import { takeLinkRecord } from '../../../masv/download/linkRecord';
import type { Journal } from '../../../masv/transfer/journal';
import type { Leases } from '../../../masv/transfer/lease';
import { memoryJournal } from '../../support/memoryJournal';
import { nockClient } from '../../support/nockMasv';

const take = async (journal: Journal, leases: Leases) =>
	await takeLinkRecord(nockClient(), { journal, leases }, 'P1', 'run1');

describe('the record of the links of a run', () => {
	it.each([
		['is alive', 'held' as const],
		['may be alive, as there is no lease to be had', undefined],
	])('is left alone if the run %s', async (_, taken) => {
		const journal: Journal = { ...memoryJournal().join(), open: () => Promise.reject(new Error('opened')) };
		expect(await take(journal, { take: () => Promise.resolve(taken) })).toBeUndefined();
	});

	it('gives its lease back if it cannot be read', async () => {
		const journal = memoryJournal().join();
		const unreadable: Journal['open'] = async (key) => ({ ...(await journal.open(key)), hasFailed: () => true });
		let released = 0;
		const lease = { fence: 1, isHeld: () => Promise.resolve(true), release: () => Promise.resolve(void released++) };
		const leases = { take: () => Promise.resolve(lease) };
		expect(await take({ ...journal, open: unreadable }, leases)).toBeUndefined();
		expect(released).toBe(1);
	});
});
