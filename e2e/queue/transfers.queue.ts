import { createHash } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { type Cluster, openCluster } from '../cluster/openCluster.ts';
import { errorOf, type Execution } from '../n8n/executions.ts';
import { canRenameHost } from '../n8n/hostName.ts';
import type { RunningN8n } from '../n8n/startN8n.ts';
import type { Workflow } from '../n8n/workflows.ts';
import { sentBy } from '../support/killLab.ts';
import { bytes, toWorkflow, until } from '../support/lab.ts';

const mebibyte = 1024 * 1024;
/** Parts of 5 MiB; the last one is shorter. */
const content = bytes(24 * mebibyte);
const parts = 5;
const largeBytes = 2048 * mebibyte;
const largePartMebibytes = 64;

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
			// How soon n8n notices that a worker has died: half a minute after these. By default, after two minutes.
			QUEUE_WORKER_LOCK_DURATION: '10000',
			QUEUE_WORKER_LOCK_RENEW_TIME: '2500',
			QUEUE_WORKER_STALLED_INTERVAL: '2500',
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
	/** `large`: 2 GiB. */
	size: 'small' | 'large';
	sandbox: Sandbox;
	workflow: Workflow;
}

/** A workflow that sends one file, with a MASV of its own. */
async function createJob(name: string, size: Job['size'] = 'small'): Promise<Job> {
	const sandbox = await startSandbox();
	sandboxes.push(sandbox);
	const { apiKey, teamId, url } = sandbox;
	const masvApi = await cluster.client.credentials.create(name, 'masvApi', { apiKey, teamId, baseUrl: url });
	const file = `${name}.mov`;
	const path = join(cluster.filesFolder, file);
	await writeFile(path, content);
	// The rest is a hole, which takes no space on the disk and reads as zeros.
	await truncate(path, bytesOf(size));
	const parameters = {
		resource: 'package',
		operation: 'send',
		packageName: name,
		recipients: 'client@example.com',
		source: 'path',
		paths: path,
		transfer: { partSize: size === 'large' ? largePartMebibytes : 5, parallelParts: 2 },
	};
	const workflow = await cluster.client.workflows.create(toWorkflow({ parameters, credentials: { masvApi } }));
	return { file, size, sandbox, workflow };
}

const bytesOf = (size: Job['size']): number => (size === 'large' ? largeBytes : content.length);

/** SHA-256 of the file of a job. */
function digestOf({ size }: Job): string {
	const hash = createHash('sha256').update(content);
	const zeros = Buffer.alloc(mebibyte);
	for (let left = bytesOf(size) - content.length; left > 0; left -= zeros.length) hash.update(zeros);
	return hash.digest('hex');
}

/** Starts the job, and waits until two of its parts have been stored and their responses are lost. */
async function startAndStick({ sandbox, workflow }: Job, stuckParts = [2, 3]): Promise<string> {
	const faults = stuckParts.map((partNumber) => sandbox.inject({ step: 'partPut', partNumber, kind: 'hangAfterBody' }));
	const id = await cluster.client.executions.run(workflow, 'Start');
	await until(() => (faults.every((fault) => fault.hits() > 0) ? true : undefined));
	return id;
}

/** Starts small jobs until this worker works on one of them; n8n decides which worker does. */
async function startAndStickOn(worker: RunningN8n): Promise<{ job: Job; id: string }> {
	for (let number = 1; number <= 10; number++) {
		const job = await createJob(`killed ${number}`);
		const id = await startAndStick(job);
		if ((await workerOf(job)) === worker) return { job, id };
		await cluster.client.executions.stop(id);
	}
	throw new Error('n8n gave ten jobs to the other worker');
}

/** The worker whose log shows that it sends the file of this job. */
async function workerOf({ file }: Job): Promise<RunningN8n> {
	for (const worker of cluster.workers) if ((await readFile(worker.logFile, 'utf8')).includes(file)) return worker;
	throw new Error(`No worker has sent ${file}`);
}

/** What MASV's storage has taken, also if its response was lost. */
function storedParts({ sandbox }: Job): unknown[] {
	return sandbox.requests.filter(({ step, handled }) => step === 'partPut' && handled);
}

