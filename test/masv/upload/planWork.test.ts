import { memoryJournal } from '../../support/memoryJournal';
import { createNotebook, readNotes } from '../../../masv/upload/notes';
import { planWork } from '../../../masv/upload/planWork';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { Notebook } from '../../../masv/upload/notes';
import { instantClock } from '../../support/instantClock';
import { masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

useNock();

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const sources = Array.from({ length: 3_000 }, (_, index) =>
	bufferSource(Buffer.from('content'), { name: `${index}`, path: '', modifiedAt }),
);

it('plans the work on many files in turns with other work of the process', async () => {
	const clock = instantClock();
	const notes = await readNotes([], clock);
	const notebook = createNotebook(await memoryJournal().join().open('key'), 'me', 1) as Notebook;
	masv().get('/v1/packages/P1/files').reply(200, []);
	const work = await planWork(accessTo(nockClient({ clock })), sources, notes, notebook, false);
	expect('jobs' in work && work.jobs.map(({ source }) => source.name)).toEqual(sources.map(({ name }) => name));
	// To look their places up, to decide, and to sort them.
	expect(clock.slept.filter((ms) => ms === 0)).toHaveLength(3 * 2);
});
