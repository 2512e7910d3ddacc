import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { folderJournal } from '../../../masv/node/folderJournal';

const minute = 60_000;
const day = 24 * 60 * minute;

let folder: string;
let lock: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-journal-'));
	lock = join(folder, 'key.lock');
});
afterEach(async () => {
	await rm(folder, { recursive: true, force: true });
});

/** Dates a file back. */
async function age(file: string, ms: number): Promise<void> {
	const date = new Date(Date.now() - ms);
	await utimes(file, date, date);
}

describe('a record', () => {
	it('belongs to one run at a time, and to the next one after its release', async () => {
		const first = await folderJournal(folder).claim('key');
		expect(first?.lines).toEqual([]);
		expect(await folderJournal(folder).claim('key')).toBeUndefined();
		await first?.append({ part: 1 });
		await first?.release();
		const second = await folderJournal(folder).claim('key');
		expect(second?.lines).toEqual([{ part: 1 }]);
		await second?.release();
		expect(await readdir(folder)).toEqual(['key.jsonl']);
	});

	it('that cannot be read is not locked', async () => {
		await mkdir(join(folder, 'key.jsonl'));
		await expect(folderJournal(folder).claim('key')).rejects.toMatchObject({ code: 'EISDIR' });
		expect(await readdir(folder)).toEqual(['key.jsonl']);
	});

	it('is deleted after a week, because nothing can be resumed by then', async () => {
		for (const name of ['old.jsonl', 'recent.jsonl']) await writeFile(join(folder, name), '');
		await age(join(folder, 'old.jsonl'), 7 * day + minute);
		await age(join(folder, 'recent.jsonl'), 7 * day - minute);
		const record = await folderJournal(folder).claim('key');
		await record?.release();
		expect(await readdir(folder)).toEqual(['recent.jsonl']);
	});
});

describe('a lock', () => {
	it.each<[string, object | undefined, number, boolean]>([
		['of another machine that is at work', { host: 'another', pid: 1, instance: 'i' }, 0, false],
		['of another machine that has crashed', { host: 'another', pid: 1, instance: 'i' }, 3 * minute, true],
		['of another process at work here', { host: hostname(), pid: process.ppid, instance: 'i' }, 0, false],
		[
			'of a crashed process whose ID is in use again',
			{ host: hostname(), pid: process.ppid, instance: 'i' },
			3 * minute,
			true,
		],
		['of an earlier process with the ID of this one', { host: hostname(), pid: process.pid, instance: 'i' }, 0, true],
		['whose owner is not written yet', undefined, 0, false],
		['whose owner was never written', undefined, 3 * minute, true],
	])('%s', async (_, owner, ageMs, isGranted) => {
		await writeFile(lock, owner === undefined ? '' : JSON.stringify(owner));
		await age(lock, ageMs);
		const record = await folderJournal(folder).claim('key');
		expect(record !== undefined).toBe(isGranted);
		await record?.release();
		expect(await readdir(folder)).toEqual(isGranted ? [] : ['key.lock']);
	});

	describe('of a run at work', () => {
		beforeEach(() => {
			jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
		});
		afterEach(() => {
			jest.useRealTimers();
		});

		it('is renewed before it is stale, until the record is released', async () => {
			const record = await folderJournal(folder).claim('key');
			await age(lock, day);
			const { mtimeMs } = await stat(lock);
			jest.advanceTimersByTime(minute);
			while ((await stat(lock)).mtimeMs === mtimeMs) await new Promise(setImmediate);
			await record?.release();
			expect(jest.getTimerCount()).toBe(0);
		});
	});
});
