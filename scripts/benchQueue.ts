/**
 * Measures n8n in queue mode: many packages with several numbers of workers, and one large file beside small ones. All on this
 * machine, MASV (the sandbox) included, so that its processors are the bound. Prints Markdown.
 */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { type Cluster, openCluster } from '../e2e/cluster/openCluster.ts';
import setUp, { tearDown } from '../e2e/cluster/setUp.ts';
import type { Workflow } from '../e2e/n8n/workflows.ts';
import { root, toWorkflow } from '../e2e/support/lab.ts';
import { type Sandbox, startSandbox } from '../sandbox/start.ts';
import { selfSigned } from '../test/support/selfSigned.ts';
import { cpuSeconds, forgetPeak, memory } from './bench/proc.ts';

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;

const { values } = parseArgs({
	options: {
		workers: { type: 'string', default: '1,2,4' },
		packages: { type: 'string', default: '200' },
		/** Of a package, in MiB. */
		size: { type: 'string', default: '20' },
		/** In GiB; 0 leaves it out. */
		large: { type: 'string', default: '8' },
		/** How many small packages are sent beside the large one. */
		small: { type: 'string', default: '50' },
	},
});

/** A cluster that sends to a sandbox. */
interface Lab {
	cluster: Cluster;
	sandbox: Sandbox;
	/** Creates a workflow that sends one file of this size, which takes no space on the disk. */
	add(name: string, bytes: number): Promise<Workflow>;
}

interface Measured {
	seconds: number;
	/** Of all workers. */
	cpu: number;
	/** Of the worker that needed most, beyond what it has at rest. */
	peakMebibytes: number;
	/** To MASV, without its storage. */
	requests: number;
	/** Among them, lists of files. */
	lists: number;
}

const storageTls = selfSigned();
const folder = await mkdtemp(join(tmpdir(), 'masv-bench-queue-'));
const trust = { NODE_EXTRA_CA_CERTS: join(folder, 'storage.pem') };
await writeFile(trust.NODE_EXTRA_CA_CERTS, storageTls.cert);
await setUp({ rootDir: root });
try {
	const size = Number(values.size) * mebibyte;
	const count = Number(values.packages);
	const rows: string[][] = [];
	for (const workers of values.workers.split(',').map(Number)) {
		rows.push(
			await withLab(workers, async (lab) => toRow(workers, count * size, count, await sendAll(lab, count, size))),
		);
	}
	const heads = [
		'Workers',
		'Seconds',
		'GiB/s',
		'Packages/s',
		'CPU s per GiB',
		'Peak MiB above idle',
		'Requests/package',
		'Lists/package',
		'Requests/s',
	];
	if (rows.length > 0) print(`${count} packages of ${values.size} MiB`, heads, rows);
	if (values.large !== '0')
		await withLab(2, async (lab) => await measureMix(lab, Number(values.large) * gibibyte, Number(values.small), size));
} finally {
	await tearDown();
	await rm(folder, { recursive: true });
}

async function withLab<T>(workers: number, work: (lab: Lab) => Promise<T>): Promise<T> {
	const log = (line: string): void => void process.stderr.write(`${line}\n`);
	const env = { N8N_LOG_LEVEL: 'warn', N8N_EXPRESSION_ENGINE: 'legacy', DB_POSTGRESDB_POOL_SIZE: '10', ...trust };
	const cluster = await openCluster({ workers, webhookProcessors: 0, log, env });
	const sandbox = await startSandbox({ storageTls });
	try {
		const { apiKey, teamId, url } = sandbox;
		const masvApi = await cluster.client.credentials.create('MASV account', 'masvApi', {
			apiKey,
			teamId,
			baseUrl: url,
		});
		const add: Lab['add'] = async (name, bytes) => {
			const path = join(cluster.filesFolder, `${name}.bin`);
			const file = await open(path, 'w');
			await file.truncate(bytes);
			await file.close();
			const parameters = { resource: 'package', operation: 'send', packageName: name, source: 'path', paths: path };
			return await cluster.client.workflows.create(toWorkflow({ parameters, credentials: { masvApi } }));
		};
		const lab = { cluster, sandbox, add };
		// Each worker loads what it needs.
		await measure(lab, await addAll(lab, 'warm-up', workers * 10, mebibyte));
		return await work(lab);
	} finally {
		await cluster.close();
		await sandbox.close();
	}
}

async function addAll(lab: Lab, name: string, count: number, bytes: number): Promise<Workflow[]> {
	const added: Workflow[] = [];
	for (let index = 1; index <= count; index++) added.push(await lab.add(`${name} ${index}`, bytes));
	return added;
}

