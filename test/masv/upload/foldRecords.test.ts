import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { Journal } from '../../../masv/transfer/journal';
import type { Leases } from '../../../masv/transfer/lease';
import type { FileSource } from '../../../masv/transfer/source';
import { FinishedFiles } from '../../../masv/upload/finishedFiles';
import { foldRecords } from '../../../masv/upload/foldRecords';
import { mergeLines } from '../../../masv/upload/mergeLines';
import type { NoteLine, Notes } from '../../../masv/upload/notes';
import { isOfOthers, readNotes } from '../../../masv/upload/notes';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';
import { nockClient } from '../../support/nockMasv';

const client = nockClient({ clock: instantClock() });
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const stamp = { bytes: 7, modified: '5', changed: '6', device: '1', inode: '2' };

const claimed = (by: string, place: string) => ({ kind: 'claimed' as const, fence: 1, by, place });
const unclaimed = (by: string, place: string) => ({ ...claimed(by, place), kind: 'unclaimed' as const });
const adding = (by: string, place: string) => ({
	...claimed(by, place),
	kind: 'adding' as const,
	bytes: 7,
	modifiedMs: 8,
});
const file = (by: string, place: string, id = `${by}/${place}`) => ({
	...adding(by, place),
	kind: 'file' as const,
	id,
	location: `/media/${place}`,
	stamp,
	uploadId: 'U1',
	partBytes: 5,
});
const part = (id: string, index: number): NoteLine => ({
	kind: 'part',
	file: id,
	index,
	etag: `"${index}"`,
	crc32: '0000abcd',
});
const done = (by: string, place: string, id = `${by}/${place}`): NoteLine => ({
	kind: 'done',
	by,
	file: id,
	result: { id, name: place, path: '', size: 7 },
});
/** What a delivery notes that uploads a file of two parts. */
const whole = (by: string, place: string, id = `${by}/${place}`): NoteLine[] => [
	claimed(by, place),
	adding(by, place),
	file(by, place, id),
	part(id, 0),
	part(id, 1),
	{ kind: 'finalizing', file: id },
	done(by, place, id),
];

