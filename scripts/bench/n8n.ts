import { readdir, link as linkFile, copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { N8nInstall } from '../../e2e/n8n/installN8n.ts';
import { errorOf, type Execution, output } from '../../e2e/n8n/executions.ts';
import { N8nClient } from '../../e2e/n8n/N8nClient.ts';
import type { BinaryReference } from '../../e2e/n8n/runData.ts';
import type { WorkflowFile, WorkflowNode } from '../../e2e/n8n/workflows.ts';
import { type RunningN8n, startN8n } from '../../e2e/n8n/startN8n.ts';
import { type Usage, waitUntilIdle, watchProcess } from './proc.ts';
import type { Sink } from './sink.ts';

export type N8nKind = 'n8n-masv-disk' | 'n8n-masv-binary' | 'n8n-aws-s3';

/** The node whose execution time is measured. */
const measuredNode = 'Upload';
const awsCredential = { name: 'AWS account', type: 'aws' };
const masvCredential = { name: 'MASV account', type: 'masvApi' };

/** The real n8n, in which both nodes send to the sink. */
export class N8nContender {
	readonly #n8n: RunningN8n;
	readonly #client: N8nClient;
	/** Workflows by node and file. */
	readonly #workflows = new Map<string, { id: string }>();

	private constructor(n8n: RunningN8n) {
		this.#n8n = n8n;
		this.#client = new N8nClient(n8n.url);
	}

	static async start(options: {
		install: N8nInstall;
		userFolder: string;
		packageTarball: string;
		filesFolder: string;
		sink: Sink;
		log: (line: string) => void;
	}): Promise<N8nContender> {
		const { sink, ...rest } = options;
		const env = { NODE_EXTRA_CA_CERTS: sink.certificate, N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem' };
		const n8n = await startN8n({ ...rest, env });
		try {
			const contender = new N8nContender(n8n);
			await contender.#client.login();
			const url = `https://localhost:${sink.port}`;
			await contender.#client.credentials.create(masvCredential.name, masvCredential.type, {
				apiKey: 'bench',
				teamId: 'bench',
				baseUrl: url,
			});
			await contender.#client.credentials.create(awsCredential.name, awsCredential.type, {
				region: 'us-east-1',
				accessKeyId: 'bench',
				secretAccessKey: 'bench',
				customEndpoints: true,
				s3Endpoint: url,
			});
			return contender;
		} catch (error) {
			await n8n.stop();
			throw error;
		}
	}

	/** Folder of the node package installed in this n8n. */
	get packageFolder(): string {
		return join(this.#n8n.userFolder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-masv');
	}

	async stop(): Promise<void> {
		await this.#n8n.stop();
	}

	/**
	 * Sends a file with one node. Before that, n8n is restarted, so that no run starts with the memory of an earlier one,
	 * and sends a small file with the same node. Time is the node's execution time; CPU and memory are those of n8n's main
	 * process.
	 */
	async measure(kind: N8nKind, path: string, warmUpPath: string, onReady: () => Promise<void>): Promise<Usage> {
		const [small, large] = [await this.#workflow(kind, warmUpPath), await this.#workflow(kind, path)];
		await this.#n8n.restart();
		await this.#client.login();
		await this.#run(small);
		await waitUntilIdle(this.#n8n.pid);
		await onReady();
		return await watchProcess(this.#n8n.pid, async () => await this.#run(large));
	}

	/** Runs a workflow; returns the execution time of the measured node in seconds. */
	async #run(workflow: { id: string }): Promise<number> {
		// Rarely: each request makes n8n load the execution, and at four per second that took more memory than the upload.
		const execution = await this.#client.executions.runAndWait(workflow, 'Start', {
			timeoutMs: 3_600_000,
			pollMs: 3_000,
		});
		const run = succeeded(execution).run?.resultData.runData[measuredNode]?.[0];
		if (run === undefined) throw new Error('n8n did not run the node');
		return run.executionTime / 1000;
	}

	async #workflow(kind: N8nKind, path: string): Promise<{ id: string }> {
		const key = `${kind} ${path}`;
		const known = this.#workflows.get(key);
		if (known !== undefined) return known;
		const file = kind === 'n8n-masv-disk' ? undefined : await this.#storeBinary(path);
		const made = await this.#client.workflows.importFile(workflowFile(kind, path, file));
		this.#workflows.set(key, made);
		return made;
	}

	/**
	 * Stores the file in n8n's filesystem binary mode. n8n reads a small file; the stored copy is then replaced by a hard
	 * link to the real file, so that all contenders read the same pages of the page cache.
	 */
	async #storeBinary(path: string): Promise<BinaryReference> {
		const seed = join(this.#n8n.filesFolders[0] as string, 'seed.bin');
		await writeFile(seed, 'seed');
		const reader = await this.#client.workflows.create({
			name: 'read',
			nodes: [startNode, { ...readNode, name: measuredNode, parameters: { fileSelector: seed, options: {} } }],
			connections: { Start: { main: [[{ node: measuredNode, type: 'main', index: 0 }]] } },
		});
		const execution = succeeded(await this.#client.executions.runAndWait(reader, 'Start'));
		const binary = output(execution, measuredNode)[0]?.binary?.data;
		const [mode, place] = binary?.id?.split(':') ?? [];
		if (binary === undefined || place === undefined || mode?.startsWith('filesystem') !== true) {
			throw new Error(`n8n did not store the file in its filesystem mode: ${JSON.stringify(binary)}`);
		}
		const stored = await this.#findStored(place);
		const { size } = await stat(path);
		await rm(stored);
		await linkFile(path, stored).catch(async () => await copyFile(path, stored));
		const facts = JSON.parse(await readFile(`${stored}.metadata`, 'utf8')) as object;
		await writeFile(`${stored}.metadata`, JSON.stringify({ ...facts, fileSize: size }));
		return { ...binary, fileSize: `${size} B`, bytes: size };
	}

	async #findStored(place: string): Promise<string> {
		const home = join(this.#n8n.userFolder, '.n8n');
		for (const name of await readdir(home)) {
			const candidate = join(home, name, place);
			if ((await stat(candidate).catch(() => undefined))?.isFile() === true) return candidate;
		}
		throw new Error(`The file ${place} stored by n8n was not found in ${home}`);
	}
}

