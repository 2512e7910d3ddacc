import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { type Cluster, openCluster } from '../../e2e/cluster/openCluster.ts';
import type { Workflow } from '../../e2e/n8n/workflows.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { selfSigned } from '../../test/support/selfSigned.ts';
import { masvCredential, startNode, succeeded, workflowOf } from './benchN8n.ts';
import { cpuSeconds, forgetPeak, memory } from './proc.ts';

/** What sending some packages took. */
export interface Measured {
	seconds: number;
	/** Processor time in seconds: of all workers, of n8n's main process, and of everything else (MASV, PostgreSQL, Redis). */
	cpu: { workers: number; main: number; others: number };
	/** Of the worker that needed most, beyond what it had at rest. MiB. */
	peakMebibytes: number;
	/** To MASV, without its storage. */
	requests: number;
	/** Among them, lists of the files of a package. */
	lists: number;
}

/** n8n in queue mode, whose workers send to a local MASV over TLS. */
export interface QueueLab {
	/** Creates a workflow that sends one file of this size, which takes no space on the disk. */
	add(name: string, bytes: number): Promise<Workflow>;
	/** Runs these workflows at the same time. @throws Error if one fails */
	run(workflows: Workflow[]): Promise<number>;
	/** The same, measured. */
	measure(workflows: Workflow[]): Promise<Measured>;
	close(): Promise<void>;
}

/** @param parent folder for what MASV stores */
export async function openQueueLab(workers: number, parent: string, log: (line: string) => void): Promise<QueueLab> {
	const folder = await mkdtemp(join(parent, 'masv-bench-queue-'));
	try {
		return await openIn(folder, workers, log);
	} catch (error) {
		await rm(folder, { recursive: true, force: true });
		throw error;
	}
}

/** @param folder is removed when the lab is closed */
async function openIn(folder: string, workers: number, log: (line: string) => void): Promise<QueueLab> {
	const storageTls = selfSigned();
	const certificate = join(folder, 'storage.pem');
	await writeFile(certificate, storageTls.cert);
	const cluster = await openCluster({
		workers,
		webhookProcessors: 0,
		log,
		env: { N8N_LOG_LEVEL: 'warn', NODE_EXTRA_CA_CERTS: certificate, DB_POSTGRESDB_POOL_SIZE: '10' },
	});
	const sandbox = await startSandbox({ storageTls, folder: join(folder, 'storage') });
	const { name, type } = masvCredential;
	const { apiKey, teamId, url: baseUrl } = sandbox;
	const { id } = await cluster.client.credentials.create(name, type, { apiKey, teamId, baseUrl });
	const run: QueueLab['run'] = async (workflows) => {
		const startedAt = performance.now();
		await inTurns(
			workflows,
			async (workflow) => await cluster.client.executions.run(workflow, startNode.name),
			cluster,
		);
		return (performance.now() - startedAt) / 1000;
	};
	const pids = cluster.workers.map((worker) => worker.pid);
	return {
		run,
		add: async (packageName, bytes) => {
			const paths = join(cluster.filesFolder, `${packageName}.bin`);
			const file = await open(paths, 'w');
			await file.truncate(bytes);
			await file.close();
			const send = {
				name: 'MASV',
				type: 'n8n-nodes-masv.masv',
				typeVersion: 1,
				position: [400, 0] as [number, number],
				parameters: { resource: 'package', operation: 'send', packageName, source: 'path', paths },
				credentials: { masvApi: { id, name } },
			};
			return await cluster.client.workflows.create(workflowOf(packageName, [send]));
		},
		measure: async (workflows) => {
			await Promise.all(pids.map(forgetPeak));
			const idle = await Promise.all(pids.map(async (pid) => (await memory(pid)).now));
			sandbox.requests.length = 0;
			const before = await readCpu(cluster, pids);
			const seconds = await run(workflows);
			const after = await readCpu(cluster, pids);
			const calls = sandbox.requests.filter(({ step }) => !storageSteps.has(step ?? ''));
			const peaks = await Promise.all(pids.map(async (pid, index) => (await memory(pid)).peak - (idle[index] ?? 0)));
			const used = (key: keyof typeof after): number => after[key] - before[key];
			return {
				seconds,
				cpu: { workers: used('workers'), main: used('main'), others: used('all') - used('workers') - used('main') },
				peakMebibytes: Math.max(...peaks),
				requests: calls.length,
				lists: calls.filter(({ step }) => step === 'listFiles').length,
			};
		},
		close: async () => {
			await cluster.close();
			await sandbox.close();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/** What does not reach MASV itself. */
const storageSteps = new Set(['initiate', 'partPut', 'completeUpload', 'abortUpload', 'listParts', 'listUploads']);

/** Starts all, a few at a time as people and schedules do, and waits until they have ended. */
async function inTurns(
	workflows: Workflow[],
	start: (workflow: Workflow) => Promise<string>,
	{ client }: Cluster,
): Promise<void> {
	const ids: string[] = [];
	let next = 0;
	const turn = async (): Promise<void> => {
		for (let workflow = workflows[next++]; workflow !== undefined; workflow = workflows[next++])
			ids.push(await start(workflow));
	};
	await Promise.all(Array.from({ length: 8 }, turn));
	// One after another: each look makes n8n load an execution.
	for (const id of ids) succeeded(await client.executions.wait(id, { timeoutMs: 600_000, pollMs: 250 }));
}

interface Cpu {
	workers: number;
	main: number;
	/** Of the whole machine. */
	all: number;
}

async function readCpu({ main }: Cluster, pids: number[]): Promise<Cpu> {
	const workers = await Promise.all(pids.map(cpuSeconds));
	const busyMs = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
	return { workers: sum(workers), main: await cpuSeconds(main.pid), all: sum(busyMs) / 1000 };
}

function sum(values: number[]): number {
	return values.reduce((all, each) => all + each, 0);
}