async function run({ workflow }: Job): Promise<Execution> {
	return await cluster.client.executions.runAndWait(workflow, 'Start');
}

/** One whole package, nothing stray, and nobody was mailed twice. */
async function checkDelivered(job: Job, execution: Execution): Promise<void> {
	const { sandbox, file } = job;
	expect({ status: execution.status, error: errorOf(execution, 'MASV')?.message }).toEqual({ status: 'success' });
	expect(sandbox.packages().map(({ state }) => state)).toEqual(['finalized']);
	const { package: sent } = sentBy(execution);
	const files = sandbox.files(sent.id);
	expect(files.map(({ name }) => name)).toEqual([file]);
	expect(await sandbox.sha256(sent.id, files[0]?.id ?? '')).toBe(digestOf(job));
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

	it('sends one package when the same delivery is started four times in the same second, and the others say why they do not', async () => {
		const job = await createJob('at once');
		const fault = job.sandbox.inject({ step: 'partPut', partNumber: 2, kind: 'status', status: 503, times: Infinity });
		const { executions } = cluster.client;
		const ids = await Promise.all(Array.from({ length: 4 }, async () => await executions.run(job.workflow, 'Start')));
		await until(async () => {
			const all = await Promise.all(ids.map(async (id) => await executions.get(id)));
			return all.filter(({ status }) => status === 'error').length === 3 ? true : undefined;
		});
		fault.remove();
		const ended = await Promise.all(ids.map(async (id) => await executions.wait(id)));
		const [sent] = ended.filter(({ status }) => status === 'success');
		await checkDelivered(job, sent as Execution);
		expect(ended.filter((each) => each !== sent).map((each) => errorOf(each, 'MASV')?.message)).toEqual(
			Array(3).fill(
				'Another execution is already sending the same files to the same place [If the Same Delivery Is Running]',
			),
		);
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
		// The next execution need not wait until n8n has noticed.
		const [execution, interrupted] = await Promise.all([
			run(job),
			cluster.client.executions.wait(id),
			worker.restart(),
		]);
		expect(interrupted.status).not.toBe('success');
		await checkDelivered(job, execution);
		expect(sentBy(execution)).toMatchObject({ parts, resumed_parts: parts - 4 });
	});

	it('is resumed by the other worker when one is killed in the middle, also of 2 GiB, and sends no part twice that was known to be stored', async () => {
		const large = await createJob('large', 'large');
		const largeId = await startAndStick(large, [16, 17]);
		const worker = await workerOf(large);
		const { job: small, id: smallId } = await startAndStickOn(worker);
		const storedBefore = storedParts(large);
		await worker.kill();
		// n8n gives an execution to the other worker when it notices; otherwise, it ends with an error.
		const finish = async (job: Job, id: string): Promise<Execution> => {
			const first = await cluster.client.executions.wait(id);
			return first.status === 'success' ? first : await run(job);
		};
		const [ofLarge, ofSmall] = await Promise.all([finish(large, largeId), finish(small, smallId)]);
		await Promise.all([checkDelivered(large, ofLarge), checkDelivered(small, ofSmall), worker.restart()]);
		const sent = storedParts(large).length;
		process.stderr.write(`2 GiB: killed with ${storedBefore.length} parts stored, ${sent} stored in all\n`);
		// The two whose responses were lost may be sent again.
		expect(sent).toBeLessThanOrEqual(largeBytes / mebibyte / largePartMebibytes + 2);
	});

	it('has the marks of all processes in the folder that they share, and no warning', async () => {
		const marks = await readdir(join(cluster.storage, 'masv-processes'));
		const workers = (await canRenameHost()) ? cluster.workers.length : 1;
		expect(marks.map((name) => name.split('-')[0]).sort()).toEqual(['main', ...Array<string>(workers).fill('worker')]);
		for (const { logFile } of [cluster.main, ...cluster.workers]) {
			expect(await readFile(logFile, 'utf8')).not.toContain('do not share');
		}
	});
});
