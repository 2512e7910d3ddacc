import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { forkSource } from '../support/forkSource';
import type { ReceivingJob, ReceivingReport } from '../support/receivingProcess';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;
const reel = patternBytes(3 * 1024 * 1024 + 7, 5);

onEmbeddedStore('several processes that receive into the same folder at once', () => {
	let masv: TestMasv;
	let base: string;
	let running: Receiver[];
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	beforeEach(async () => {
		base = await realpath(await mkdtemp(join(tmpdir(), 'masv-together-')));
		running = [];
		masv.sandbox.requests.length = 0;
	});
	afterEach(async () => {
		for (const { child } of running) child.kill('SIGKILL');
		await rm(base, { recursive: true });
	});
	afterAll(async () => await masv.close());

	interface Receiver {
		child: ChildProcess;
		/** Resolves at its first message of this kind. */
		says(word: 'ready' | 'waiting'): Promise<unknown>;
		report: Promise<ReceivingReport>;
	}

	const count = (step: string): number => masv.sandbox.requests.filter((each) => each.step === step).length;
	const seed = (content: Buffer) =>
		masv.sandbox.seedPackage({ name: 'Dailies', files: [{ name: 'A001.mov', content }] }).id;

	function start(packageId: string, notes: string): Receiver {
		const { url: baseUrl, apiKey, teamId } = masv.sandbox;
		const job: ReceivingJob = { baseUrl, apiKey, teamId, packageId, folder: base, notes };
		const child = forkSource('receivingProcess.ts', job);
		const heard = new Set<string>();
		const ended = once(child, 'exit').then(() => Promise.reject(new Error('The process has ended')));
		ended.catch(() => undefined);
		const until = async <T>(take: (message: unknown) => T | undefined): Promise<T> =>
			await new Promise((resolve, reject) => {
				child.on('message', (message) => {
					const taken = take(message);
					if (taken !== undefined) resolve(taken);
				});
				ended.catch(reject);
			});
		child.on('message', (message) => typeof message === 'string' && heard.add(message));
		const receiver: Receiver = {
			child,
			says: async (word) => {
				if (!heard.has(word)) await until((message) => (message === word ? true : undefined));
			},
			report: until((message) => (typeof message === 'object' ? (message as ReceivingReport) : undefined)),
		};
		receiver.report.catch(() => undefined);
		running.push(receiver);
		return receiver;
	}

	const goOn = (): void => running.forEach(({ child }) => void child.send('go'));
	const reports = async (): Promise<ReceivingReport[]> =>
		await Promise.all(running.map(async ({ report }) => await report));

	/** The content of the file in each folder, which contains nothing else. */
	async function stored(): Promise<Record<string, Buffer>> {
		const folders = (await readdir(base)).filter((name) => name.startsWith('Dailies')).sort();
		const contents = folders.map(async (folder) => {
			const names = (await readdir(join(base, folder))).filter((name) => name !== '.masv-package');
			expect(names).toEqual(['A001.mov']);
			return [folder, await readFile(join(base, folder, 'A001.mov'))] as const;
		});
		return Object.fromEntries(await Promise.all(contents));
	}

	it('receive a package once if they share their notes: the others wait, and find it there', async () => {
		const id = seed(reel);
		for (let each = 0; each < 3; each++) start(id, join(base, 'notes'));
		const first = await Promise.race(running.map(async (each) => await each.says('ready').then(() => each)));
		await Promise.all(running.filter((each) => each !== first).map(async (each) => await each.says('waiting')));
		goOn();
		const folder = join(base, 'Dailies');
		expect((await reports()).map((report) => JSON.stringify(report)).sort()).toEqual(
			[[], [], ['A001.mov']].map((received) => JSON.stringify({ received, folder })).sort(),
		);
		expect((await stored()).Dailies?.equals(reel)).toBe(true);
		expect(count('getObject')).toBe(1);
	});

	it('do not damage a file although they share nothing but the folder', async () => {
		const id = seed(reel);
		for (let each = 0; each < 3; each++) start(id, join(base, `notes ${each}`));
		await Promise.all(running.map(async (each) => await each.says('ready')));
		goOn();
		const outcomes = (await reports()).map((report) => ('code' in report ? report.code : report.received.join()));
		// Which error the others get depends on whether they have looked for the partial file already.
		expect(outcomes.map((outcome) => outcome.replace(/^(partial_file_changed|file_exists)$/, 'error')).sort()).toEqual([
			...['A001.mov', 'error', 'error'],
		]);
		expect((await stored()).Dailies?.equals(reel)).toBe(true);
	});

	it('keep packages of the same name apart', async () => {
		const contents = [1, 2, 3].map((number) => patternBytes(reel.length, number));
		const ids = contents.map(seed);
		for (const id of ids) start(id, join(base, `notes ${id}`));
		await Promise.all(running.map(async (each) => await each.says('ready')));
		goOn();
		const folders = (await reports()).map((report) => ('code' in report ? report.code : basename(report.folder)));
		expect(new Set(folders).size).toBe(3);
		const found = await stored();
		for (const [index, folder] of folders.entries()) {
			expect(found[folder]?.equals(contents[index] as Buffer)).toBe(true);
			expect(['Dailies', `Dailies (${ids[index]})`]).toContain(folder);
		}
	});
});
