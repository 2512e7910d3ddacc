import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { WorkflowNode } from '../../e2e/n8n/workflows.ts';
import { awsCredential, BenchN8n, type BenchN8nOptions, masvCredential, measuredNode, workflowOf } from './benchN8n.ts';
import { checkContent, type Content, objectUrl, packageOf } from './content.ts';
import { mebibyte } from './options.ts';
import type { Usage } from './proc.ts';

export type N8nGetKind = 'get-n8n-masv-disk' | 'get-n8n-masv-binary' | 'get-n8n-http' | 'get-n8n-s3';

/** The real n8n, in which all nodes receive from the sink. */
export class N8nReceiver {
	readonly #n8n: BenchN8n;
	readonly #url: string;
	readonly #targetFolder: string;
	/** Workflows by node and size. */
	readonly #workflows = new Map<string, { id: string }>();

	private constructor(n8n: BenchN8n, url: string, targetFolder: string) {
		this.#n8n = n8n;
		this.#url = url;
		this.#targetFolder = targetFolder;
	}

	/** @param targetFolder where n8n stores binary data, and the node its files */
	static async start(
		targetFolder: string,
		options: Omit<BenchN8nOptions, 'filesFolder' | 'env'>,
	): Promise<N8nReceiver> {
		const n8n = await BenchN8n.start({
			...options,
			filesFolder: targetFolder,
			env: { N8N_STORAGE_PATH: join(targetFolder, 'storage') },
		});
		return new N8nReceiver(n8n, `https://localhost:${options.sink.port}`, targetFolder);
	}

	async stop(): Promise<void> {
		await this.#n8n.stop();
	}

	/** Receives a file of this size with one node, after a small one. */
	async measure(
		kind: N8nGetKind,
		bytes: number,
		warmUpBytes: number,
		content: Content,
		onReady: () => Promise<void>,
	): Promise<Usage> {
		const [small, large] = [await this.#workflow(kind, warmUpBytes), await this.#workflow(kind, bytes)];
		const usage = await this.#n8n.measure(small, large, onReady);
		await this.#takeAway(bytes, content);
		return usage;
	}

	async #workflow(kind: N8nGetKind, bytes: number): Promise<{ id: string }> {
		const key = `${kind} ${bytes}`;
		const known = this.#workflows.get(key);
		if (known !== undefined) return known;
		const node = downloadNode(kind, this.#url, bytes, this.#targetFolder);
		const made = await this.#n8n.client.workflows.importFile(workflowOf(key, [node]));
		this.#workflows.set(key, made);
		return made;
	}

	/** Checks and removes what was received, wherever n8n has stored it. */
	async #takeAway(bytes: number, content: Content): Promise<void> {
		let found = 0;
		for (const entry of await readdir(this.#targetFolder, { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath, entry.name);
			if (!entry.isFile() || (await stat(path)).size < mebibyte) continue;
			await checkContent(path, bytes, content);
			await rm(path);
			found++;
		}
		if (found !== 1) throw new Error(`n8n has stored ${found} files instead of one`);
	}
}

function downloadNode(kind: N8nGetKind, url: string, bytes: number, folder: string): WorkflowNode {
	const common = { name: measuredNode, position: [200, 0] as [number, number] };
	if (kind === 'get-n8n-http') {
		return {
			...common,
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			parameters: { url: objectUrl(url, bytes), options: { response: { response: { responseFormat: 'file' } } } },
		};
	}
	if (kind === 'get-n8n-s3') {
		return {
			...common,
			type: 'n8n-nodes-base.awsS3',
			typeVersion: 2,
			// The name needs a dot: otherwise the node ignores the endpoint of its credential.
			parameters: { operation: 'download', bucketName: 'bench.bucket', fileKey: `object-${bytes}` },
			credentials: { aws: { id: null, name: awsCredential.name } },
		};
	}
	const target = kind === 'get-n8n-masv-disk' ? { saveTo: 'folder', folder } : { saveTo: 'binary' };
	return {
		...common,
		type: 'n8n-nodes-masv.masv',
		typeVersion: 1,
		parameters: { resource: 'package', operation: 'receive', packageId: packageOf(1, bytes), ...target, options: {} },
		credentials: { masvApi: { id: null, name: masvCredential.name } },
	};
}
