import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkFreeSpace } from '../../../masv/download/freeSpace';
import { nameRules } from '../../../masv/download/nameRules';
import { toPackageEntry } from '../../../masv/download/packageEntry';
import { openPackageFolder } from '../../../masv/download/packageFolder';
import type { PlanOptions, ReceivePlan } from '../../../masv/download/planReceive';
import { planReceive } from '../../../masv/download/planReceive';
import type { TargetFolder } from '../../../masv/download/target';
import { diskTarget } from '../../../masv/node/diskTarget';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { systemClock } from '../../../masv/node/systemClock';
import type { MasvFile } from '../../../masv/schemas';
import { failureOf } from '../../support/failureOf';

let base: string;
let target: TargetFolder;
beforeEach(async () => {
	base = await realpath(await mkdtemp(join(tmpdir(), 'masv-plan-')));
	target = await diskTarget(base, { checkAllowed: () => undefined });
});
afterEach(async () => {
	target.close();
	await rm(base, { recursive: true });
});

const at = (...names: string[]) => join(base, ...names);
const options: PlanOptions = {
	ifExists: 'skip',
	rules: nameRules.linux,
	hashing: nodeHashing,
	clock: systemClock,
	infected: false,
	archives: false,
	isWanted: () => true,
};

/** A file of MASV's list, whose size is that of its ID. */
function file(id: string, name: string, path = '', more: Partial<MasvFile> = {}): MasvFile {
	return { id, kind: 'file', name, path, size: id.length, ...more };
}

async function plan(files: MasvFile[], more: Partial<PlanOptions> = {}, folder = target): Promise<ReceivePlan> {
	return await planReceive(folder, files.map(toPackageEntry), false, { ...options, ...more });
}

/** Carries a plan out: the content of each file is its ID. */
async function receive(files: MasvFile[], more: Partial<PlanOptions> = {}, folder = target): Promise<ReceivePlan> {
	const made = await plan(files, more, folder);
	for (const { folders } of made.directories.map((each) => ({ folders: each }))) await folder.makeFolder(folders);
	for (const job of made.jobs) {
		const sink = await folder.sink(job, job).open();
		await sink.write(Buffer.from(job.entry.id), 0);
		await sink.finish({ bytes: job.entry.id.length, modifiedAt: undefined });
		await sink.close();
	}
	return made;
}

const placesOf = ({ jobs }: ReceivePlan) => jobs.map(({ folders, name }) => [...folders, name].join('/')).sort();

it('receives a tree, and nothing a second time', async () => {
	const files = [
		file('1', 'A001.mov', '/day 1'),
		file('22', 'A001.mov', '/day 2'),
		{ id: 'D', kind: 'directory', name: 'empty', path: '/day 2' },
	];
	await receive(files);
	expect((await readdir(base, { recursive: true })).sort()).toEqual([
		'day 1',
		'day 1/A001.mov',
		'day 2',
		'day 2/A001.mov',
		'day 2/empty',
	]);
	const second = await plan(files);
	expect(second.jobs).toEqual([]);
	expect(second.skipped).toMatchObject([
		{ path: 'day 1/A001.mov', reason: 'same', location: at('day 1/A001.mov') },
		{ path: 'day 2/A001.mov', reason: 'same', location: at('day 2/A001.mov') },
	]);
});

it('never mixes two packages of one name, with files of one name and size, however often they are received', async () => {
	for (let run = 0; run < 2; run++) {
		for (const id of ['P1', 'P2']) {
			const folder = await openPackageFolder(target, { id, name: 'Dailies' }, nameRules.linux);
			await receive([file(id, 'A001.mov')], { ifExists: 'overwrite' }, folder);
			folder.close();
		}
	}
	expect(await readdir(base)).toEqual(['Dailies', 'Dailies (P2)']);
	expect(await readFile(at('Dailies', 'A001.mov'), 'utf8')).toBe('P1');
	expect(await readFile(at('Dailies (P2)', 'A001.mov'), 'utf8')).toBe('P2');
});

it('does not look at the rest of a long list when the run is stopped', async () => {
	const stop = new AbortController();
	let looks = 0;
	const look: TargetFolder['look'] = async (place) => {
		if (++looks === 20) stop.abort();
		return await target.look(place);
	};
	const files = Array.from({ length: 1_000 }, (_, index) => file(`${index}`, `${index}.mov`));
	const work = plan(files, { signal: stop.signal }, { ...target, look });
	expect(await failureOf(work)).toMatchObject({ code: 'cancelled' });
	expect(looks).toBeLessThan(100);
});

