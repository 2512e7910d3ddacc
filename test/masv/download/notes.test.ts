import type { DownloadLine, RecordedNotebook } from '../../../masv/download/notes';
import { createNotebook, readNotes } from '../../../masv/download/notes';
import type { JournalRecord } from '../../../masv/transfer/journal';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';

const clock = instantClock();
const whole = (file: string): DownloadLine => {
	return { kind: 'whole', file, stamp: 's', md5: '0'.repeat(32), blockBytes: 1 };
};
const begun: DownloadLine = { kind: 'begun', fence: 1, file: 'F1', of: 'x', partial: 'p', etag: '"e"', bytes: 9 };
const range: DownloadLine = { kind: 'range', of: 'x', start: 0, end: 4 };

const open = async (record: JournalRecord): Promise<RecordedNotebook | undefined> =>
	await createNotebook(record, 1, clock);

/** The lines that a later run finds. */
async function kept(journal: ReturnType<typeof memoryJournal>): Promise<readonly unknown[]> {
	return (await journal.join().open('key')).lines;
}

describe('notes about a download', () => {
	it('are read in turns with other work of the process if there are many', async () => {
		const { slept, ...counting } = instantClock();
		const lines = Array.from({ length: 3_500 }, (_, index) => whole(`F${index}`));
		expect((await readNotes(lines, counting)).whole.size).toBe(3_500);
		expect(slept).toEqual([0, 0, 0]);
	});

	it('are those of the latest run, whenever one that was frozen writes its own', async () => {
		const later = { ...begun, fence: 2, of: 'y', partial: 'q' };
		const { files } = await readNotes([later, begun, range, { ...range, of: 'y', end: 2 }], clock);
		expect(files.get('F1')).toMatchObject({ of: 'y', partial: 'q', ranges: [{ start: 0, end: 2 }] });
	});

	it('do not count ranges that are empty, beyond the end of the file, or of a file that nothing is known of', async () => {
		const damaged = [
			{ ...range, start: 4, end: 4 },
			{ ...range, start: 5, end: 10 },
			{ ...range, of: 'z' },
		];
		const { files } = await readNotes([begun, ...damaged, { ...range, start: 5, end: 9 }], clock);
		expect(files.get('F1')).toMatchObject({ ranges: [{ start: 5, end: 9 }] });
	});

	it('are tidied in one step, whenever the run dies: what is known of whole files stays, also of earlier runs', async () => {
		const steps: unknown[] = [];
		const record = (await memoryJournal().join().open('key')) satisfies JournalRecord;
		const notebook = await open({
			...record,
			lines: [whole('F0'), begun, range],
			append: async () => await Promise.resolve(void steps.push('append')),
			remove: async () => await Promise.resolve(void steps.push('remove')),
			replace: async (lines) => await Promise.resolve(void steps.push([...lines])),
		});
		await notebook?.write(whole('F1'));
		await notebook?.tidy();
		expect(steps).toEqual(['append', [whole('F0'), whole('F1')]]);
	});

	it('are removed if no file is known to be whole', async () => {
		const journal = memoryJournal();
		const record = await journal.join().open('key');
		for (const line of [begun, range]) await record.append(line);
		await (await open(await journal.join().open('key')))?.tidy();
		// An empty record would stay, too.
		expect(await journal.join().readAll('key')).toEqual(new Map());
	});

	it('stay as they were if they cannot be tidied, and the run is told nothing: its files are there', async () => {
		const journal = memoryJournal();
		const record = await journal.join().open('key');
		const lines = [whole('F0'), begun, range];
		for (const line of lines) await record.append(line);
		const notebook = await open(await journal.join().open('key'));
		journal.failWrites();
		await notebook?.tidy();
		expect(await kept(journal)).toEqual(lines);
	});

	it('of a successor stay when a run that was frozen ends', async () => {
		const journal = memoryJournal();
		const frozen = await open(await journal.join().open('key'));
		await frozen?.write(whole('F0'));
		const successor = await journal.join().open('key');
		for (const line of [begun, range]) await successor.append(line);
		await frozen?.tidy();
		expect(await kept(journal)).toEqual([whole('F0'), begun, range]);
	});
});