async function sendAll(lab: Lab, count: number, bytes: number): Promise<Measured> {
	return await measure(lab, await addAll(lab, 'package', count, bytes));
}

/** Starts the workflows, and waits until all have ended. @throws Error if one fails */
async function measure({ cluster, sandbox }: Lab, workflows: Workflow[]): Promise<Measured> {
	const pids = cluster.workers.map(({ pid }) => pid);
	await Promise.all(pids.map(forgetPeak));
	const idle = await Promise.all(pids.map(async (pid) => (await memory(pid)).now));
	const cpuBefore = await sum(pids, cpuSeconds);
	sandbox.requests.length = 0;
	const startedAt = Date.now();
	await inTurns(workflows, 8, async (workflow) => await run(cluster, workflow));
	const seconds = (Date.now() - startedAt) / 1000;
	const peaks = await Promise.all(pids.map(async (pid, index) => (await memory(pid)).peak - (idle[index] ?? 0)));
	const calls = sandbox.requests.filter(({ step }) => !toStorage.has(step ?? ''));
	return {
		seconds,
		cpu: (await sum(pids, cpuSeconds)) - cpuBefore,
		peakMebibytes: Math.max(...peaks),
		requests: calls.length,
		lists: calls.filter(({ step }) => step === 'listFiles').length,
	};
}

/** The requests that do not reach MASV itself. */
const toStorage = new Set(['initiate', 'partPut', 'completeUpload', 'abortUpload', 'listParts', 'listUploads']);

const running = new Map<string, Promise<void>>();

/** Starts a workflow. What it becomes is in {@link running}. */
async function run(cluster: Cluster, workflow: Workflow): Promise<void> {
	const id = await cluster.client.executions.run(workflow, 'Start');
	running.set(
		id,
		cluster.client.executions.wait(id, { timeoutMs: 600_000, pollMs: 500 }).then(({ status }) => {
			running.delete(id);
			if (status !== 'success') throw new Error(`Execution ${id} ended with ${status}`);
		}),
	);
}

/** Does it for all, some at the same time, and waits for what they have started. */
async function inTurns<T>(items: T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
	let next = 0;
	const turn = async (): Promise<void> => {
		for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
	};
	await Promise.all(Array.from({ length: atOnce }, turn));
	await Promise.all(running.values());
}

/** The large file and the small ones, each alone and both at once. */
async function measureMix(lab: Lab, largeBytes: number, count: number, smallBytes: number): Promise<void> {
	const smallAlone = await measure(lab, await addAll(lab, 'small alone', count, smallBytes));
	const largeAlone = await measure(lab, [await lab.add('large alone', largeBytes)]);
	const [large, ...small] = [await lab.add('large', largeBytes), ...(await addAll(lab, 'small', count, smallBytes))];
	const startedAt = Date.now();
	await run(lab.cluster, large);
	const largeEnd = [...running.values()][0]?.then(() => (Date.now() - startedAt) / 1000);
	// The large one is on its way.
	await sleep(1000);
	const smallStart = Date.now();
	await Promise.all(
		small.map(async (workflow) => void (await lab.cluster.client.executions.runAndWait(workflow, 'Start'))),
	);
	const smallSeconds = (Date.now() - smallStart) / 1000;
	const rows = [
		['alone', largeAlone.seconds.toFixed(1), smallAlone.seconds.toFixed(1)],
		['both at once', (await largeEnd)?.toFixed(1) ?? '', smallSeconds.toFixed(1)],
	];
	const heads = [
		'2 workers',
		`one file of ${largeBytes / gibibyte} GiB, seconds`,
		`${count} packages of ${smallBytes / mebibyte} MiB, seconds`,
	];
	print('One large file beside small packages', heads, rows);
}

function toRow(workers: number, bytes: number, count: number, measured: Measured): string[] {
	const { seconds, cpu, peakMebibytes, requests, lists } = measured;
	const gibibytes = bytes / gibibyte;
	const figures = [
		seconds.toFixed(1),
		(gibibytes / seconds).toFixed(2),
		(count / seconds).toFixed(1),
		(cpu / gibibytes).toFixed(2),
	];
	const calls = [(requests / count).toFixed(1), (lists / count).toFixed(1), (requests / seconds).toFixed(0)];
	return [String(workers), ...figures, peakMebibytes.toFixed(0), ...calls];
}

function print(title: string, heads: string[], rows: string[][]): void {
	const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
	process.stdout.write(`\n${title}:\n\n${lines.join('\n')}\n`);
}

async function sum(pids: number[], read: (pid: number) => Promise<number>): Promise<number> {
	return (await Promise.all(pids.map(read))).reduce((all, each) => all + each, 0);
}
