/**
 * Measures what an execution of Send New Files and of Receive New Files costs when hardly anything is new, with
 * the built node.
 *
 *   npm run build && npm run bench:sync -- [--files 100000] [--packages 10000]
 *
 * Each is measured with half as many, too: twice as many must not take much more than twice as long.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { type Sandbox, startSandbox } from '../sandbox/start.ts';
import type { MarkedAsSentJob } from './bench/markedAsSent.ts';
import type { SyncJob, SyncResult } from './bench/syncWorker.ts';
import { readOptions, wholeNumber } from './commandLine/options.ts';
import { undoAll, undoAtEnd } from './commandLine/undo.ts';

const hourMs = 3_600_000;
const since = Date.UTC(2025, 0, 1);
const filesPerFolder = 1_000;
const newFiles = 10;
const touchedFiles = 20_000;
const content = 'x';
const newPackages = 3;

const values = readOptions('npm run build && npm run bench:sync -- [--files 100000] [--packages 10000]', {
	options: {
		files: { default: '100000', read: wholeNumber(filesPerFolder) },
		packages: { default: '10000', read: wholeNumber(10) },
	},
});
const root = dirname(import.meta.dirname);
// In memory where there is such a folder, so that no disk is measured.
const work = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : await realpath(tmpdir()), 'masv-bench-sync-'));
undoAtEnd(async () => await rm(work, { recursive: true, force: true }));
let executions = 0;

try {
	console.log(`Load of the machine: ${loadavg()[0]?.toFixed(2)}`);
	for (const count of [Math.ceil(values.files / 2), values.files]) await measureSending(count);
	for (const count of [Math.ceil(values.packages / 2), values.packages]) await measureReceiving(count);
} finally {
	await undoAll();
}

async function measureSending(count: number): Promise<void> {
	const sandbox = await startSandbox();
	const folder = join(work, `files-${count}`);
	for (let first = 0; first < count; first += filesPerFolder) {
		const inside = join(folder, `reel ${first / filesPerFolder}`, 'camera A');
		await mkdir(inside, { recursive: true });
		for (let index = first; index < Math.min(count, first + filesPerFolder); index++)
			await writeFile(fileAt(folder, index), content);
	}
	const parameters = {
		resource: 'package',
		operation: 'sendNew',
		destination: 'team',
		packageName: 'New files',
		recipients: '',
		paths: folder,
		waitSeconds: 0,
		packagePer: 'run',
		afterSending: 'keep',
		sentFolder: '',
		createLink: false,
		options: {},
		newFiles: { firstRun: 'mark', whenNothingIsNew: 'item' },
		transfer: {},
	};
	const data = join(work, `sent-${count}`);
	const run = async (label: string): Promise<SyncResult> => {
		const result = await execute(sandbox, data, parameters);
		print(`${count} files, ${label}`, result);
		return result;
	};
	const [{ ledger } = {}] = (await run('all marked as sent')).output as Array<{ ledger?: { id: string } }>;
	const job: MarkedAsSentJob = { folder: join(data, 'masv-ledgers'), id: ledger?.id ?? '', content };
	await startSource('markedAsSent.ts', job, {});
	await run('nothing new');
	for (let index = 0; index < newFiles; index++) await writeFile(join(folder, `new ${index}.dpx`), 'new');
	await run(`${newFiles} new`);
	const touched = Math.min(count, touchedFiles);
	for (let index = 0; index < touched; index++) await utimes(fileAt(folder, index), 0, since / 1000 + index);
	await run(`${touched} touched`);
	await sandbox.close();
	await rm(folder, { recursive: true });
}

function fileAt(folder: string, index: number): string {
	return join(folder, `reel ${Math.floor(index / filesPerFolder)}`, 'camera A', `A001C${index}_frame.dpx`);
}

async function measureReceiving(count: number): Promise<void> {
	const sandbox = await startSandbox();
	const { id: portal } = sandbox.seedPortal();
	const seed = (index: number, files: Array<{ name: string; content: string }>): void => {
		const created = new Date(since + index * hourMs).toISOString();
		sandbox.seedPackage({ name: `package ${index}`, portal_id: portal, created_at: created, files });
	};
	for (let index = 0; index < count; index++) seed(index, []);
	const parameters = {
		resource: 'package',
		operation: 'receiveNew',
		direction: 'received',
		portalIds: [],
		// All but the last two are older.
		from: new Date(since + (count - 2) * hourMs).toISOString(),
		folder: join(work, `received-${count}`),
		options: { whenNothingIsNew: 'item' },
		transfer: {},
	};
	const data = join(work, `ledgers-${count}`);
	await execute(sandbox, data, parameters);
	for (let index = 0; index < newPackages; index++) seed(count + index, [{ name: 'a.mov', content: 'a' }]);
	sandbox.requests.length = 0;
	const result = await execute(sandbox, data, parameters);
	const lists = sandbox.requests.filter(({ step }) => step === 'listInbox').length;
	print(`${count} packages, ${newPackages} new, ${lists} requests for lists`, result);
	await sandbox.close();
}

async function execute(
	{ apiKey, teamId, url }: Sandbox,
	data: string,
	parameters: SyncJob['parameters'],
): Promise<SyncResult> {
	const job: SyncJob = { credential: { apiKey, teamId, baseUrl: url }, parameters, executionId: `${++executions}` };
	return (await startSource('syncWorker.ts', job, { N8N_STORAGE_PATH: data })) as SyncResult;
}

/** Runs a file as a process of its own. @returns what it says */
async function startSource(name: string, job: object, env: NodeJS.ProcessEnv): Promise<unknown> {
	const worker = fork(join(import.meta.dirname, 'bench', name), [JSON.stringify(job)], {
		execArgv: [
			'--import',
			join(root, 'test', 'support', 'typescriptImports.mjs'),
			'--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
		],
		env: { ...process.env, ...env },
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	const ended = once(worker, 'exit').then(([code]) => Promise.reject(new Error(`The worker ended early (${code})`)));
	const [result] = (await Promise.race([once(worker, 'message'), ended])) as [unknown];
	return result;
}

function print(label: string, { seconds, cpuSeconds, standstillMs, peakMebibytes, output }: SyncResult): void {
	const [first] = output;
	if (first?.error !== undefined) throw new Error(JSON.stringify(first));
	console.log(
		`${label.padEnd(55)} ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} s of CPU, ` +
			`${peakMebibytes.toFixed(0)} MiB, longest standstill ${standstillMs.toFixed(0)} ms, ${output.length} item(s)`,
	);
}
