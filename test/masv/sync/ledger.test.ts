import { isMeant, readLedger } from '../../../masv/sync/ledger';
import { ledgerKey, openLedger } from '../../../masv/sync/ledgerBook';
import type { LedgerFile, NewLedgerLine } from '../../../masv/sync/ledgerLines';
import { createGuard } from '../../../masv/transfer/guard';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';
import { nockClient } from '../../support/nockMasv';

const clock = instantClock();
const file = (name: string, version = 1): LedgerFile => ({
	location: `/media/${name}`,
	path: '',
	name,
	bytes: version,
	modified: String(version),
	changed: '1',
	device: '1',
	inode: '1',
});
const plan = (delivery: string, ...files: LedgerFile[]): NewLedgerLine[] => [
	{ kind: 'planned', delivery, files },
	{ kind: 'sending', delivery, key: `key ${delivery}`, target: 't', name: '', files: files.length },
];
const sent = (delivery: string, more = {}): NewLedgerLine => ({
	kind: 'sent',
	delivery,
	package: `package of ${delivery}`,
	at: 5,
	...more,
});
const numbered = (lines: NewLedgerLine[], from = 1) => lines.map((line, index) => ({ ...line, number: from + index }));
const begun: NewLedgerLine = { kind: 'begun', at: 0 };

async function read(lines: unknown[]) {
	const ledger = await readLedger(lines, clock);
	const entries = [...ledger.entries.values()].map((entry) => [
		entry.file.location,
		entry.file.bytes,
		entry.delivery.package,
	]);
	return { entries, unfinished: [...ledger.unfinished.keys()], missing: ledger.missing };
}