const startNode: WorkflowNode = {
	name: 'Start',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const readNode: WorkflowNode = {
	name: 'File',
	type: 'n8n-nodes-base.readWriteFile',
	typeVersion: 1,
	position: [200, 0],
	parameters: { fileSelector: 'pinned', options: {} },
};

function uploadNode(kind: N8nKind, path: string): WorkflowNode {
	const common = { name: measuredNode, position: [400, 0] as [number, number] };
	if (kind === 'n8n-aws-s3') {
		return {
			...common,
			type: 'n8n-nodes-base.awsS3',
			typeVersion: 2,
			// The name needs a dot: otherwise the node ignores the endpoint of its credential.
			parameters: { operation: 'upload', bucketName: 'bench.bucket', fileName: 'file', additionalFields: {} },
			credentials: { aws: { id: null, name: awsCredential.name } },
		};
	}
	const source = kind === 'n8n-masv-disk' ? { source: 'path', paths: path } : { source: 'binary' };
	return {
		...common,
		type: 'n8n-nodes-masv.masv',
		typeVersion: 1,
		parameters: { resource: 'package', operation: 'send', packageName: 'bench', ...source, options: {} },
		credentials: { masvApi: { id: null, name: masvCredential.name } },
	};
}

/** The file is pinned to the node that reads it, so that it is available when the execution starts. */
function workflowFile(kind: N8nKind, path: string, file: BinaryReference | undefined): WorkflowFile {
	const to = (node: string): object => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const upload = uploadNode(kind, path);
	if (file === undefined) {
		return { name: kind, nodes: [startNode, upload], connections: { Start: to(measuredNode) } };
	}
	return {
		name: kind,
		nodes: [startNode, readNode, upload],
		connections: { Start: to('File'), File: to(measuredNode) },
		pinData: { File: [{ json: {}, binary: { data: file } }] },
	};
}

function succeeded(execution: Execution): Execution {
	if (execution.status === 'success') return execution;
	throw new Error(`n8n: ${errorOf(execution)?.message ?? execution.status}`);
}
