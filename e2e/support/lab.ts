import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/start.ts';
import { fillIn } from '../n8n/fillIn.ts';
import { installN8n } from '../n8n/installN8n.ts';
import type { Credential } from '../n8n/credentials.ts';
import { errorOf, type Execution } from '../n8n/executions.ts';
import { N8nClient } from '../n8n/N8nClient.ts';
import type { Item, RunError } from '../n8n/runData.ts';
import type { Workflow, WorkflowFile, WorkflowNode } from '../n8n/workflows.ts';
import { startN8n } from '../n8n/startN8n.ts';
import { readPrepared } from './prepared.ts';

export const root = dirname(dirname(import.meta.dirname));

export const masvType = 'n8n-nodes-masv.masv';

export interface LabOptions {
	sandbox?: SandboxOptions;
	/** Starts an n8n with these settings for this test file only. Default: the shared one. */
	ownN8n?: { env: Record<string, string> };
}

/** One input item. */
export interface InputItem {
	json?: Record<string, unknown>;
	/** Binary fields by name. */
	files?: Record<string, { name: string; content: string | Uint8Array }>;
}

export interface Run {
	/** The MASV node's parameters. */
	parameters: Record<string, unknown>;
	/** Input items. Default: one empty item. */
	items?: InputItem[];
	/** Instead of `items`: files that n8n's own node reads from disk, one item per file. Wildcards are allowed. */
	read?: string;
	onError?: 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';
	/** Credentials by type. Default: the lab's MASV account. */
	credentials?: WorkflowNode['credentials'];
}

export interface Outcome {
	execution: Execution;
	/** The MASV node's first output; empty if it failed. */
	items: Item[];
	/** The MASV node's error output. */
	failed: Item[];
	error: RunError | undefined;
}

/** A running n8n with the packed node installed, and a sandbox that its credential points to. */
export interface Lab {
	client: N8nClient;
	sandbox: Sandbox;
	/** "MASV account": the only place where n8n gets the sandbox's base URL from. */
	credential: Credential;
	n8n: { pid: number; logFile: string };
	/** n8n may read files below this folder. New and empty for each test file. */
	folder: string;
	/** Every execution of this lab so far, successful or not. */
	executions: Execution[];
	/** The operations that ran, such as `package.send`. */
	operations: Set<string>;
	/** Writes a file below `folder`; returns its path. */
	write(path: string, content: string | Uint8Array): Promise<string>;
	/** Creates a workflow that ends with the MASV node. */
	build(run: Run): Promise<Workflow>;
	/** Creates and runs that workflow, and waits until it has ended, successfully or not. */
	run(run: Run): Promise<Outcome>;
	/** Imports an example and fills it in, as a user would: values by node and field. */
	importExample(file: string, values?: Record<string, Record<string, unknown>>): Promise<Workflow>;
	/** Runs a workflow from its "Start" node and waits until it has ended. */
	runWorkflow(workflow: Workflow): Promise<Execution>;
	/** Starts another sandbox and recreates the credential for it; closed with the lab. */
	switchSandbox(options: SandboxOptions): Promise<Sandbox>;
	/** Adds a credential; deleted with the lab. */
	addCredential(name: string, type: string, data: Record<string, unknown>): Promise<Credential>;
	/** n8n's output since the lab was opened. */
	log(): Promise<string>;
	close(): Promise<void>;
}

export async function openLab(options: LabOptions = {}): Promise<Lab> {
	const n8n = options.ownN8n === undefined ? shareN8n() : await ownN8n(options.ownN8n.env);
	const { client } = n8n;
	const sandboxes = [await startSandbox(options.sandbox)];
	const added: Credential[] = [];
	const addCredential = async (name: string, type: string, data: Record<string, unknown>): Promise<Credential> => {
		const credential = await client.credentials.create(name, type, data);
		added.push(credential);
		return credential;
	};
	const remove = async (credential: Credential): Promise<void> => {
		await client.request('DELETE', `/credentials/${credential.id}`);
		added.splice(added.indexOf(credential), 1);
	};
	const connect = async ({ apiKey, teamId, url }: Sandbox): Promise<Credential> =>
		await addCredential('MASV account', 'masvApi', { apiKey, teamId, baseUrl: url });
	await mkdir(n8n.filesFolder, { recursive: true });
	const folder = await mkdtemp(join(await realpath(n8n.filesFolder), 'lab-'));
	const logStart = (await readFile(n8n.logFile)).length;

	const lab: Lab = {
		client,
		sandbox: sandboxes[0] as Sandbox,
		credential: await connect(sandboxes[0] as Sandbox),
		n8n,
		folder,
		executions: [],
		operations: new Set(),
		addCredential,
		write: async (path, content) => {
			const file = join(folder, path);
			await mkdir(dirname(file), { recursive: true });
			await writeFile(file, content);
			return file;
		},
		build: async (run) => {
			const { id, name } = lab.credential;
			return await client.workflows.create(toWorkflow({ credentials: { masvApi: { id, name } }, ...run }));
		},
		run: async (run) => {
			lab.operations.add(`${String(run.parameters.resource)}.${String(run.parameters.operation)}`);
			const execution = await lab.runWorkflow(await lab.build(run));
			const main = execution.run?.resultData.runData.MASV?.[0]?.data?.main ?? [];
			return { execution, items: main[0] ?? [], failed: main[1] ?? [], error: errorOf(execution, 'MASV') };
		},
		importExample: async (file, values = {}) =>
			await client.workflows.importFile(join(root, 'examples', file), (node) => {
				fillIn(node, values[node.name] ?? {});
			}),
		runWorkflow: async (workflow) => {
			const execution = await client.executions.runAndWait(workflow, 'Start');
			lab.executions.push(execution);
			return execution;
		},
		switchSandbox: async (sandboxOptions) => {
			const sandbox = await startSandbox(sandboxOptions);
			sandboxes.push(sandbox);
			await remove(lab.credential);
			lab.sandbox = sandbox;
			lab.credential = await connect(sandbox);
			return sandbox;
		},
		log: async () => (await readFile(n8n.logFile)).subarray(logStart).toString('utf8'),
		close: async () => {
			for (const credential of [...added]) await remove(credential);
			await Promise.all(sandboxes.map(async (sandbox) => await sandbox.close()));
			await rm(folder, { recursive: true, force: true });
			await n8n.stop();
		},
	};
	return lab;
}