describe('records of deliveries to one package', () => {
	let disk: ReturnType<typeof memoryJournal>;
	let journal: Journal;
	/** Keys whose leases are held, lost or not to be had. */
	let held: Set<string>;
	let lost: Set<string>;
	let broken: Set<string>;
	let forgotten: string[];
	let kept: string[];
	beforeEach(() => {
		disk = memoryJournal();
		journal = disk.join();
		[held, lost, broken] = [new Set(), new Set(), new Set()];
		[forgotten, kept] = [[], []];
	});

	const leases: Leases = {
		take: (key, options) => {
			expect(options).toEqual({ onlyReleased: true });
			if (broken.has(key)) return Promise.resolve(undefined);
			if (held.has(key)) return Promise.resolve('held');
			return Promise.resolve({
				fence: 2,
				isHeld: () => Promise.resolve(!lost.has(key)),
				release: ({ forget = false } = {}) => Promise.resolve(void (forget ? forgotten : kept).push(key)),
			});
		},
	};
	const note = async (name: string, ...lines: NoteLine[]): Promise<void> => {
		const record = await journal.open(name);
		for (const line of lines) await record.append({ ...line, turn: 1 });
		await record.close();
	};
	const recordsOf = async () => (await journal.readAll('group')) ?? new Map<string, unknown[]>();
	const notesIn = async (records: Iterable<readonly unknown[]>): Promise<Notes> =>
		await readNotes((await mergeLines(records, client.clock)).lines, client.clock);
	const failing = (from: Journal): Journal => ({
		...from,
		open: async (key) => ({ ...(await from.open(key)), hasFailed: () => true }),
	});
	/** @param afterReading what others do then */
	const fold = async (afterReading?: () => Promise<void>): Promise<void> => {
		const records = await recordsOf();
		await afterReading?.();
		const finished = new FinishedFiles(client, journal, 'P1');
		const group = { group: 'group', own: 'own', records, notes: await notesIn(records.values()) };
		await foldRecords(client, { journal, leases }, finished, group);
	};
	const sourceAt = (name: string): FileSource => bufferSource(Buffer.from('content'), { name, path: '', modifiedAt });
	/** What is known of the files at these places without their records. */
	const finishedAt = async (...places: string[]): Promise<Notes> =>
		await notesIn((await new FinishedFiles(client, journal, 'P1').read(places.map(sourceAt))) ?? []);

	it('that have ended are removed with their leases, and what they have finished is known as before', async () => {
		await note('group-a', ...whole('a', 'clip.mov'), ...whole('a', 'sound.wav'));
		await note('group-b', ...whole('b', 'still.dpx'));
		const before = await notesIn((await recordsOf()).values());
		await fold();
		expect([[...(await recordsOf()).keys()], forgotten, kept]).toEqual([[], ['a', 'b'], []]);
		const after = await finishedAt('clip.mov', 'sound.wav', 'still.dpx');
		for (const [id, known] of before.files)
			expect(after.files.get(id)).toEqual({ ...known, fence: 0, isFinalizing: false });
		expect([after.claims.size, after.adding, after.runs.size]).toEqual([0, [], 0]);
	});

	it.each<[string, NoteLine[]]>([
		['a file that is not finished', [claimed('a', 'x'), adding('a', 'x'), file('a', 'x')]],
		['a file of which it is not known whether it was added', [adding('a', 'x'), unclaimed('a', 'x')]],
		['a claim', [claimed('a', 'x')]],
	])('stay if they contain %s', async (_, lines) => {
		await note('group-a', ...whole('a', 'clip.mov'), ...lines);
		await fold();
		expect([[...(await recordsOf()).keys()], forgotten, kept]).toEqual([['group-a'], [], []]);
	});

	it.each<[string, () => void | Promise<void>, string[]]>([
		['its lease is held', () => void held.add('a'), []],
		['there is no lease to be had', () => void broken.add('a'), []],
		['its lease was lost meanwhile', () => void lost.add('a'), ['a']],
		['the disk is full', () => disk.failWrites(), ['a']],
		['it cannot be opened', () => void (journal = failing(journal)), ['a']],
		['it was written to meanwhile', async () => await note('group-a', claimed('a', 'x')), ['a']],
	])('stay if %s', async (_, happens, released) => {
		await note('group-a', ...whole('a', 'clip.mov'));
		await fold(async () => await happens());
		disk.repair();
		expect([[...(await recordsOf()).keys()], forgotten, kept]).toEqual([['group-a'], [], released]);
	});

	it('stay if they are about a place where another one has left something: which of the two came first matters', async () => {
		await note('group-a', ...whole('a', 'clip.mov'), ...whole('a', 'sound.wav'));
		await note('group-b', done('b', 'clip.mov', 'a/clip.mov'), claimed('b', 'x'));
		await note('group-c', ...whole('c', 'sound.wav', 'C1'));
		await note('group-d', ...whole('d', 'still.dpx'));
		await fold();
		expect([[...(await recordsOf()).keys()], forgotten, kept]).toEqual([['group-a', 'group-b', 'group-c'], ['d'], []]);
	});

	it('stay if they are about a place where another one has begun again since they were read', async () => {
		await note('group-a', ...whole('a', 'clip.mov'));
		await note('group-b', ...whole('b', 'clip.mov', 'B1'));
		await note('group-c', ...whole('c', 'sound.wav'));
		await fold(async () => await note('group-a', claimed('a', 'x')));
		expect([[...(await recordsOf()).keys()], forgotten, kept]).toEqual([['group-a', 'group-b'], ['c'], ['a', 'b']]);
	});

	it('are not forgotten if they cannot be removed', async () => {
		await note('group-a', ...whole('a', 'clip.mov'));
		const working = journal;
		let hasFailed = false;
		const remove = (): Promise<void> => Promise.resolve(void (hasFailed = true));
		journal = {
			...working,
			open: async (key) => {
				const record = await working.open(key);
				return key === 'group-a' ? { ...record, remove, hasFailed: () => hasFailed } : record;
			},
		};
		await fold();
		expect([[...(await recordsOf()).keys()], forgotten, kept]).toEqual([['group-a'], [], ['a']]);
	});

	it('stay if all they say about such a place is the ID of a file', async () => {
		await note('group-a', ...whole('a', 'clip.mov'));
		await note('group-b', { kind: 'removed', file: 'a/clip.mov' });
		await note('group-c', claimed('c', 'clip.mov'));
		await fold();
		expect([[...(await recordsOf()).keys()], kept]).toEqual([['group-a', 'group-b', 'group-c'], []]);
	});

	it('stay if they contain a file that is not finished, although another one has finished its own at that place', async () => {
		await note('group-a', file('a', 'clip.mov'));
		await note('group-b', ...whole('b', 'clip.mov'));
		await fold();
		expect([[...(await recordsOf()).keys()], kept]).toEqual([['group-a', 'group-b'], []]);
	});

	it('stay if they are of this run, or of a version with one record for all', async () => {
		await note('group', ...whole('old', 'old.mov'));
		await note('group-own', ...whole('own', 'clip.mov'));
		await note('group-b', ...whole('b', 'old.mov'));
		await note('group-c', ...whole('c', 'clip.mov', 'C1'));
		await fold();
		expect([...(await recordsOf()).keys()]).toEqual(['group', 'group-b', 'group-c', 'group-own']);
	});

	it('are folded again if a run died before it had removed them', async () => {
		await note('group-a', ...whole('a', 'clip.mov'));
		lost.add('a');
		await fold();
		const once = await finishedAt('clip.mov');
		lost.clear();
		await fold();
		expect([...(await recordsOf()).keys()]).toEqual([]);
		expect(await finishedAt('clip.mov')).toEqual(once);
	});

	it('take no more space for a file that was replaced many times, or that many have reported', async () => {
		const lines = async (): Promise<number> => {
			const records = await new FinishedFiles(client, journal, 'P1').read([sourceAt('clip.mov')]);
			return records?.flat().length ?? 0;
		};
		await note('group-a', ...whole('a', 'clip.mov', 'A0'));
		await fold();
		const first = await lines();
		for (let time = 1; time <= 5; time++) {
			await note(
				'group-a',
				claimed('a', 'clip.mov'),
				{ kind: 'removed', file: `A${time - 1}` },
				...whole('a', 'clip.mov', `A${time}`),
			);
			await fold();
		}
		expect([await lines(), [...(await finishedAt('clip.mov')).files.keys()]]).toEqual([first, ['A5']]);
		for (const by of ['b', 'c', 'd', 'e']) {
			await note(`group-${by}`, done(by, 'clip.mov', 'A5'));
			await fold();
		}
		expect(await lines()).toBe(first + 1);
		const known = (await finishedAt('clip.mov')).files.get('A5');
		expect(['a', 'b', 'e', 'x'].map((by) => known && isOfOthers(known, by))).toEqual([true, true, true, true]);
	});

	it('leave nothing of a file that was removed', async () => {
		await note('group-a', ...whole('a', 'clip.mov'));
		await fold();
		await note('group-a', { kind: 'removed', file: 'a/clip.mov' }, unclaimed('a', 'clip.mov'));
		await fold();
		expect([[...(await recordsOf()).keys()], (await finishedAt('clip.mov')).files.size]).toEqual([[], 0]);
	});

	it('are folded a hundred at a time, so that no other run waits for long', async () => {
		for (let number = 100; number < 350; number++)
			await note(`group-${number}`, ...whole(String(number), `${number}.mov`));
		const left: number[] = [];
		for (let time = 1; time <= 3; time++) {
			await fold();
			left.push((await recordsOf()).size);
		}
		expect(left).toEqual([150, 50, 0]);
	});

	it('are not known if what was finished cannot be read', async () => {
		expect(await new FinishedFiles(client, failing(journal), 'P1').read([sourceAt('clip.mov')])).toBeUndefined();
	});
});
