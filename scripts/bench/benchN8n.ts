import { join } from 'node:path';

import { errorOf, type Execution } from '../../e2e/n8n/executions.ts';
import type { N8nInstall } from '../../e2e/n8n/installN8n.ts';
import { N8nClient } from '../../e2e/n8n/N8nClient.ts';
import { type RunningN8n, startN8n } from '../../e2e/n8n/startN8n.ts';
import type { WorkflowFile, WorkflowNode } from '../../e2e/n8n/workflows.ts';
import { type Usage, waitUntilIdle, watchProcess } from './proc.ts';
import type { Sink } from './sink.ts';

/** The node whose execution time is measured. */
export const measuredNode = 'Measured';
export const awsCredential = { name: 'AWS account', type: 'aws' };
export const masvCredential = { name: 'MASV account', type: 'masvApi' };

export const startNode: WorkflowNode = {
	name: 'Start',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

export interface BenchN8nOptions {
	install: N8nInstall;
	userFolder: string;
	packageTarball: string;
	filesFolder: string;
	sink: Sink;
	env?: Record<string, string>;
	log: (line: string) => void;
}

/** The real n8n, with credentials whose requests go to the sink. */
export class BenchN8n {
	readonly client: N8nClient;
	readonly #n8n: RunningN8n;

	private constructor(n8n: RunningN8n) {
		this.#n8n = n8n;
		this.client = new N8nClient(n8n.url);
	}

	static async start({ sink, env, ...rest }: BenchN8nOptions): Promise<BenchN8n> {
		const own = { NODE_EXTRA_CA_CERTS: sink.certificate, N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem' };
		const n8n = await startN8n({ ...rest, env: { ...own, ...env } });
		try {
			const started = new BenchN8n(n8n);
			await started.client.login();
			const url = `https://localhost:${sink.port}`;
			await started.client.credentials.create(masvCredential.name, masvCredential.type, {
				apiKey: 'bench',
				teamId: 'bench',
				baseUrl: url,
			});
			await started.client.credentials.create(awsCredential.name, awsCredential.type, {
				region: 'us-east-1',
				accessKeyId: 'bench',
				secretAccessKey: 'bench',
				customEndpoints: true,
				s3Endpoint: url,
			});
			return started;
		} catch (error) {
			await n8n.stop();
			throw error;
		}
	}

	/** n8n's own folder. */
	get home(): string {
		return join(this.#n8n.userFolder, '.n8n');
	}

	async stop(): Promise<void> {
		await this.#n8n.stop();
	}

	/**
	 * Runs the workflow `large`. Before that, n8n is restarted, so that no run starts with the memory of an earlier one, and
	 * runs `small`. Time is the execution time of the measured node; CPU and memory are those of n8n's main process.
	 */
	async measure(small: { id: string }, large: { id: string }, onReady: () => Promise<void>): Promise<Usage> {
		await this.#n8n.restart();
		await this.client.login();
		await this.#run(small);
		await waitUntilIdle(this.#n8n.pid);
		await onReady();
		return await watchProcess(this.#n8n.pid, async () => await this.#run(large));
	}

	/** Runs a workflow; returns the execution time of the measured node in seconds. */
	async #run(workflow: { id: string }): Promise<number> {
		// Rarely: each request makes n8n load the execution, and at four per second that took more memory than the upload.
		const execution = await this.client.executions.runAndWait(workflow, 'Start', {
			timeoutMs: 3_600_000,
			pollMs: 3_000,
		});
		const run = succeeded(execution).run?.resultData.runData[measuredNode]?.[0];
		if (run === undefined) throw new Error('n8n did not run the node');
		return run.executionTime / 1000;
	}
}

/** A workflow of nodes that follow each other, after its start. */
export function workflowOf(name: string, nodes: WorkflowNode[]): WorkflowFile {
	const all = [startNode, ...nodes];
	const connections = nodes.map(({ name: node }, index) => {
		return [(all[index] as WorkflowNode).name, { main: [[{ node, type: 'main', index: 0 }]] }];
	});
	return { name, nodes: all, connections: Object.fromEntries(connections) as WorkflowFile['connections'] };
}

export function succeeded(execution: Execution): Execution {
	if (execution.status === 'success') return execution;
	throw new Error(`n8n: ${errorOf(execution)?.message ?? execution.status}`);
}
