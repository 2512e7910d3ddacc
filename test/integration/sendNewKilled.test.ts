import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { forkSource } from '../support/forkSource';
import type { SendingProcessJob, SendingProcessReport, Stop } from '../support/sendingProcess';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { sha256 } from '../support/testSources';

const contents = { 'a.mov': 'A', 'b.mov': 'B' };
const names = Object.keys(contents);

describe('a process that sends new files, killed', () => {
	let masv: TestMasv;
	let base: string;
	let running: ChildProcess[];
	beforeEach(async () => {
		masv = await startTestMasv();
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-killed-')));
		running = [];
		await mkdir(join(base, 'in'));
		for (const [name, content] of Object.entries(contents)) await writeFile(join(base, 'in', name), content);
	});
	afterEach(async () => {
		for (const child of running) child.kill('SIGKILL');
		await masv.close();
		await rm(base, { recursive: true });
	});

	/** @returns the first thing that it says */
	const start = async (more: Pick<SendingProcessJob, 'after' | 'runs' | 'stop'>): Promise<unknown> => {
		const { url: baseUrl, apiKey, teamId } = masv.sandbox;
		const places = { folder: join(base, 'in'), notes: join(base, 'notes'), moveTo: join(base, 'out') };
		const job: SendingProcessJob = { baseUrl, apiKey, teamId, ...places, ...more };
		const child = forkSource('sendingProcess.ts', job);
		running.push(child);
		const exit = once(child, 'exit').then(([code]) => `ended with ${code}`);
		const said = await Promise.race([once(child, 'message').then(([message]) => message as unknown), exit]);
		if (said === 'stopped') child.kill('SIGKILL');
		await exit;
		return said;
	};
	const namesIn = async (folder: string): Promise<string[]> => (await readdir(join(base, folder))).sort();

	it.each<[after: 'move' | 'delete', when: Stop['when'], at: Stop['at'], isReported: boolean]>([
		['delete', 'before', 'finalize', true],
		['delete', 'after', 'finalize', true],
		['delete', 'before', 'sent', true],
		['delete', 'after', 'sent', false],
		['delete', 'before', 'clear', false],
		['delete', 'after', 'clear', false],
		['delete', 'before', 'cleared', false],
		['delete', 'after', 'cleared', false],
		['move', 'before', 'clear', false],
		['move', 'after', 'clear', false],
		['move', 'before', 'cleared', false],
	])('(%s) %s "%s": its files are delivered once, and then cleared', async (after, when, at, isReported) => {
		expect(await start({ after, runs: 1, stop: { at, when } })).toBe('stopped');
		const [next, last] = (await start({ after, runs: 2 })) as SendingProcessReport;
		const delivered = masv.sandbox.packages();
		expect(delivered.map(({ state }) => state)).toEqual(['finalized']);
		const id = delivered[0]?.id ?? '';
		const files = masv.sandbox.files(id).map(async (file) => [file.name, await masv.sandbox.sha256(id, file.id)]);
		expect((await Promise.all(files)).sort()).toEqual(
			Object.entries(contents).map(([name, content]) => [name, sha256(Buffer.from(content))]),
		);
		expect(next).toEqual({ sent: isReported ? [{ package: id, recovered: true, files: names }] : [], warnings: [] });
		expect(last).toEqual({ sent: [], warnings: [] });
		expect(await namesIn('in')).toEqual([]);
		if (after === 'move') expect(await namesIn('out/in')).toEqual(names);
	});
});
