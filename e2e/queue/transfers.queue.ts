import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { type Cluster, openCluster } from '../cluster/openCluster.ts';
import { errorOf, type Execution } from '../n8n/executions.ts';
import type { RunningN8n } from '../n8n/startN8n.ts';
import type { Workflow } from '../n8n/workflows.ts';
import { sentBy } from '../support/killLab.ts';
import { bytes, sha256, toWorkflow, until } from '../support/lab.ts';

const mebibyte = 1024 * 1024;
/** Parts of 5 MiB; the last one is shorter. */
const content = bytes(24 * mebibyte);
const parts = 5;

let cluster: Cluster;
let sandboxes: Sandbox[] = [];

beforeAll(async () => {
	cluster = await openCluster({
		workers: 2,
		webhookProcessors: 0,
		log: (line) => process.stderr.write(`${line}\n`),
		env: {
			N8N_LOG_LEVEL: 'debug',
			N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '3',
			// How soon n8n notices that a worker has died. By default, after one and a half minutes.
			QUEUE_WORKER_LOCK_DURATION: '20000',
			QUEUE_WORKER_LOCK_RENEW_TIME: '5000',
			QUEUE_WORKER_STALLED_INTERVAL: '5000',
		},
	});
});

afterEach(async () => {
	await Promise.all(sandboxes.map(async (sandbox) => await sandbox.close()));
	sandboxes = [];
});

afterAll(async () => await cluster?.close());

interface Job {
	/** Name of the file. No other job has it. */
	file: string;
	sandbox: Sandbox;
	workflow: Workflow;
}

/** A workflow that sends one file, with a MASV of its own. */
async function createJob(name: string): Promise<Job> {
	const sandbox = await startSandbox();
	sandboxes.push(sandbox);
	const { apiKey, teamId, url } = sandbox;
	const masvApi = await cluster.client.credentials.create(name, 'masvApi', { apiKey, teamId, baseUrl: url });
	const file = `${name}.mov`;
	const path = join(cluster.filesFolder, file);
	await writeFile(path, content);
	const parameters = {
		resource: 'package',
		operation: 'send',
		packageName: name,
		recipients: 'client@example.com',
		source: 'path',
		paths: path,
		transfer: { partSize: 5, parallelParts: 2 },
	};
	const workflow = await cluster.client.workflows.create(toWorkflow({ parameters, credentials: { masvApi } }));
	return { file, sandbox, workflow };
}

/** Starts the job, and waits until two of its parts have been stored and their responses are lost. */
async function startAndStick({ sandbox, workflow }: Job): Promise<string> {
	const faults = [2, 3].map((partNumber) => sandbox.inject({ step: 'partPut', partNumber, kind: 'hangAfterBody' }));
	const id = await cluster.client.executions.run(workflow, 'Start');
	await until(() => (faults.every((fault) => fault.hits() > 0) ? true : undefined));
	return id;
}

/** The worker whose log shows that it sends the file of this job. */
async function workerOf({ file }: Job): Promise<RunningN8n> {
	for (const worker of cluster.workers) if ((await readFile(worker.logFile, 'utf8')).includes(file)) return worker;
	throw new Error(`No worker has sent ${file}`);
}

async function run({ workflow }: Job): Promise<Execution> {
	return await cluster.client.executions.runAndWait(workflow, 'Start');
}

/** One whole package, nothing stray, and nobody was mailed twice. */
async function checkDelivered({ sandbox, file }: Job, execution: Execution): Promise<void> {
	expect({ status: execution.status, error: errorOf(execution, 'MASV')?.message }).toEqual({ status: 'success' });
	expect(sandbox.packages().map(({ state }) => state)).toEqual(['finalized']);
	const { package: sent } = sentBy(execution);
	const files = sandbox.files(sent.id);
	expect(files.map(({ name }) => name)).toEqual([file]);
	expect(await sandbox.sha256(sent.id, files[0]?.id ?? '')).toBe(sha256(content));
	expect(sandbox.openUploads()).toBe(0);
	expect(sandbox.requests.filter(({ step }) => step === 'finalizePackage')).toHaveLength(1);
}

describe('Send Files on workers', () => {
	it('leaves the work to them', async () => {
		const job = await createJob('on a worker');
		await checkDelivered(job, await run(job));
		expect(cluster.workers).toContain(await workerOf(job));
		expect(await readFile(cluster.main.logFile, 'utf8')).not.toContain(job.file);
	});

	it('is stopped by the stop button, and continued by the next execution', async () => {
		const job = await createJob('stopped');
		const id = await startAndStick(job);
		await cluster.client.executions.stop(id);
		expect((await cluster.client.executions.wait(id)).status).toBe('canceled');
		// The worker has closed its connections: the requests that got no response have ended.
		await until(() => (job.sandbox.requests.every(({ status }) => status !== undefined) ? true : undefined));
		await checkDelivered(job, await run(job));
	});

	it('is resumed after a worker that was shut down in the middle', async () => {
		const job = await createJob('shut down');
		const id = await startAndStick(job);
		const worker = await workerOf(job);
		await worker.stop();
		expect((await cluster.client.executions.wait(id)).status).not.toBe('running');
		const execution = await run(job);
		await checkDelivered(job, execution);
		expect(sentBy(execution)).toMatchObject({ parts, resumed_parts: parts - 4 });
		await worker.restart();
	});

	it('is resumed by the other worker when one is killed in the middle', async () => {
		const job = await createJob('killed');
		const id = await startAndStick(job);
		const worker = await workerOf(job);
		await worker.kill();
		// n8n gives the execution to the other worker when it notices; otherwise, it ends with an error.
		const first = await cluster.client.executions.wait(id);
		await checkDelivered(job, first.status === 'success' ? first : await run(job));
	});
});