it('keeps a file that differs, and says so', async () => {
	await writeFile(at('A001.mov'), 'mine');
	const { jobs, skipped } = await receive([file('1', 'A001.mov'), file('2', 'B001.mov')]);
	expect(jobs.map(({ name }) => name)).toEqual(['B001.mov']);
	expect(skipped).toMatchObject([{ path: 'A001.mov', reason: 'differs' }]);
	expect(await readFile(at('A001.mov'), 'utf8')).toBe('mine');
});

describe('a file of the right size, of which a checksum was noted', () => {
	const place = { folders: [], name: 'A001.mov', partial: 'A001.mov.part' };
	const md5Of = (...texts: Array<string | Buffer>) => {
		const hash = createHash('md5');
		for (const text of texts) hash.update(text);
		return hash.digest();
	};
	const right = { md5: md5Of('F1').toString('hex'), blockBytes: 2 };
	const ofParts = { md5: md5Of(md5Of('F'), md5Of('1')).toString('hex'), parts: 2, blockBytes: 1 };
	const wrong = { md5: '0'.repeat(32), blockBytes: 2 };
	const reasonFor = async (note: typeof ofParts | typeof right, stamp = 'another', folder = target) => {
		const known = new Map([['F1', { kind: 'whole' as const, file: 'F1', stamp, ...note }]]);
		const { skipped } = await plan([file('F1', 'A001.mov')], { known }, folder);
		return skipped.map(({ reason }) => reason).join();
	};
	beforeEach(async () => await writeFile(at('A001.mov'), 'F1'));

	it('is not read if it was not touched since', async () => {
		expect(await reasonFor(wrong, (await target.look(place))?.stamp)).toBe('same');
	});

	it('is the same, as far as can be known, if it may not be read', async () => {
		const openFile = async () => await Promise.resolve(undefined);
		expect(await reasonFor(wrong, 'another', { ...target, openFile })).toBe('same');
	});

	it.each([
		['is the same with this checksum', right, 'same'],
		['is the same with the checksum of its parts', ofParts, 'same'],
		['differs with another one', wrong, 'differs'],
	])('is read otherwise, and %s', async (_, note, reason) => {
		expect(await reasonFor(note)).toBe(reason);
	});
});

it('gives new names that no other file or folder of the package has or gets', async () => {
	await writeFile(at('A.mov'), 'mine');
	await mkdir(at('A (1).mov'));
	const files = [
		file('1', 'A.mov'),
		file('2', 'A (2).mov'),
		file('3', 'x', 'A (3).mov'),
		{ id: 'D', kind: 'directory', name: 'A (4).mov' },
	];
	expect(placesOf(await receive(files, { ifExists: 'rename' }))).toEqual(['A (2).mov', 'A (3).mov/x', 'A (5).mov']);
	expect(await readFile(at('A.mov'), 'utf8')).toBe('mine');
});

it('gives files that fall together different new names', async () => {
	await writeFile(at('a.mov'), 'mine');
	await writeFile(at('A.mov'), 'mine');
	const rules = { ...nameRules.linux, ignoresCase: true };
	const places = placesOf(await plan([file('F1', 'a.mov'), file('F2', 'A.mov')], { ifExists: 'rename', rules }));
	expect(places).toEqual(['A (1).mov', 'a (F1).mov']);
});

it.each<[PlanOptions['ifExists'], () => Promise<unknown>]>([
	['fail', async () => await writeFile(at('A001.mov'), '')],
	['overwrite', async () => await mkdir(at('A001.mov'))],
])('receives nothing if something is in the way: %s', async (ifExists, plant) => {
	await plant();
	expect(await failureOf(receive([file('1', 'a.mov'), file('2', 'A001.mov')], { ifExists }))).toMatchObject({
		code: 'file_exists',
		message: '"A001.mov" already exists',
	});
	expect(await readdir(base)).toEqual(['A001.mov']);
});

it('puts a file at the same place whatever else is received', async () => {
	const files = [file('1', 'a.mov'), file('2', 'a.mov'), file('3', 'a.mov', '', { virus_detected: true })];
	const whole = placesOf(await plan(files, { infected: true }));
	expect(whole).toEqual(['a (2).mov', 'a (3).mov', 'a.mov']);
	expect(placesOf(await plan(files, { isWanted: ({ id }) => id !== '1' }))).toEqual(['a (2).mov']);
});

it('lets no file of a package pretend whose the folder is', async () => {
	const { jobs, changed } = await plan([file('1', '.masv-package')]);
	expect(jobs.map(({ name }) => name)).toEqual(['.masv-package (1)']);
	expect(changed).toEqual([{ from: '.masv-package', to: '.masv-package (1)' }]);
});

