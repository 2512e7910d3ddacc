import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { type Cluster, openCluster } from '../cluster/openCluster.ts';
import { errorOf, type Execution, output } from '../n8n/executions.ts';
import type { Workflow } from '../n8n/workflows.ts';
import { byId, toWorkflow, until } from '../support/lab.ts';
import { watchMemory } from '../support/memory.ts';

const mebibyte = 1024 * 1024;

let cluster: Cluster;
let sandbox: Sandbox;
let credential: { id: string; name: string };

async function openWith(mode: 'filesystem' | 'database', isStorageShared: boolean): Promise<void> {
	cluster = await openCluster({
		workers: 1,
		webhookProcessors: 0,
		isStorageShared,
		log: (line) => process.stderr.write(`${line}\n`),
		env: { N8N_DEFAULT_BINARY_DATA_MODE: mode },
	});
	sandbox = await startSandbox();
	const { apiKey, teamId, url } = sandbox;
	credential = await cluster.client.credentials.create('MASV account', 'masvApi', { apiKey, teamId, baseUrl: url });
}

afterEach(() => {
	sandbox.requests.length = 0;
});

async function close(): Promise<void> {
	await cluster?.close();
	await sandbox?.close();
}

async function run(parameters: Record<string, unknown>, read?: string): Promise<Execution> {
	const workflow = toWorkflow({
		parameters: { resource: 'package', ...parameters },
		credentials: { masvApi: credential },
		read,
	});
	return await cluster.client.executions.runAndWait(await cluster.client.workflows.create(workflow), 'Start');
}

/** Creates a file that takes no space on the disk. @returns its path */
async function createSparse(name: string, size: number): Promise<string> {
	const path = join(cluster.filesFolder, name);
	const file = await open(path, 'w');
	await file.truncate(size);
	await file.close();
	return path;
}

/** Creates a workflow that sends a file of this size from disk. */
async function createFromDisk(name: string, size: number): Promise<Workflow> {
	const paths = await createSparse(name, size);
	const parameters = { resource: 'package', operation: 'send', packageName: name, source: 'path', paths };
	return await cluster.client.workflows.create(toWorkflow({ parameters, credentials: { masvApi: credential } }));
}

/** Has n8n read a file of this size into binary data, and sends that. */
async function send(name: string, size: number): Promise<Execution> {
	const path = await createSparse(name, size);
	return await run({ operation: 'send', packageName: name, source: 'binary', binaryPropertyName: 'data' }, path);
}

/** Receives a file of this size into a binary field. */
async function receive(name: string, size: number): Promise<Execution> {
	const { id } = sandbox.seedPackage({ name, files: [{ name: 'reel.mov', content: Buffer.alloc(size) }] });
	return await run({ operation: 'receive', packageId: byId(id), saveTo: 'binary', outputField: 'data' });
}

/** @returns the most memory that the worker needs beyond what it has at rest, in bytes */
async function memoryOf(what: string, transfer: () => Promise<Execution>): Promise<number> {
	const measured = await watchMemory(cluster.workers[0]?.pid ?? 0);
	const execution = await transfer();
	const { idle, rise } = await measured();
	expect({ status: execution.status, error: errorOf(execution, 'MASV')?.message }).toEqual({ status: 'success' });
	const [atRest, more] = [idle, rise].map((each) => Math.round(each / mebibyte));
	process.stderr.write(`worker, ${what}: ${atRest} MiB before, at most ${more} MiB more\n`);
	return rise;
}

function requestsOf(step: string): number {
	return sandbox.requests.filter((request) => request.step === step).length;
}

describe('a worker with binary data in files', () => {
	beforeAll(async () => await openWith('filesystem', true));
	afterAll(close);

	it('needs at most 160 MiB to send 1 GiB, and to receive 256 MiB', async () => {
		await memoryOf('a first file of 40 MiB sent', async () => await send('first', 40 * mebibyte));
		await memoryOf('a first file of 40 MiB received', async () => await receive('first', 40 * mebibyte));
		const sent = await memoryOf('1 GiB sent', async () => await send('large', 1024 * mebibyte));
		const received = await memoryOf('256 MiB received', async () => await receive('large', 256 * mebibyte));
		expect(Math.max(sent, received)).toBeLessThanOrEqual(160 * mebibyte);
	});

	it('needs no more for ten executions at once: they share the connections', async () => {
		const workflows = await Promise.all(
			Array.from({ length: 10 }, async (_, index) => await createFromDisk(`at once ${index}`, 256 * mebibyte)),
		);
		const measured = await watchMemory(cluster.workers[0]?.pid ?? 0);
		const ids = await Promise.all(
			workflows.map(async (workflow) => await cluster.client.executions.run(workflow, 'Start')),
		);
		const ended = await Promise.all(ids.map(async (id) => await cluster.client.executions.wait(id)));
		const { rise } = await measured();
		process.stderr.write(`worker, 10 times 256 MiB at once: at most ${Math.round(rise / mebibyte)} MiB more\n`);
		expect(ended.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 'success'));
		expect(rise).toBeLessThanOrEqual(160 * mebibyte);
	});
});

describe('a worker with binary data in the database, and a storage that is not shared', () => {
	beforeAll(async () => await openWith('database', false));
	afterAll(close);

	it('sends and receives 100 MiB', async () => {
		await memoryOf('100 MiB sent', async () => await send('100', 100 * mebibyte));
		await memoryOf('100 MiB received', async () => await receive('100', 100 * mebibyte));
	});

	it('says before anything is created in MASV that n8n cannot read a file', async () => {
		const execution = await send('257', 257 * mebibyte);
		expect(errorOf(execution, 'MASV')?.message).toContain('in its database, where the limit is 256 MiB');
		expect(requestsOf('createPackage')).toBe(0);
	});

	it('says before anything is downloaded that n8n could not read the file any more', async () => {
		const execution = await receive('257', 257 * mebibyte);
		expect(errorOf(execution, 'MASV')?.message).toContain('in its database, where the limit is 256 MiB');
		expect(requestsOf('getObject')).toBe(0);
	});

	it('sends the largest file that n8n can read', async () => {
		const execution = await send('255', 255 * mebibyte);
		expect(errorOf(execution, 'MASV')?.message).toBeUndefined();
		expect(output(execution, 'MASV')[0]?.json).toMatchObject({ bytes: 255 * mebibyte });
	});

	it('says once that the storage is not shared', async () => {
		const logFile = cluster.workers[0]?.logFile ?? '';
		const countWarnings = async (): Promise<number> =>
			(await readFile(logFile, 'utf8')).split('the processes of n8n do not share').length - 1;
		// Not before the worker has run for a minute.
		await until(async () => {
			await send('again', mebibyte);
			return (await countWarnings()) > 0 ? true : undefined;
		});
		await send('once more', mebibyte);
		expect(await countWarnings()).toBe(1);
	});
});