/** A resource locator as the editor stores it for a typed ID. */
export function byId(value: string): Record<string, unknown> {
	return { __rl: true, mode: 'id', value };
}

/** Random bytes, different in every test. */
export function bytes(count: number): Buffer {
	return randomBytes(count);
}

export function sha256(content: string | Uint8Array): string {
	return createHash('sha256').update(content).digest('hex');
}

export async function sha256Of(file: string): Promise<string> {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file), hash);
	return hash.digest('hex');
}

/** Calls `look` until it returns a value other than undefined. @throws Error when it has taken too long */
export async function until<T>(
	look: () => T | undefined | Promise<T | undefined>,
	patienceMs = 5 * 60_000,
): Promise<T> {
	const giveUpAt = Date.now() + patienceMs;
	for (;;) {
		const found = await look();
		if (found !== undefined) return found;
		if (Date.now() > giveUpAt) throw new Error(`Still undefined after ${patienceMs / 1000} s: ${look.toString()}`);
		await sleep(20);
	}
}

interface LabN8n {
	/** Logged in. */
	client: N8nClient;
	pid: number;
	logFile: string;
	filesFolder: string;
	stop(): Promise<void>;
}

function shareN8n(): LabN8n {
	const { url, session, ...n8n } = readPrepared();
	return { ...n8n, client: new N8nClient(url, session), stop: async () => {} };
}

async function ownN8n(env: Record<string, string>): Promise<LabN8n> {
	const { folder, tarball, trust } = readPrepared();
	const userFolder = await mkdtemp(join(folder, 'own-'));
	const filesFolder = join(userFolder, '.n8n-files');
	const n8n = await startN8n({
		install: await installN8n({ folder: join(root, 'e2e', '.n8n') }),
		userFolder,
		packageTarball: tarball,
		filesFolder,
		env: { ...trust, ...env },
	});
	const client = new N8nClient(n8n.url);
	await client.login();
	const { pid, logFile } = n8n;
	return { client, pid, logFile, filesFolder, stop: async () => await n8n.stop() };
}

/** A workflow that ends with the MASV node. */
export function toWorkflow(run: Run): WorkflowFile {
	const nodes: WorkflowNode[] = [
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0], parameters: {} },
	];
	if (run.items !== undefined) {
		nodes.push({
			name: 'Items',
			type: 'n8n-nodes-base.code',
			typeVersion: 2,
			position: [220, 0],
			parameters: { jsCode: codeFor(run.items) },
		});
	}
	if (run.read !== undefined) {
		nodes.push({
			name: 'Read',
			type: 'n8n-nodes-base.readWriteFile',
			typeVersion: 1,
			position: [220, 0],
			parameters: { operation: 'read', fileSelector: run.read, options: {} },
		});
	}
	nodes.push({
		name: 'MASV',
		type: masvType,
		typeVersion: 1,
		position: [440, 0],
		parameters: run.parameters,
		...(run.credentials !== undefined && { credentials: run.credentials }),
		...(run.onError !== undefined && { onError: run.onError }),
	});
	const connections = Object.fromEntries(
		nodes
			.slice(1)
			.map(({ name }, index) => [
				(nodes[index] as WorkflowNode).name,
				{ main: [[{ node: name, type: 'main', index: 0 }]] },
			]),
	);
	return { name: 'e2e', nodes, connections };
}

/** Code for n8n's Code node that returns these items. */
function codeFor(items: InputItem[]): string {
	const plain = items.map(({ json = {}, files = {} }) => ({
		json,
		files: Object.entries(files).map(([field, { name, content }]) => ({
			field,
			name,
			base64: Buffer.from(content).toString('base64'),
		})),
	}));
	return `
const result = [];
for (const { json, files } of ${JSON.stringify(plain)}) {
	const binary = {};
	for (const { field, name, base64 } of files) {
		binary[field] = await this.helpers.prepareBinaryData(Buffer.from(base64, 'base64'), name, 'application/octet-stream');
	}
	result.push(files.length > 0 ? { json, binary } : { json });
}
return result;`;
}
