import { compactLines, isMostlyDead, isSameLedger } from '../../../masv/sync/compactLedger';
import type { Ledger, LedgerEntry } from '../../../masv/sync/ledger';
import { readLedger } from '../../../masv/sync/ledger';
import type { LedgerBook } from '../../../masv/sync/ledgerBook';
import { openLedger } from '../../../masv/sync/ledgerBook';
import type { LedgerFile, NewLedgerLine } from '../../../masv/sync/ledgerLines';
import { createGuard } from '../../../masv/transfer/guard';
import type { Lease } from '../../../masv/transfer/lease';
import { instantClock } from '../../support/instantClock';
import { memoryJournal } from '../../support/memoryJournal';
import { nockClient } from '../../support/nockMasv';
import { randomOf } from '../../support/random';

const clock = instantClock();
const file = (name: string, version: number): LedgerFile => ({
	location: `/media/${name}`,
	...{ path: '', name, bytes: version, modified: String(version), changed: '1', device: '1', inode: name },
});
const numbered = (lines: Iterable<NewLedgerLine>, from = 1): object[] =>
	[...lines].map((line, index) => JSON.parse(JSON.stringify({ ...line, number: from + index })) as object);

/** What a job may have written in a year. */
function history(seed: number): NewLedgerLine[] {
	const random = randomOf(seed);
	const pick = <T>(values: readonly T[]): T => values[random(0, values.length - 1)] as T;
	const names = ['a', 'b', 'c', 'd', 'e'];
	const lines: NewLedgerLine[] = [{ kind: 'begun', at: 1, workflow: 'W', node: 'N', from: 5 }];
	for (let at = 2; at < 30; at++) {
		const delivery = `D${at}`;
		const files = names.filter(() => random(1, 10) <= 4).map((name) => file(name, at));
		const sending: NewLedgerLine[] = [
			{ kind: 'planned', delivery, files },
			{ kind: 'sending', delivery, key: `K${at}`, target: 'T', name: pick(['', 'day']), files: files.length },
		];
		const run = pick([undefined, `R${Math.floor(at / 4)}`]);
		const after = pick([undefined, undefined, 'move', 'delete'] as const);
		const id = `P${at}`;
		lines.push(
			...pick<() => NewLedgerLine[]>([
				() => [...sending, { kind: 'sent', delivery, package: id, at, run, after }],
				() => [
					...sending,
					{ kind: 'sums', delivery, start: 0, sums: files.map((_, index) => (index === 1 ? null : `${at} ${index}`)) },
					{ kind: 'sent', delivery, package: id, at, run },
				],
				() => [{ kind: 'touched', files: [file(pick(names), at)] }],
				() => [
					...sending,
					{ kind: 'sent', delivery, package: id, at, run, after: 'move' },
					{ kind: 'cleared', delivery },
				],
				() => sending,
				() => [...sending, { kind: 'abandoned', delivery }],
				() => [
					{ kind: 'planned', delivery, files },
					{ kind: 'marked', delivery, at },
				],
				() => [{ kind: 'moved', files: [{ from: `/media/${pick(names)}`, to: file(pick(names), at) }] }],
				() => [{ kind: 'forgotten', path: `/media/${pick(names)}` }],
				() => [{ kind: 'forgotten', package: `P${at - 3}` }],
				() => [
					{
						kind: 'found',
						at,
						packages: [
							{ id, name: 'x', created: at },
							{ id: `${id}b`, name: 'y', created: at, portal: 'Q' },
						],
					},
				],
				() => [{ kind: 'found', at, origin: 'others', packages: [{ id: `P${at - 2}b`, name: 'y', created: at - 2 }] }],
				() => [{ kind: 'received', package: `P${at - 1}`, at, run, folder: '/in/x', files: 1, bytes: 2 }],
				() => [{ kind: 'failed', package: `P${at - 1}`, at, missing: pick([undefined, true]) }],
				() => [at - 1, at].map((when) => ({ kind: 'failed', package: `P${at - 2}`, at: when, missing: true })),
				() => [{ kind: 'gone', package: `P${at - 2}b`, at }],
			])(),
		);
	}
	return lines;
}