describe('the free space', () => {
	const huge = [file('1', 'a.mov', '', { size: 6_000 }), file('2', 'b.mov', '', { size: 6_000 })];
	const withFree = (bytes: number | undefined): TargetFolder => ({
		...target,
		readFreeBytes: () => Promise.resolve(bytes),
	});
	const check = async (free: number | undefined) => {
		const folder = withFree(free);
		await checkFreeSpace(folder, (await plan(huge)).jobs);
	};

	it.each([12_000, undefined])('is enough: %s', async (free) => await check(free));

	it('is too little', async () => {
		expect(await failureOf(check(11_999))).toMatchObject({
			code: 'disk_full',
			message: `The files need 11.7 KiB, but only 11.7 KiB are free in "${base}"`,
		});
	});

	it('is not worth a look at each file if there is enough for all', async () => {
		let looks = 0;
		const readStoredBytes = async (): Promise<number> => await Promise.resolve(looks++);
		await checkFreeSpace({ ...withFree(12_000), readStoredBytes }, (await plan(huge)).jobs);
		expect(looks).toBe(0);
	});

	it('need not be there for what earlier runs have stored, but for gaps in it, and for the other files', async () => {
		await writeFile(at('a.mov.part'), Buffer.alloc(8_192));
		await check(6_000);
		expect(await failureOf(check(5_999))).toMatchObject({ code: 'disk_full' });
		await rm(at('a.mov.part'));
		await writeFile(at('a.mov.part'), '');
		await truncate(at('a.mov.part'), 6_000);
		expect(await failureOf(check(6_000))).toMatchObject({ code: 'disk_full' });
	});
});

describe('a long list', () => {
	const count = 3_500;
	const files = Array.from({ length: count }, (_, index) => file(`${index}`, `frame ${index}`));

	/** Plans it, and counts the pauses after everything has been looked at. @param onPause called in each of these */
	async function pausesOf(onPause: () => void = () => undefined, more: Partial<PlanOptions> = {}) {
		let [looks, pauses] = [0, 0];
		const look: TargetFolder['look'] = async ({ name }) => {
			looks++;
			const bytes = `${name}`.length - 'frame '.length;
			return await Promise.resolve({ kind: 'file', bytes, location: `/there/${name}`, stamp: '' });
		};
		const sleep = async (): Promise<void> => {
			if (looks === count) {
				pauses++;
				onPause();
			}
			await Promise.resolve();
		};
		const folder = { look } as Partial<TargetFolder> as TargetFolder;
		const made = await plan(files, { clock: { sleep }, ...more }, folder);
		return { made, pauses: () => pauses };
	}

	it('gets its places with pauses in between', async () => {
		let [looks, pauses] = [0, 0];
		const look = async (): Promise<undefined> => await Promise.resolve(void looks++);
		const sleep = async (): Promise<void> => await Promise.resolve(void (looks === 0 && pauses++));
		await plan(files, { clock: { sleep } }, { look } as Partial<TargetFolder> as TargetFolder);
		// The tree of its folders, the names that files want and those that they get, which are wanted, whose places they are, and theirs;
		// and 500 names are sorted at once, and then merged.
		expect(pauses).toBe(7 * 3 + 4);
	});

	it('is decided about with pauses in between', async () => {
		const { made, pauses } = await pausesOf();
		expect(made.skipped.map(({ path }) => path)).toEqual(files.map(({ name }) => name));
		expect(pauses()).toBe(3);
	});

	it('is looked at with pauses in between, in which nobody looks', async () => {
		let looks = 0;
		let atPauseEnd = 0;
		const [between, during] = [[0], [0]];
		const look: TargetFolder['look'] = async () => {
			looks++;
			return await Promise.resolve(undefined);
		};
		const sleep = async (): Promise<void> => {
			between.push(looks - atPauseEnd);
			const atPauseBegin = looks;
			await new Promise((resolve) => setImmediate(resolve));
			during.push(looks - atPauseBegin);
			atPauseEnd = looks;
		};
		const folder = { look } as Partial<TargetFolder> as TargetFolder;
		expect((await plan(files, { clock: { sleep } }, folder)).jobs).toHaveLength(count);
		expect(looks).toBe(count);
		expect(Math.max(...between)).toBeLessThanOrEqual(1_000);
		// Those that have begun.
		expect(Math.max(...during)).toBeLessThanOrEqual(16);
	});

	it('is not decided about to its end when the run is stopped', async () => {
		const stop = new AbortController();
		let pauses = 0;
		const stopped = pausesOf(() => (++pauses, stop.abort()), { signal: stop.signal });
		expect(await failureOf(stopped)).toMatchObject({ code: 'cancelled' });
		expect(pauses).toBe(1);
	});
});
