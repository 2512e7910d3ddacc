import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { removeOldFiles, removeOldFilesDaily } from '../../../masv/node/removeOldFiles';
import { instantClock } from '../../support/instantClock';

const minute = 60_000;
const day = 24 * 60 * minute;

const clock = instantClock();
let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-old-'));
});
afterEach(async () => {
	jest.restoreAllMocks();
	await rm(folder, { recursive: true, force: true });
});

/** Dates a file or folder back. */
async function age(path: string, ms: number): Promise<void> {
	const date = new Date(Date.now() - ms);
	await utimes(path, date, date);
}

async function addRecord(key: string, ageMs: number): Promise<void> {
	await writeFile(join(folder, `${key}.jsonl`), '');
	await age(join(folder, `${key}.jsonl`), ageMs);
}

const draft = '0d1f7b52-6a0c-4e0b-9f5e-2f6f7a3c8e11';

/** As a journal replaces a record. */
async function addDraft(key: string, ageMs: number): Promise<void> {
	const file = join(folder, `${key}.jsonl.${draft}.new`);
	await writeFile(file, '');
	await age(file, ageMs);
}

async function addLease(key: string, ageMs: number, released = true): Promise<void> {
	const lease = join(folder, `${key}.lease`);
	await mkdir(lease);
	await writeFile(join(lease, '3'), JSON.stringify({ released }));
	await age(join(lease, '3'), ageMs);
	// Only creating or removing files in a folder dates it; a sign of life does not.
	await age(lease, 60 * day);
}

const old = 7 * day + minute;
const recent = 7 * day - minute;

describe('the files of a key', () => {
	it.each<[string, () => Promise<void>, string[]]>([
		['an old record', async () => await addRecord('key', old), []],
		['a recent record', async () => await addRecord('key', recent), ['key.jsonl']],
		['an old lease', async () => await addLease('key', old), []],
		[
			'a lease that was not released: the clock may be wrong',
			async () => await addLease('key', old, false),
			['key.lease'],
		],
		['a lease that was not released for a month', async () => await addLease('key', 29 * day, false), []],
		['a recent lease', async () => await addLease('key', recent), ['key.lease']],
		['an old record with an old lease', async () => (await addRecord('key', old), await addLease('key', old)), []],
		[
			'an old record whose lease is held',
			async () => (await addRecord('key', old), await addLease('key', 0)),
			['key.jsonl', 'key.lease'],
		],
		[
			'an old lease with a recent record, whose fencing numbers must not start again',
			async () => (await addRecord('key', recent), await addLease('key', old)),
			['key.jsonl', 'key.lease'],
		],
		[
			'an old record of a delivery to a package, whose lease is held',
			async () => (await addRecord('package-key', old), await addLease('key', 0)),
			['key.lease', 'package-key.jsonl'],
		],
		[
			'an old record of a delivery to a package, whose lease was not released',
			async () => (await addRecord('package-key', old), await addLease('key', old, false)),
			['key.lease', 'package-key.jsonl'],
		],
		[
			'the old records of a package, with their leases',
			async () => (await addRecord('package', old), await addRecord('package-a', old), await addLease('a', old)),
			[],
		],
		[
			'an old record of a package to which another delivery has written, and its lease',
			async () => (await addRecord('package-a', old), await addRecord('package-b', 0), await addLease('a', old)),
			['a.lease', 'package-a.jsonl', 'package-b.jsonl'],
		],
		[
			'an old record of a package, also if another package has a recent one of the same name',
			async () => (await addRecord('one-3f', old), await addRecord('two-3f', 0)),
			['two-3f.jsonl'],
		],
		[
			'what a process that died had written to replace a record, and the record',
			async () => (await addDraft('one-3f', old), await addRecord('one-3f', old), await addDraft('key', old)),
			[],
		],
		[
			'an old record that is just being replaced',
			async () => (await addDraft('one-3f', 0), await addRecord('one-3f', old)),
			['one-3f.jsonl', `one-3f.jsonl.${draft}.new`],
		],
		[
			'what is not ours',
			async () => (await writeFile(join(folder, 'x'), ''), await age(join(folder, 'x'), old)),
			['x'],
		],
	])('are removed after a week without a sign of life: %s', async (_, prepare, left) => {
		await prepare();
		await removeOldFiles(folder, clock);
		expect((await readdir(folder)).sort()).toEqual(left);
	});

	it('that cannot be removed do not protect others', async () => {
		await addLease('a', old);
		await mkdir(join(folder, 'a.lease', '4'));
		await age(join(folder, 'a.lease', '4'), old);
		await age(join(folder, 'a.lease'), old);
		await addRecord('b', old);
		await removeOldFiles(folder, clock);
		expect(await readdir(folder)).toEqual(['a.lease']);
	});

	it('are as old as the clock of the folder says, which is not that of this machine', async () => {
		await addRecord('one', minute);
		jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 8 * day);
		await removeOldFiles(folder, clock);
		expect(await readdir(folder)).toEqual(['one.jsonl']);
	});

	it('are kept if their holder gives a sign of life while it is watched: the clock of the folder may have been set ahead', async () => {
		for (const key of ['alive', 'dead']) {
			await addRecord(key, 60 * day);
			await addLease(key, 60 * day, false);
		}
		const sign = join(folder, 'alive.lease', '3');
		await removeOldFiles(folder, { sleep: async () => await writeFile(sign, '{"beat":2,"released":false}') });
		expect((await readdir(folder)).sort()).toEqual(['alive.jsonl', 'alive.lease']);
	});

	it('are left alone if the folder cannot be read', async () => {
		await expect(removeOldFiles(join(folder, 'missing'), clock)).rejects.toMatchObject({ code: 'ENOENT' });
	});
});

describe('cleaning up daily', () => {
	/** Cleaning up runs in the background; ends when it has removed the file. */
	const isRemoved = async (name: string): Promise<void> => {
		while ((await readdir(folder)).includes(name)) await new Promise(setImmediate);
	};

	it('happens at the first use of a folder, and again after a day', async () => {
		await addRecord('one', old);
		removeOldFilesDaily(folder, clock);
		await isRemoved('one.jsonl');

		await addRecord('two', old);
		removeOldFilesDaily(folder, clock);
		jest.spyOn(Date, 'now').mockReturnValue(Date.now() + day);
		removeOldFilesDaily(folder, clock);
		await isRemoved('two.jsonl');
	});

	it('happens once a day only', async () => {
		await addRecord('one', old);
		removeOldFilesDaily(folder, clock);
		await isRemoved('one.jsonl');
		await addRecord('two', old);
		removeOldFilesDaily(folder, clock);
		await addRecord('three', old);
		// Another folder is cleaned up after it.
		const { folder: first } = { folder };
		folder = await mkdtemp(join(tmpdir(), 'masv-old-'));
		await addRecord('four', old);
		removeOldFilesDaily(folder, clock);
		await isRemoved('four.jsonl');
		expect((await readdir(first)).sort()).toEqual(['three.jsonl', 'two.jsonl']);
		await rm(first, { recursive: true });
	});

	it('says nothing about a folder that is not there', async () => {
		removeOldFilesDaily(join(folder, 'missing'), clock);
		// By then, the first one has failed, too. Jest fails a test during which nothing handles a rejection.
		await addRecord('one', old);
		removeOldFilesDaily(folder, clock);
		await isRemoved('one.jsonl');
	});
});