describe('a ledger', () => {
	it('contains a file once its package is finalized, not before', async () => {
		const lines = [begun, ...plan('D1', file('a'), file('b'))];
		expect(await read(numbered(lines))).toEqual({ entries: [], unfinished: ['D1'], missing: 0 });
		expect(await read(numbered([...lines, sent('D1')]))).toEqual({
			entries: [
				['/media/a', 1, 'package of D1'],
				['/media/b', 1, 'package of D1'],
			],
			unfinished: [],
			missing: 0,
		});
	});

	it('does not contain the files of a delivery that was abandoned, or never begun', async () => {
		const [planned] = plan('D2', file('b')) as [NewLedgerLine];
		const lines = [begun, ...plan('D1', file('a')), { kind: 'abandoned', delivery: 'D1' } as const, planned];
		expect(await read(numbered([...lines, sent('D1'), sent('D2')]))).toEqual({
			entries: [],
			unfinished: [],
			missing: 0,
		});
	});

	it('contains what was marked, without a package', async () => {
		const [planned] = plan('D1', file('a')) as [NewLedgerLine];
		const lines: NewLedgerLine[] = [planned, { kind: 'marked', delivery: 'D1', at: 1 }, begun];
		expect(await read(numbered(lines))).toMatchObject({ entries: [['/media/a', 1, undefined]], missing: 0 });
	});

	it('contains the version that was sent last, also if a frozen run enters an older one afterwards', async () => {
		const lines = [begun, ...plan('D1', file('a', 1)), ...plan('D2', file('a', 2)), sent('D2'), sent('D1')];
		expect((await read(numbered(lines))).entries).toEqual([['/media/a', 2, 'package of D2']]);
	});

	it('keeps a delivery whose files are still to be moved or deleted', async () => {
		const lines = [begun, ...plan('D1', file('a')), sent('D1', { after: 'delete' })];
		expect((await read(numbered(lines))).unfinished).toEqual(['D1']);
		expect((await read(numbered([...lines, { kind: 'cleared', delivery: 'D1' }]))).unfinished).toEqual([]);
	});

	it('follows a file that was moved', async () => {
		const moved: NewLedgerLine = { kind: 'moved', files: [{ from: '/media/a', to: file('b') }] };
		const lines = [begun, ...plan('D1', file('a')), sent('D1'), moved];
		expect((await read(numbered(lines))).entries).toEqual([['/media/b', 1, 'package of D1']]);
	});

	describe('with the sums of what was sent', () => {
		const sums = (start: number, ...list: Array<string | null>): NewLedgerLine => ({
			kind: 'sums',
			delivery: 'D1',
			start,
			sums: list,
		});
		const sumsIn = async (lines: NewLedgerLine[]) =>
			[...(await readLedger(numbered(lines), clock)).entries].map(
				([
					at,
					{
						file: { sum = null },
					},
				]) => [at, sum],
			);
		const planned = [begun, ...plan('D1', file('a'), file('b'), file('c'))];

		it('knows them by the order of the files', async () => {
			expect(await sumsIn([...planned, sums(0, 'A', null), sums(2, 'C'), sent('D1')])).toEqual([
				['/media/a', 'A'],
				['/media/b', null],
				['/media/c', 'C'],
			]);
		});

		it('does not give a file the sum of another one if files are missing', async () => {
			const [planOfA, sending] = plan('D1', file('a'), file('b')) as [NewLedgerLine, NewLedgerLine];
			const damaged = [begun, { ...planOfA, files: [file('a')] } as NewLedgerLine, sending];
			expect(await sumsIn([...damaged, sums(0, 'A', 'B'), sent('D1')])).toEqual([['/media/a', null]]);
		});

		it('keeps the sum of a file that was moved or touched', async () => {
			const moved: NewLedgerLine = { kind: 'moved', files: [{ from: '/media/a', to: file('x') }] };
			const touched: NewLedgerLine = { kind: 'touched', files: [file('x', 2), file('unknown')] };
			const lines = [...planned, sums(0, 'A'), sent('D1'), moved, touched];
			expect((await sumsIn(lines)).at(-1)).toEqual(['/media/x', 'A']);
			expect((await read(numbered(lines))).entries.at(-1)).toEqual(['/media/x', 2, 'package of D1']);
		});
	});

	it.each<[string, (to: LedgerFile) => NewLedgerLine]>([
		['touched', (to) => ({ kind: 'touched', files: [to] })],
		['moved', (to) => ({ kind: 'moved', files: [{ from: to.location, to }] })],
	])(
		'does not believe a run that was frozen what it has found before another one was at work (%s)',
		async (_, line) => {
			const first = numbered([begun, ...plan('D1', file('a')), sent('D1')]);
			const successor = numbered([...plan('D2', file('a', 3)), sent('D2')], 5);
			const late = numbered([line(file('a', 2))], 5);
			expect((await read([...first, ...successor, ...late])).entries).toEqual([['/media/a', 3, 'package of D2']]);
			const other = numbered([line(file('a', 4))], 5);
			expect((await read([...first, ...other, ...late])).entries).toEqual([['/media/a', 4, 'package of D1']]);
			expect((await read([...first, ...late])).entries).toEqual([['/media/a', 2, 'package of D1']]);
		},
	);

	describe('whose run was taken over from', () => {
		const first = numbered([begun, ...plan('D1', file('a')), sent('D1')]);
		const other = numbered([{ kind: 'touched', files: [file('x')] }], 5);
		const moves = (to: LedgerFile) => numbered([{ kind: 'moved', files: [{ from: '/media/a', to }] }], 5);
		const asB = { ...file('a'), location: '/media/b', name: 'b' };
		const entriesOf = async (...lines: unknown[]) => (await read([...first, ...other, ...lines])).entries;

		it('knows what was moved, although the line has the same number as one of the run that was frozen', async () => {
			const another = numbered([...plan('D2', file('a', 2)), sent('D2')], 6);
			expect(await entriesOf(...moves(asB), ...another)).toEqual([
				['/media/b', 1, 'package of D1'],
				['/media/a', 2, 'package of D2'],
			]);
		});

		it.each<[string, Partial<LedgerFile>]>([
			['another size', { bytes: 2 }],
			['another time', { modified: '2' }],
			['another disk', { device: '2' }],
			['another identity', { inode: '2' }],
		])('does not believe that what was moved is what it knows by now (%s)', async (_, difference) => {
			expect(await entriesOf(...moves({ ...asB, ...difference }))).toEqual([['/media/a', 1, 'package of D1']]);
		});

		it('does not believe that anything has taken the place of what was sent meanwhile', async () => {
			const successor = numbered([...plan('D2', file('b', 2)), sent('D2')], 6);
			expect(await entriesOf(...successor, ...moves(asB))).toEqual([
				['/media/a', 1, 'package of D1'],
				['/media/b', 2, 'package of D2'],
			]);
		});

		it('does not know what was not there any more', async () => {
			expect(await entriesOf(...numbered([{ kind: 'forgotten' }], 6), ...moves(asB))).toEqual([]);
		});
	});

	it('is read in turns with other work of the process, however many files a line lists', async () => {
		const { slept, ...counting } = instantClock();
		const files = Array.from({ length: 100 }, (_, index) => file(String(index)));
		const packages = files.map(({ name }) => ({ id: name, name, created: 1 }));
		const planned: NewLedgerLine[] = Array.from({ length: 30 }, () => ({ kind: 'planned', delivery: 'D', files }));
		const found: NewLedgerLine[] = Array.from({ length: 30 }, () => ({ kind: 'found', at: 1, packages }));
		await readLedger(numbered([...planned, ...found]), counting);
		expect(slept).toEqual([0, 0, 0, 0, 0]);
	});

	it('takes in what was sent or marked at once in turns with other work of the process', async () => {
		const { slept, ...counting } = instantClock();
		const files = Array.from({ length: 12_000 }, (_, index) => file(String(index)));
		const enter = async (...lines: NewLedgerLine[]) => {
			slept.length = 0;
			const { entries } = await readLedger(numbered(lines), counting);
			expect(entries.size).toBe(files.length);
			return slept.length;
		};
		// The lines that list the files are followed by one pause.
		expect(await enter(...plan('D1', ...files), sent('D1'))).toBe(1 + 2);
		const planned: NewLedgerLine = { kind: 'planned', delivery: 'D1', files };
		expect(await enter(planned, { kind: 'marked', delivery: 'D1', at: 1 })).toBe(1 + 2);
	});

	it('contains all that was marked as sent when that is written, however much it is', async () => {
		const record = await memoryJournal().join().open('L');
		const book = await openLedger(nockClient({ clock }), record, createGuard(undefined, clock), 0);
		const files = Array.from({ length: 12_000 }, (_, index) => file(String(index)));
		await book.plan('D1', files);
		await book.write({ kind: 'marked', delivery: 'D1', at: 1 });
		expect(book.ledger.entries.size).toBe(files.length);
	});

	it('follows files that have changed places', async () => {
		const moves = (['ab', 'ba'] as const).map(([from, to]) => ({ from: `/media/${from}`, to: file(to as string, 2) }));
		const lines = [begun, ...plan('D1', file('a')), sent('D1'), ...plan('D2', file('b')), sent('D2')];
		expect((await read(numbered([...lines, { kind: 'moved', files: moves }]))).entries).toEqual([
			['/media/b', 2, 'package of D1'],
			['/media/a', 2, 'package of D2'],
		]);
	});

	it('forgets all files, those of a package, or those at a path', async () => {
		const lines = [begun, ...plan('D1', file('x/a')), sent('D1'), ...plan('D2', file('x/b'), file('xy')), sent('D2')];
		const left = async (what: object) =>
			(await read(numbered([...lines, { kind: 'forgotten', ...what }]))).entries.map(([location]) => location);
		expect(await left({})).toEqual([]);
		expect(await left({ package: 'package of D2' })).toEqual(['/media/x/a']);
		expect(await left({ path: '/media/x' })).toEqual(['/media/xy']);
		expect(await left({ path: '/media/x/b' })).toEqual(['/media/x/a', '/media/xy']);
	});

	it('notices lines that are missing, and goes on after a loss was noticed', async () => {
		const lines = numbered([begun, ...plan('D1', file('a')), sent('D1')]);
		expect((await read(lines.toSpliced(1, 2))).missing).toBe(2);
		expect((await read([...lines.slice(0, 3), { kind: 'sent', number: 4 }])).missing).toBe(0);
		expect((await read([...lines.slice(0, 1), { ...begun, number: 9 }])).missing).toBe(0);
	});

	it('does not take a number that was used twice for a loss', async () => {
		const lines = numbered([begun, ...plan('D1', file('a'))]);
		expect((await read([...lines, { ...begun, number: 2 }, { ...sent('D1'), number: 4 }])).missing).toBe(0);
	});
});

