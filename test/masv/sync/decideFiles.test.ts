import type { DecisionRules } from '../../../masv/sync/decideFiles';
import { decideFiles, findUnknown } from '../../../masv/sync/decideFiles';
import type { Ledger } from '../../../masv/sync/ledger';
import { readLedger } from '../../../masv/sync/ledger';
import type { LedgerFile } from '../../../masv/sync/ledgerLines';
import { groupFiles } from '../../../masv/sync/groupFiles';
import type { FileStamp } from '../../../masv/transfer/source';
import { instantClock } from '../../support/instantClock';

const now = Date.parse('2026-03-01T12:00:00Z');
const ns = (ms: number) => `${ms}000000`;
let inodes = 100;
type Facts = { age: number; bytes: number; inode: string; modified: number };

/** A file that was last changed so many seconds ago. */
function found(
	place: string,
	{ age = 3_600, bytes = 10, inode = String(++inodes), modified = now - age * 1000 }: Partial<Facts> = {},
): LedgerFile {
	const path = place.split('/').slice(0, -1).join('/');
	const name = place.split('/').at(-1) as string;
	const stamp = { modified: ns(modified), changed: ns(now - age * 1000), device: '1', inode };
	return { location: `/media/${place}`, path, name, bytes, ...stamp };
}

/** What a file keeps that is renamed. */
function stampOf({ bytes, modified, changed, device, inode }: LedgerFile): FileStamp {
	return { bytes, modified, changed, device, inode };
}

async function ledgerWith(...files: LedgerFile[]): Promise<Ledger> {
	const lines = [
		{ kind: 'begun', number: 1, at: 0 },
		{ kind: 'planned', number: 2, delivery: 'D1', files },
		{ kind: 'sending', number: 3, delivery: 'D1', key: 'k', target: 't', name: '', files: files.length },
		{ kind: 'sent', number: 4, delivery: 'D1', package: 'P1', at: 1 },
	];
	return await readLedger(lines, instantClock());
}

const rules: DecisionRules = { now, waitMs: 60_000, sendMoved: false, touchedFiles: 'compare' };
const namesOf = (files: LedgerFile[]) => files.map(({ name }) => name);
const clock = instantClock();
async function decide(files: LedgerFile[], ledger: Ledger, more: Partial<DecisionRules> = {}) {
	const { ready, waiting, touched, known, sent } = await decideFiles(files, ledger, { ...rules, ...more }, clock);
	const shown = known.map(({ from, file }) => `${from.map(({ name }) => name).join(' or ')} -> ${file.name}`);
	const compared = touched.map(({ sum, file: { name } }) => `${name} ${sum}`);
	return { ready: namesOf(ready), waiting: namesOf(waiting), touched: compared, known: shown, sent };
}
const none = { ready: [], waiting: [], touched: [], known: [], sent: 0 };

