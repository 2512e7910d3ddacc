import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { errorOf, output } from '../../e2e/n8n/executions.ts';
import type { N8nClient } from '../../e2e/n8n/N8nClient.ts';
import type { RunningN8n } from '../../e2e/n8n/startN8n.ts';
import type { WorkflowNode } from '../../e2e/n8n/workflows.ts';
import { drawBar, endBar } from './bar.ts';
import { mebibytes, say } from './say.ts';

export interface Demo {
	/** This repository. */
	root: string;
	n8n: RunningN8n;
	/** Logged in. */
	client: N8nClient;
}

export interface ExampleRun {
	/** Name of the file in `examples/`. */
	file: string;
	/** The node whose output is returned. */
	node: string;
	/** What a user would fill in. */
	fill: (node: WorkflowNode) => void;
	/** All bytes to be moved. */
	bytes: number;
	/** Bytes moved so far. Default: shown is what the node writes to n8n's log. */
	moved?: () => number;
}

/** Runs an example and shows its progress. @throws Error with the message and the advice of the node if it fails */
export async function runExample<T>({ root, n8n, client }: Demo, run: ExampleRun): Promise<T> {
	const { file, node, fill, bytes, moved } = run;
	const workflow = await client.workflows.importFile(join(root, 'examples', file), fill);
	say(`n8n: running examples/${file}`);
	const logStart = (await readFile(n8n.logFile)).length;
	const drawLogged = async (): Promise<void> => {
		const log = (await readFile(n8n.logFile)).subarray(logStart).toString('utf8');
		const last = [...log.matchAll(/MASV (?:upload|download): (\d+) %, (.*)/g)].at(-1);
		if (last !== undefined) drawBar(Number(last[1]) / 100, `${last[2]}`);
	};
	const drawMoved = (count: number): void =>
		drawBar(bytes === 0 ? 1 : count / bytes, `${mebibytes(count)} of ${mebibytes(bytes)}`);
	const execution = await client.executions.runAndWait(workflow, 'Start', {
		timeoutMs: 24 * 3_600_000,
		pollMs: 100,
		onProgress: () => (moved === undefined ? void drawLogged() : drawMoved(moved())),
	});
	if (execution.status === 'success') drawMoved(bytes);
	endBar();
	if (execution.status === 'success') return output(execution, node)[0]?.json as T;
	const error = errorOf(execution);
	const advice = typeof error?.description === 'string' ? `\n        ${error.description}` : '';
	throw new Error(`failed: ${error?.message ?? execution.status}${advice}`);
}