describe('what is meant by a path', () => {
	it.each([
		['/media', '/media/a', true],
		['/media/', '/media/a', true],
		['/', '/media/a', true],
		['/media/a', '/media/a', true],
		['/media/a', '/media/ab', false],
		['C:\\media', 'C:\\media\\a', true],
		['/media/a/b', '/media/a', false],
	])('%s: %s %s', (path, location, is) => {
		expect(isMeant({ path }, { file: { ...file('a'), location }, delivery: {} as never })).toBe(is);
	});
});

describe('a ledger that is opened', () => {
	const open = async (lines: unknown[] | undefined, knownLines: number) => {
		const journal = memoryJournal().join();
		const record = await journal.open('key');
		for (const line of lines ?? []) await record.append(line as object);
		const opened = lines === undefined ? undefined : await journal.open('key');
		const book = await openLedger(nockClient(), opened, createGuard(undefined, clock), knownLines);
		return { book, lines: async () => (await journal.open('key')).lines as Array<{ number: number }> };
	};
	const four = numbered([begun, ...plan('D1', file('a')), sent('D1')]);

	it.each<[string, unknown[] | undefined, number]>([
		['new', [], 0],
		['new', four.slice(1).map((line, index) => ({ ...line, number: 1 + index })), 0],
		['lost', [], 4],
		['lost', four.slice(1), 0],
		['found', four, 4],
		['found', four, 0],
		['incomplete', four.slice(0, 3), 4],
		['incomplete', four.toSpliced(1, 1), 0],
		['incomplete', numbered([...plan('D1', file('a')), sent('D1'), { ...begun, missing: 0 }]).slice(1), 0],
		['found', [{ ...begun, number: 9, missing: 8 }], 9],
		['incomplete', [{ ...begun, number: 9, missing: 7 }], 9],
		['unavailable', undefined, 4],
	])('is %s', async (state, lines, knownLines) => {
		expect((await open(lines, knownLines)).book.state).toBe(state);
	});

	it('never gives a number again that a lost line had', async () => {
		const { book, lines } = await open(four.slice(0, 3), 4);
		await book.write(begun);
		expect((await lines()).at(-1)).toEqual({ ...begun, number: 5 });
		expect((await readLedger(await lines(), clock)).missing).toBe(0);
	});

	it('knows what it has written itself', async () => {
		const { book } = await open([], 0);
		await book.plan('D1', [file('a')]);
		await book.write(plan('D1', file('a'))[1] as NewLedgerLine);
		await book.write(sent('D1'));
		expect([...book.ledger.entries.keys()]).toEqual(['/media/a']);
		expect(book.isComplete()).toBe(true);
	});
});

describe('the name of a ledger', () => {
	const nameOf = (options: Parameters<typeof nockClient>[0], scope = 'w/n', where = 'team') =>
		ledgerKey(nockClient(options), scope, where);

	it('is the same with another API key', () => {
		expect(nameOf({ apiKey: 'another-key' })).toBe(nameOf({}));
	});

	it('differs for another node, portal, team or server', () => {
		const names = [
			nameOf({}),
			nameOf({}, 'w/m'),
			nameOf({}, 'w/n', 'P1'),
			nameOf({ teamId: '01TEAM00000000000000000000' }),
			nameOf({ baseUrl: 'https://other.example' }),
		];
		expect(new Set(names).size).toBe(names.length);
	});
});