describe('a ledger that is written anew', () => {
	it('says the same as before, again and again', async () => {
		const left: number[] = [];
		for (let seed = 1; seed <= 40; seed++) {
			const before = await readLedger(numbered(history(seed)), clock);
			const after = await readLedger(numbered(compactLines(before), 1_000), clock);
			const again = await readLedger(numbered(compactLines(after), 2_000), clock);
			if (!(await isSameLedger(after, before, clock))) left.push(seed);
			else expect(await isSameLedger(again, before, clock)).toBe(true);
		}
		// Where files have changed places since the last run, the ledger is left as it is until the next one.
		expect(left.length).toBeLessThan(15);
	});

	it('keeps sums and times of files that were touched after the last run that has sent anything', async () => {
		const files = [file('a', 1), file('b', 1)];
		const lines: NewLedgerLine[] = [
			{ kind: 'begun', at: 1 },
			{ kind: 'planned', delivery: 'D', files },
			{ kind: 'sending', delivery: 'D', key: 'K', target: 'T', name: '', files: 2 },
			{ kind: 'sums', delivery: 'D', start: 0, sums: ['A', 'B'] },
			{ kind: 'sent', delivery: 'D', package: 'P', at: 1, run: 'R' },
			{ kind: 'touched', files: [{ ...file('a', 1), modified: '2' }] },
		];
		const before = await readLedger(numbered(lines), clock);
		const after = await readLedger(numbered(compactLines(before)), clock);
		expect(await isSameLedger(after, before, clock)).toBe(true);
		const kept = [...after.entries.values()].map(({ file: { name, modified, sum } }) => [name, modified, sum]);
		expect(kept.sort()).toEqual([
			['a', '2', 'A'],
			['b', '1', 'B'],
		]);
	});

	const filesOf = (length: number): LedgerFile[] => Array.from({ length }, (_, index) => file(`in/${index}`, 1));
	const sendAll = (files: LedgerFile[]): NewLedgerLine[] => [
		{ kind: 'begun', at: 1 },
		{ kind: 'planned', delivery: 'M', files },
		{ kind: 'sending', delivery: 'M', key: 'K', target: 'T', name: '', files: files.length },
		{ kind: 'sent', delivery: 'M', package: 'P', at: 1, run: 'R', after: 'delete' },
		{ kind: 'cleared', delivery: 'M' },
	];
	const many = filesOf(2_000);
	const manySent = sendAll(many);

	it.each<[string, NewLedgerLine]>([
		['reset', { kind: 'forgotten' }],
		[
			'moved',
			{ kind: 'moved', files: many.map(({ location, name }) => ({ from: location, to: file(`to/${name}`, 2) })) },
		],
		['partly moved', { kind: 'moved', files: [{ from: '/media/in/7', to: file('to/7', 2) }] }],
	])('says in a few lines that all files of the last run were %s', async (_, line) => {
		const before = await readLedger(numbered([...manySent, line]), clock);
		const lines = [...compactLines(before)];
		// Each would have to be compared with all files.
		expect(lines.filter(({ kind }) => kind === 'forgotten')).toEqual([]);
		expect(lines.length).toBeLessThan((3 * many.length) / 20);
		expect(await isSameLedger(await readLedger(numbered(lines), clock), before, clock)).toBe(true);
	});

	it('lets other work go on while much is forgotten', async () => {
		const lines = numbered([
			...manySent,
			...many.slice(0, 50).map(({ location }) => ({ kind: 'forgotten', path: location }) as const),
		]);
		clock.slept.length = 0;
		await readLedger(lines, clock);
		// All files are looked at for each: 2,000 times a fifth of a step, so that there are three in a turn at most.
		expect(clock.slept.length).toBeGreaterThanOrEqual(50 / 3);
	});

	it('is told from one that says something else', async () => {
		const lines = numbered(history(7));
		const whole = await readLedger(lines, clock);
		const files = [...whole.entries];
		const [at, { file: one, delivery }] = files.at(-1) as [string, LedgerEntry];
		const withLast = (entry: LedgerEntry): Ledger => ({ ...whole, entries: new Map([...files, [at, entry]]) });
		const differing: Ledger[] = [
			withLast({ delivery, file: { ...one, born: '1' } }),
			withLast({ delivery: { ...delivery, package: 'another' }, file: one }),
			{ ...whole, from: 6 },
			{ ...whole, missing: 1 },
			{ ...whole, entries: new Map([...whole.entries].slice(1)) },
			{ ...whole, packages: new Map() },
			{ ...whole, unfinished: new Map() },
		];
		for (const other of differing) {
			expect(await isSameLedger(other, whole, clock)).toBe(false);
			expect(await isSameLedger(whole, other, clock)).toBe(false);
		}
		expect(await isSameLedger(await readLedger(lines, clock), whole, clock)).toBe(true);
	});

	describe('in a journal', () => {
		const client = nockClient({ clock });
		const open = async (
			journal: ReturnType<typeof memoryJournal>,
			lease?: Lease,
			knownLines = 0,
		): Promise<LedgerBook> =>
			await openLedger(client, await journal.join().open('L'), createGuard(lease, clock), knownLines);
		const linesIn = async (journal: ReturnType<typeof memoryJournal>): Promise<number> =>
			(await journal.join().open('L')).lines.length;
		/** One file that changes every night. */
		const sendOften = async (book: LedgerBook, times: number): Promise<void> => {
			if (!book.ledger.hasBegun) await book.write({ kind: 'begun', at: 0 });
			for (let version = 1; version <= times; version++) {
				const delivery = `D${book.ledger.lastNumber}`;
				await book.plan(delivery, [file('a', version)]);
				await book.write({ kind: 'sending', delivery, key: 'K', target: 'T', name: '', files: 1 });
				await book.write({ kind: 'sent', delivery, package: 'P', at: version });
			}
		};

		it('stays small however often a file is sent, and is not taken for one that has lost lines', async () => {
			const journal = memoryJournal();
			const book = await open(journal);
			for (let year = 0; year < 5; year++) {
				await sendOften(book, 365);
				await book.compact();
			}
			expect(await linesIn(journal)).toBeLessThan(500);
			const next = await open(journal, undefined, book.ledger.lastNumber);
			expect([next.state, next.ledger.entries.get('/media/a')?.file.bytes]).toEqual(['found', 365]);
		});

		it('is not written anew again and again after a reset', async () => {
			const journal = memoryJournal();
			const book = await open(journal);
			for (const line of sendAll(filesOf(6_000))) {
				if (line.kind === 'planned') await book.plan(line.delivery, line.files);
				else await book.write(line);
			}
			for (let time = 0; time < 1_000; time++) await book.write({ kind: 'forgotten' });
			await book.compact();
			const { lastNumber } = book.ledger;
			expect(await linesIn(journal)).toBeLessThan(700);
			await book.compact();
			expect(book.ledger.lastNumber).toBe(lastNumber);
			const again = await open(journal);
			await again.compact();
			expect(again.ledger.lastNumber).toBe(lastNumber);
		});

		it('goes on with numbers that were not used before', async () => {
			const journal = memoryJournal();
			const book = await open(journal);
			await sendOften(book, 365);
			await book.compact();
			await book.write({ kind: 'touched', files: [file('a', 400)] });
			expect((await open(journal)).ledger.entries.get('/media/a')?.file.bytes).toBe(400);
		});

		it('is written anew in turns with other work of the process', async () => {
			const journal = memoryJournal();
			const book = await open(journal);
			const many = Array.from({ length: 5_000 }, (_, index) => file(String(index), 1));
			await book.plan('M', many);
			await book.write({ kind: 'sending', delivery: 'M', key: 'K', target: 'T', name: '', files: many.length });
			await book.write({ kind: 'sent', delivery: 'M', package: 'P', at: 1, run: 'R' });
			await sendOften(book, 365);
			clock.slept.length = 0;
			await book.compact();
			expect(await linesIn(journal)).toBeLessThan(400);
			// Reading 5,000 files, and comparing as many.
			expect(clock.slept.length).toBeGreaterThanOrEqual(5 + 4);
		});

		it('is left alone while it is short, or as long as what it contains', async () => {
			const journal = memoryJournal();
			const book = await open(journal);
			await sendOften(book, 100);
			await book.compact();
			expect(await linesIn(journal)).toBe(301);
			const many = Array.from({ length: 20_000 }, (_, index) => file(String(index), 1));
			await book.plan('M', many);
			await book.write({ kind: 'marked', delivery: 'M', at: 1 });
			expect(await isMostlyDead(1_302, book.ledger, clock)).toBe(false);
			expect(await isMostlyDead(100_000, book.ledger, clock)).toBe(true);
			// A later run is to notice that.
			expect(await isMostlyDead(100_000, { ...book.ledger, missing: 1 }, clock)).toBe(false);
		});

		it('stays as it is on a full disk, and goes on', async () => {
			const journal = memoryJournal();
			const book = await open(journal);
			await sendOften(book, 365);
			journal.failWrites();
			await book.compact();
			journal.repair();
			await sendOften(book, 1);
			expect(await linesIn(journal)).toBe(1 + 3 * 366);
			expect((await open(journal)).state).toBe('found');
		});

		it('is not replaced by a run that has lost its lease, whether it has noticed that or not', async () => {
			const journal = memoryJournal();
			let isHeld = true;
			const lease = { fence: 1, isHeld: () => Promise.resolve(isHeld), release: () => Promise.resolve() } as Lease;
			const frozen = await open(journal, lease);
			await sendOften(frozen, 365);
			const successor = await open(journal);
			await sendOften(successor, 1);
			await frozen.compact();
			expect(await linesIn(journal)).toBe(1 + 3 * 366);
			isHeld = false;
			await clock.sleep(60_000);
			const alone = memoryJournal();
			const asleep = await open(alone, lease);
			isHeld = true;
			await sendOften(asleep, 365);
			isHeld = false;
			await clock.sleep(60_000);
			await asleep.compact();
			expect(await linesIn(alone)).toBe(1 + 3 * 365);
			expect(await linesIn(journal)).toBe(1 + 3 * 366);
		});
	});
});
