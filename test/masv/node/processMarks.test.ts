import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { leaveMark } from '../../../masv/node/processMarks';

const day = 24 * 3_600;

let parent: string;
let folder: string;
beforeEach(async () => {
	parent = await mkdtemp(join(tmpdir(), 'masv-marks-'));
	folder = join(parent, 'marks');
});
afterEach(async () => await rm(parent, { recursive: true }));

/** Leaves a mark, waits until it is there, and makes it look older. */
async function leaveOld(kind: 'main' | 'worker', host: string, days: number): Promise<string> {
	await leaveMark(folder, kind, { host }).hasOthers();
	const file = join(folder, `${kind}-${host}.json`);
	const then = Date.now() / 1000 - days * day;
	await utimes(file, then, then);
	return file;
}

describe('the mark of a process', () => {
	it('says what and where it is, and since when', async () => {
		await leaveMark(folder, 'worker', { host: 'host/../ä' }).hasOthers();
		expect(await readdir(folder)).toEqual(['worker-host_..__.json']);
		const mark = JSON.parse(await readFile(join(folder, 'worker-host_..__.json'), 'utf8')) as Record<string, string>;
		expect(mark).toEqual({ kind: 'worker', host: 'host/../ä', since: expect.any(String) as string });
		expect(Date.parse(mark.since ?? '')).not.toBeNaN();
	});

	it('shows processes of other kinds that the folder is shared', async () => {
		const [main, worker] = [leaveMark(folder, 'main', { host: 'a' }), leaveMark(folder, 'worker', { host: 'a' })];
		await worker.hasOthers();
		expect(await main.hasOthers()).toBe(true);
		expect(await worker.hasOthers()).toBe(true);
	});

	it('does not show it to processes of its own kind, which may have been started again under another host name', async () => {
		await leaveMark(folder, 'worker', { host: 'a' }).hasOthers();
		expect(await leaveMark(folder, 'worker', { host: 'b' }).hasOthers()).toBe(false);
	});

	it('counts until it was not renewed for a week, and is removed then', async () => {
		const recent = await leaveOld('main', 'recent', 7);
		const worker = leaveMark(folder, 'worker', { host: 'a' });
		expect(await worker.hasOthers()).toBe(true);
		await rm(recent);
		const old = await leaveOld('main', 'old', 9);
		expect(await worker.hasOthers()).toBe(false);
		await expect(stat(old)).rejects.toMatchObject({ code: 'ENOENT' });
	});

	it('is renewed daily', async () => {
		const renewals: Array<{ run: () => void; ms: number }> = [];
		const main = leaveMark(folder, 'main', { host: 'a', every: (run, ms) => void renewals.push({ run, ms }) });
		await main.hasOthers();
		await rm(folder, { recursive: true });
		expect(renewals.map(({ ms }) => ms)).toEqual([day * 1000]);
		renewals[0]?.run();
		await main.hasOthers();
		expect(await readdir(folder)).toEqual(['main-a.json']);
	});

	it('that cannot be left is an error of those who ask', async () => {
		await writeFile(folder, '');
		await expect(leaveMark(folder, 'main').hasOthers()).rejects.toMatchObject({ code: 'ENOTDIR' });
	});
});
