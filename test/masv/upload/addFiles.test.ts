import type { JournalRecord } from '../../../masv/transfer/journal';
import type { Leases } from '../../../masv/transfer/lease';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { addFiles } from '../../../masv/upload/addFiles';
import { listedFile } from '../../support/listedFile';
import { memoryJournal } from '../../support/memoryJournal';
import { masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const sources = Array.from({ length: 2_500 }, (_, index) => {
	const facts = { name: `${index}`, path: '', modifiedAt, location: `/media/${index}` };
	return bufferSource(Buffer.from('content'), facts);
});
const lease = { fence: 1, isHeld: () => Promise.resolve(true), release: () => Promise.resolve() };
const leases: Leases = { take: () => Promise.resolve(lease) };

it('claims the places of many files in turns with other work of the process', async () => {
	const journal = memoryJournal().join();
	let lines = 0;
	let most = 0;
	/** Counts the lines that are appended at once. */
	const count = (record: JournalRecord): JournalRecord => ({
		...record,
		append: async (line) => {
			if (lines++ === 0) setImmediate(() => (lines = 0));
			most = Math.max(most, lines);
			await record.append(line);
		},
	});
	const counting = { ...journal, open: async (key: string) => count(await journal.open(key)) };
	masv()
		.get(`/v1.1/teams/${teamId}/packages/P1`)
		.reply(200, { id: 'P1', state: 'new', access_token: 'token-1' })
		.get('/v1/packages/P1/files')
		.reply(200, [listedFile(modifiedAt, { name: '0', size: 1, completed: true })]);
	const options = { journal: counting, leases, scope: 'workflow/node', stopAtFirst: true };
	const results = await addFiles(nockClient(), 'P1', sources, options);
	expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(2_500);
	expect(most).toBeGreaterThan(100);
	expect(most).toBeLessThanOrEqual(1_000);
});
