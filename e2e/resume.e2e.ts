import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Sandbox, startSandbox } from '../sandbox/start.ts';
import { installN8n } from './n8n/installN8n.ts';
import { type Execution, output } from './n8n/executions.ts';
import { N8nClient } from './n8n/N8nClient.ts';
import type { Workflow } from './n8n/workflows.ts';
import { type RunningN8n, startN8n } from './n8n/startN8n.ts';
import { bytes, root, until } from './support/lab.ts';
import { readPrepared } from './support/prepared.ts';

const mebibyte = 1024 * 1024;
const fileBytes = 2 * 1024 * mebibyte;
const parts = fileBytes / (32 * mebibyte);

interface SentOutput {
	package: { id: string; state: string };
	files: Array<{ id: string; parts: number; resumed_parts: number }>;
	parts: number;
	resumed_parts: number;
}

describe('an interrupted upload in real n8n', () => {
	let work: string;
	let file: string;
	let fileSha: string;
	let sandbox: Sandbox;
	let n8n: RunningN8n;
	let client: N8nClient;

	beforeAll(async () => {
		work = await mkdtemp(join(tmpdir(), 'masv-resume-'));
		await mkdir(join(work, 'files'));
		file = join(work, 'files', 'reel.mov');
		fileSha = await writeLargeFile(file);
		sandbox = await startSandbox();
		n8n = await startN8n({
			install: await installN8n({ folder: join(root, 'e2e', '.n8n') }),
			userFolder: join(work, 'n8n'),
			packageTarball: readPrepared().tarball,
			filesFolder: join(work, 'files'),
		});
		client = new N8nClient(n8n.url);
		await client.login();
		const { apiKey, teamId, url } = sandbox;
		await client.credentials.create('MASV account', 'masvApi', { apiKey, teamId, baseUrl: url });
	});

	afterAll(async () => {
		await n8n?.stop();
		await sandbox?.close();
		await rm(work, { recursive: true, force: true });
	});

	const importExample = async (change: Record<string, unknown> = {}): Promise<Workflow> =>
		await client.workflows.importFile(join(root, 'examples', 'send-files.json'), (node) => {
			if (node.name !== 'Send Files') return;
			Object.assign(node, change);
			node.parameters.paths = file;
		});

	const storedParts = (): number =>
		sandbox.requests.filter(({ step, status }) => step === 'partPut' && status === 200).length;

	const sent = (execution: Execution): SentOutput => output(execution, 'Send Files')[0]?.json as unknown as SentOutput;

	it('is resumed after n8n was killed in the middle of 2 GiB', async () => {
		const workflow = await importExample();
		await client.executions.run(workflow, 'Start');
		await until(() => (storedParts() >= parts / 4 ? true : undefined));
		await n8n.kill();
		const before = storedParts();
		expect(before).toBeLessThan(parts);
		const unfinished = sandbox.packages().filter(({ state }) => state === 'new');
		expect(unfinished).toHaveLength(1);

		await n8n.restart();
		await client.login();
		const execution = await client.executions.runAndWait(workflow, 'Start');
		expect(execution.status).toBe('success');
		const result = sent(execution);
		expect(result.package).toMatchObject({ id: unfinished[0]?.id, state: 'finalized' });
		expect(result.parts).toBe(parts);
		// Parts in flight when n8n was killed were stored, but could no longer be recorded.
		expect(result.resumed_parts).toBeGreaterThanOrEqual(before - 8);
		expect(storedParts()).toBe(before + parts - result.resumed_parts);
		expect(await sandbox.sha256(result.package.id, result.files[0]?.id ?? '')).toBe(fileSha);
		expect(sandbox.packages().filter(({ state }) => state === 'finalized')).toHaveLength(1);
	});

	it('is resumed when n8n retries the node', async () => {
		sandbox.requests.length = 0;
		const fault = sandbox.inject({ step: 'partPut', partNumber: 40, kind: 'status', status: 400, body: 'no' });
		const workflow = await importExample({ retryOnFail: true, maxTries: 2, waitBetweenTries: 100 });
		const execution = await client.executions.runAndWait(workflow, 'Start');
		expect(fault.hits()).toBe(1);
		expect(execution.status).toBe('success');
		const result = sent(execution);
		expect(result.resumed_parts).toBeGreaterThanOrEqual(parts / 4);
		expect(storedParts()).toBeLessThanOrEqual(parts + 8);
		expect(await sandbox.sha256(result.package.id, result.files[0]?.id ?? '')).toBe(fileSha);
	});
});

/** Writes a file in which every MiB is different; returns its SHA-256. */
async function writeLargeFile(file: string): Promise<string> {
	const hash = createHash('sha256');
	const block = bytes(16 * mebibyte);
	const handle = await open(file, 'w');
	for (let written = 0; written < fileBytes; written += block.length) {
		for (let at = 0; at < block.length; at += mebibyte) block.writeUInt32LE((written + at) / mebibyte, at);
		hash.update(block);
		await handle.write(block);
	}
	await handle.close();
	return hash.digest('hex');
}
