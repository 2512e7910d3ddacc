import { memoryJournal } from '../../support/memoryJournal';
import { createNotebook, readNotes } from '../../../masv/upload/notes';
import { planWork } from '../../../masv/upload/planWork';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { Notebook, NoteLine } from '../../../masv/upload/notes';
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

describe('what was noted at places where no file is wanted any more', () => {
	const added = (id: string, by: string): NoteLine => ({
		kind: 'file',
		fence: 1,
		by,
		id,
		place: `${id}.md5`,
		bytes: 7,
		modifiedMs: modifiedAt.getTime(),
		partBytes: 7,
	});
	const plan = async (lines: NoteLine[], ...listed: object[]) => {
		const client = nockClient();
		const notebook = createNotebook(await memoryJournal().join().open('key'), 'me', 2) as Notebook;
		masv()
			.get('/v1/packages/P1/files')
			.times(listed.length === 0 ? 1 : 2)
			.optionally()
			.reply(200, listed);
		return await planWork(accessTo(client), [], await readNotes(lines, client.clock), notebook, false);
	};
	const entry = (id: string) => ({ id, name: `${id}.md5`, path: '', size: 7, completed: true, kind: 'file' });

	it('is removed if it is of this delivery, once', async () => {
		masv().delete('/v1/packages/P1/files/F1').reply(204);
		masv().get('/v1/packages/P1/files').optionally().reply(200, []);
		await plan([added('F1', 'me')], entry('F1'));
		expect(await plan([added('F1', 'me'), { kind: 'removed', file: 'F1' }])).toMatchObject({ unwanted: [] });
	});

	it('is left alone if it is of another one', async () => {
		expect(await plan([added('F1', 'other')], entry('F1'))).toEqual({ blockedPlace: 'F1.md5' });
	});

	it('is removed also without a list, but not that of another one', async () => {
		masv().delete('/v1/packages/P1/files/F1').reply(204);
		const client = nockClient();
		const notebook = createNotebook(await memoryJournal().join().open('key'), 'me', 2) as Notebook;
		const notes = await readNotes([added('F1', 'me'), added('F2', 'other')], client.clock);
		masv().get('/v1/packages/P1/files').times(9).optionally().reply(405);
		expect(await planWork(accessTo(client), [], notes, notebook, false)).toMatchObject({
			isListed: false,
			unwanted: [],
		});
	});
});
