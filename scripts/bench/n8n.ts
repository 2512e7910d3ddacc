import { link as linkFile, copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { output } from '../../e2e/n8n/executions.ts';
import type { BinaryReference } from '../../e2e/n8n/runData.ts';
import type { WorkflowFile, WorkflowNode } from '../../e2e/n8n/workflows.ts';
import {
	awsCredential,
	BenchN8n,
	type BenchN8nOptions,
	masvCredential,
	measuredNode,
	succeeded,
	workflowOf,
} from './benchN8n.ts';
import type { Usage } from './proc.ts';

export type N8nKind = 'n8n-masv-disk' | 'n8n-masv-binary' | 'n8n-aws-s3';

/** The real n8n, in which both nodes send to the sink. */
export class N8nContender {
	readonly #n8n: BenchN8n;
	readonly #filesFolder: string;
	/** Workflows by node and file. */
	readonly #workflows = new Map<string, { id: string }>();

	private constructor(n8n: BenchN8n, filesFolder: string) {
		this.#n8n = n8n;
		this.#filesFolder = filesFolder;
	}

	static async start(options: BenchN8nOptions): Promise<N8nContender> {
		return new N8nContender(await BenchN8n.start(options), options.filesFolder);
	}

	async stop(): Promise<void> {
		await this.#n8n.stop();
	}

	/** Sends a file with one node, after a small one. */
	async measure(kind: N8nKind, path: string, warmUpPath: string, onReady: () => Promise<void>): Promise<Usage> {
		const [small, large] = [await this.#workflow(kind, warmUpPath), await this.#workflow(kind, path)];
		return await this.#n8n.measure(small, large, onReady);
	}

	async #workflow(kind: N8nKind, path: string): Promise<{ id: string }> {
		const key = `${kind} ${path}`;
		const known = this.#workflows.get(key);
		if (known !== undefined) return known;
		const file = kind === 'n8n-masv-disk' ? undefined : await this.#storeBinary(path);
		const made = await this.#n8n.client.workflows.importFile(workflowFile(kind, path, file));
		this.#workflows.set(key, made);
		return made;
	}

	/**
	 * Stores the file in n8n's filesystem binary mode. n8n reads a small file; the stored copy is then replaced by a hard
	 * link to the real file, so that all contenders read the same pages of the page cache.
	 */
	async #storeBinary(path: string): Promise<BinaryReference> {
		const seed = join(this.#filesFolder, 'seed.bin');
		await writeFile(seed, 'seed');
		const { client } = this.#n8n;
		const reader = await client.workflows.create(
			workflowOf('read', [{ ...readNode, name: measuredNode, parameters: { fileSelector: seed, options: {} } }]),
		);
		const execution = succeeded(await client.executions.runAndWait(reader, 'Start'));
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
		const { home } = this.#n8n;
		for (const name of await readdir(home)) {
			const candidate = join(home, name, place);
			if ((await stat(candidate).catch(() => undefined))?.isFile() === true) return candidate;
		}
		throw new Error(`The file ${place} stored by n8n was not found in ${home}`);
	}
}

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
	const upload = uploadNode(kind, path);
	if (file === undefined) return workflowOf(kind, [upload]);
	return { ...workflowOf(kind, [readNode, upload]), pinData: { File: [{ json: {}, binary: { data: file } }] } };
}