describe('the decision which files are new', () => {
	it('sends everything if nothing was sent before', async () => {
		expect(await decide([found('a'), found('b')], await ledgerWith())).toEqual({ ...none, ready: ['a', 'b'] });
	});

	it('sends what was added or changed, and nothing else', async () => {
		const [a, b, c] = [found('a'), found('b'), found('c')];
		const changed = [
			{ ...b, bytes: 11 },
			{ ...c, modified: ns(now - 5_000_000) },
		];
		const decision = await decide([a, ...changed, found('d')], await ledgerWith(a, b, c));
		expect(decision).toEqual({ ...none, ready: ['b', 'c', 'd'], sent: 1 });
	});

	it('does not send a file again whose permissions were changed, or whose drive was mounted again', async () => {
		const a = found('a');
		const again = { ...a, changed: ns(now), device: '2', inode: '7' };
		expect(await decide([again], await ledgerWith(a))).toEqual({ ...none, sent: 1 });
	});

	describe('about a file with another time, of which the sum is known', () => {
		const sum = '0123456789abcdef0123456789abcdef';
		const sent = { ...found('a', { inode: '5' }), sum };
		const touched = { ...found('a', { inode: '6' }), modified: ns(now - 5_000_000) };

		it('compares its content if it has the same size and place', async () => {
			expect(await decide([touched], await ledgerWith(sent))).toEqual({ ...none, touched: [`a ${sum}`] });
			const others = [
				{ ...touched, bytes: 11 },
				{ ...found('b'), ...stampOf(touched) },
			];
			expect(await decide(others, await ledgerWith(sent))).toEqual({ ...none, ready: ['a', 'b'] });
		});

		it('waits until it is at rest', async () => {
			const growing = { ...touched, changed: ns(now - 59_000) };
			expect(await decide([growing], await ledgerWith(sent))).toEqual({ ...none, waiting: ['a'] });
		});

		it('sends it if that is wanted, or if the sum is not known', async () => {
			const rulesOfOld = { touchedFiles: 'send' } as const;
			expect(await decide([touched], await ledgerWith(sent), rulesOfOld)).toEqual({ ...none, ready: ['a'] });
			const { sum: _, ...unknown } = sent;
			expect(await decide([touched], await ledgerWith(unknown))).toEqual({ ...none, ready: ['a'] });
		});

		it.each(['', 'x', sum.toUpperCase(), `${sum.slice(8)}/0`, `${sum.slice(8)}/0.5`, `${sum.slice(8)}/NaN`])(
			'sends it if the sum was damaged (%j)',
			async (damaged) => {
				const ledger = await ledgerWith({ ...sent, sum: damaged });
				expect(await decide([touched], ledger)).toEqual({ ...none, ready: ['a'] });
			},
		);

		it.each(['move', 'delete'] as const)(
			'sends it where files go after sending: it has come since (%s)',
			async (after) => {
				const lines = [
					{ kind: 'begun', number: 1, at: 0 },
					{ kind: 'planned', number: 2, delivery: 'D1', files: [sent] },
					{ kind: 'sending', number: 3, delivery: 'D1', key: 'k', target: 't', name: '', files: 1 },
					{ kind: 'sent', number: 4, delivery: 'D1', package: 'P1', at: 1, after },
					{ kind: 'cleared', number: 5, delivery: 'D1' },
				];
				for (const count of [4, 5]) {
					const ledger = await readLedger(lines.slice(0, count), instantClock());
					expect(await decide([touched], ledger)).toEqual({ ...none, ready: ['a'] });
				}
			},
		);
	});

	it('leaves a file for the next run that has changed within the time to wait', async () => {
		const files = [found('quiet', { age: 60 }), found('written', { age: 59 })];
		expect(await decide(files, await ledgerWith())).toEqual({ ...none, ready: ['quiet'], waiting: ['written'] });
		expect(await decide(files, await ledgerWith(), { waitMs: 0 })).toEqual({ ...none, ready: ['quiet', 'written'] });
	});

	it('waits for a file that a program is copying with its old modification time', async () => {
		const copied = found('copied', { age: 5, modified: now - 86_400_000 });
		expect(await decide([copied], await ledgerWith())).toEqual({ ...none, waiting: ['copied'] });
	});

	it('waits for a file on a disk that only has modification times', async () => {
		const file = found('a', { modified: now - 1_000 });
		expect(await decide([file], await ledgerWith())).toEqual({ ...none, waiting: ['a'] });
	});

	it('waits until a file cannot have been changed again within the same time of a disk with a coarse clock', async () => {
		const coarse = (age: number): LedgerFile => found(`coarse ${age}`, { age });
		const fine = { ...coarse(1), name: 'fine', modified: ns(now - 999), changed: ns(now - 999) };
		const files = [coarse(0), coarse(1), coarse(2), fine];
		const expected = { ...none, ready: ['coarse 2', 'fine'], waiting: ['coarse 0', 'coarse 1'] };
		expect(await decide(files, await ledgerWith(), { waitMs: 0 })).toEqual(expected);
	});

	it('does not wait forever for a file that is dated in the future', async () => {
		const file = found('a', { modified: now + 86_400_000 });
		expect(await decide([file], await ledgerWith())).toEqual({ ...none, ready: ['a'] });
	});

	it('does not wait for years for a file that was changed while a clock was wrong, but for a clock that is a little ahead', async () => {
		const day = 24 * 60 * 60;
		const files = [found('years', { age: -400 * day }), found('hours', { age: -3_600 })];
		expect(await decide(files, await ledgerWith())).toEqual({ ...none, ready: ['years'], waiting: ['hours'] });
	});

	it('recognizes a renamed file although another one has taken its place', async () => {
		const [a, other] = [found('a', { inode: '5' }), found('a', { modified: now - 7_200_000 })];
		const renamed = { ...found('b'), ...stampOf(a) };
		expect(await decide([other, renamed], await ledgerWith(a))).toEqual({ ...none, ready: ['a'], known: ['a -> b'] });
	});

	it('recognizes a file that was renamed, also one that was renamed a moment ago', async () => {
		const a = found('day/a', { inode: '5' });
		const renamed = { ...found('b'), ...stampOf(a), changed: ns(now) };
		expect(await decide([renamed], await ledgerWith(a))).toEqual({ ...none, known: ['a -> b'] });
		expect(await decide([renamed], await ledgerWith(a), { sendMoved: true })).toEqual({ ...none, waiting: ['b'] });
	});

	it.each<[string, Partial<FileStamp>]>([
		['has another size', { bytes: 11 }],
		['has another modification time', { modified: ns(now - 5_000_000) }],
		['has another inode', { inode: '6' }],
		['is on another disk', { device: '2' }],
	])('does not take a file for a renamed one that %s', async (_, more) => {
		const a = found('a', { inode: '5' });
		const file = { ...found('b'), ...stampOf(a), ...more };
		expect(await decide([file], await ledgerWith(a))).toEqual({ ...none, ready: ['b'] });
	});

	it.each<[string, string | undefined, string | undefined, boolean]>([
		['was created at another time', '1', '2', false],
		['was created at the same time', '1', '1', true],
		['is on a disk that does not say when it was created', '1', undefined, true],
		['was sent before that was noted', undefined, '1', true],
	])('looks at when a file with the inode of another one was created: %s', async (_, before, after, isKnown) => {
		const a = found('a', { inode: '5' });
		const born = (time: string | undefined) => (time === undefined ? {} : { born: time });
		const sent = { ...a, ...born(before) };
		const file = { ...found('b'), ...stampOf(a), ...born(after) };
		const expected = isKnown ? { known: ['a -> b'] } : { ready: ['b'] };
		expect(await decide([file], await ledgerWith(sent))).toEqual({ ...none, ...expected });
	});

	it('takes no file for one that was moved or deleted after it was sent, whose inode it has got', async () => {
		const a = found('a', { inode: '5' });
		const next = { ...found('b'), ...stampOf(a) };
		const lines = [
			{ kind: 'begun', number: 1, at: 0 },
			{ kind: 'planned', number: 2, delivery: 'D1', files: [a] },
			{ kind: 'sending', number: 3, delivery: 'D1', key: 'k', target: 't', name: '', files: 1 },
			{ kind: 'sent', number: 4, delivery: 'D1', package: 'P1', at: 1, after: 'delete' },
			{ kind: 'cleared', number: 5, delivery: 'D1' },
		];
		expect(await decide([next], await readLedger(lines, instantClock()))).toEqual({ ...none, ready: ['b'] });
		expect(await decide([a], await readLedger(lines, instantClock()))).toEqual({ ...none, sent: 1 });
	});

	it('leaves the files of a delivery that has not ended to that one, in the version that it contains', async () => {
		const [a, b] = [found('a'), found('b')];
		const lines = [
			{ kind: 'begun', number: 1, at: 0 },
			{ kind: 'planned', number: 2, delivery: 'D1', files: [a, b] },
			{ kind: 'sending', number: 3, delivery: 'D1', key: 'k', target: 't', name: '', files: 2 },
		];
		const changed = { ...b, bytes: 11 };
		const ledger = await readLedger(lines, instantClock());
		expect(await decide([a, changed], ledger)).toEqual({ ...none, ready: ['b'] });
	});

	it('takes no file for a renamed one on a disk without inodes', async () => {
		const a = found('a', { inode: '0' });
		const other = { ...found('b'), ...stampOf(a) };
		expect(await decide([other], await ledgerWith(a))).toEqual({ ...none, ready: ['b'] });
	});

	it('recognizes each of several names that one file had', async () => {
		const names = ['a', 'b'].map((name) => found(name, { inode: '5' }));
		const renamed = ['c', 'd', 'e'].map((name) => ({ ...found(name), ...stampOf(names[0] as LedgerFile) }));
		const decision = await decide(renamed, await ledgerWith(...names));
		expect(decision).toEqual({ ...none, known: ['a or b -> c', 'a or b -> d', 'a or b -> e'] });
	});
});

describe('the packages of a run', () => {
	const files = ['in/a', 'in/day 1/b', 'in/day 1/cam/c', 'in/day 2/d', 'e'].map((place) => found(place));
	const groups = (per: 'run' | 'folder' | 'file', top = '', all = files) =>
		groupFiles(all, per, top).map(({ name, files: group }) => [name, ...namesOf(group)]);

	it('are one, each file, or each top-level folder', () => {
		expect(groups('run')).toEqual([['', 'a', 'b', 'c', 'd', 'e']]);
		expect(groups('file')).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => [name, name]));
		expect(groups('folder')).toEqual([
			['in', 'a'],
			['day 1', 'b', 'c'],
			['day 2', 'd'],
			['', 'e'],
		]);
	});

	it('do not depend on the folder in the package', () => {
		const below = files.map((file) => ({ ...file, path: ['x/y', file.path].filter((part) => part !== '').join('/') }));
		expect(groups('folder', 'x/y', below)).toEqual(groups('folder'));
	});

	it.each(['run', 'folder', 'file'] as const)('are none if nothing is new (%s)', (per) => {
		expect(groups(per, '', [])).toEqual([]);
	});
});

it('finds what the ledger does not have, in turns with other work of the process', async () => {
	const { slept, ...counting } = instantClock();
	const [known, unknown] = [found('a'), found('b')];
	const many = Array.from({ length: 12_000 }, (_, index) => (index === 7_000 ? unknown : known));
	expect(await findUnknown(many, await ledgerWith(known), counting)).toEqual([unknown]);
	expect(slept).toEqual([0, 0]);
});
