import { setTimeout as sleep } from 'node:timers/promises';
import { N8nError, type N8nSession, unwrap } from './N8nSession.ts';
import type { BinaryReference, Item, RunData, RunError } from './runData.ts';
import { unflatten } from './unflatten.ts';

export interface ExecutionSummary {
	id: string;
	workflowId: string;
	mode: string;
	status: 'new' | 'running' | 'waiting' | 'success' | 'error' | 'canceled' | 'crashed' | 'unknown';
	startedAt: string | null;
	stoppedAt: string | null;
}

export interface Execution extends ExecutionSummary {
	/** Decoded. undefined if n8n withholds it: it exceeds 100 MiB, or the run has not saved anything yet. */
	run: RunData | undefined;
	/** The whole response as n8n sent it, to be searched for data that must not be in it. */
	raw: string;
}

export interface WaitOptions {
	/** Milliseconds. Default: 5 minutes. */
	timeoutMs?: number;
	/** Milliseconds between two requests. */
	pollMs?: number;
	/** Called after each request while the execution is still running. */
	onProgress?: (execution: Execution) => void;
}

const going = new Set(['new', 'running', 'waiting']);
const ended = new Set(['success', 'error', 'canceled', 'crashed', 'unknown']);

/** Runs workflows and reads the results. */
export class N8nExecutions {
	readonly #session: N8nSession;

	constructor(session: N8nSession) {
		this.#session = session;
	}

	/** Runs a saved workflow from one of its triggers, as "Execute workflow" does; returns the execution ID. */
	async run(workflow: { id: string }, trigger: string): Promise<string> {
		const answer = await this.#session.request<{ executionId?: string }>('POST', `/workflows/${workflow.id}/run`, {
			triggerToStartFrom: { name: trigger },
		});
		if (answer.executionId === undefined) {
			throw new Error(`${trigger} did not start; n8n is waiting for its webhook: ${JSON.stringify(answer)}`);
		}
		return answer.executionId;
	}

	/**
	 * Runs one node and the nodes it depends on, as "Execute step" does.
	 * n8n picks the trigger; returns the execution ID.
	 */
	async runNode(workflow: { id: string }, node: string): Promise<string> {
		const answer = await this.#session.request<{ executionId: string }>('POST', `/workflows/${workflow.id}/run`, {
			destinationNode: { nodeName: node, mode: 'inclusive' },
		});
		return answer.executionId;
	}

	/** `run` and `wait`. */
	async runAndWait(workflow: { id: string }, trigger: string, options?: WaitOptions): Promise<Execution> {
		return await this.wait(await this.run(workflow, trigger), options);
	}

	/** Waits until an execution has ended, successfully or not. @throws Error if it is still running after `timeoutMs` */
	async wait(executionId: string, options: WaitOptions = {}): Promise<Execution> {
		const { timeoutMs = 5 * 60_000, pollMs = 150, onProgress } = options;
		const giveUpAt = Date.now() + timeoutMs;
		for (;;) {
			const execution = await this.get(executionId);
			if (!going.has(execution.status)) return execution;
			onProgress?.(execution);
			if (Date.now() > giveUpAt) {
				throw new Error(`Execution ${executionId} is still ${execution.status} after ${timeoutMs / 1000} s`);
			}
			await sleep(pollMs);
		}
	}

	/**
	 * Waits for an execution that was not started by this client (but by a webhook or a poll), until it has ended.
	 *
	 * @param known IDs of earlier executions, which are ignored
	 */
	async waitForNew(workflow: { id: string }, known: string[] = [], options: WaitOptions = {}): Promise<Execution> {
		const { timeoutMs = 5 * 60_000, pollMs = 150 } = options;
		const giveUpAt = Date.now() + timeoutMs;
		for (;;) {
			const fresh = (await this.list(workflow)).find(({ id }) => !known.includes(id));
			if (fresh !== undefined) return await this.wait(fresh.id, options);
			if (Date.now() > giveUpAt) throw new Error(`No execution within ${timeoutMs / 1000} s`);
			await sleep(pollMs);
		}
	}

	async get(id: string): Promise<Execution> {
		const raw = await this.#session.text('GET', `/executions/${id}`);
		const { data, ...summary } = unwrap<ExecutionSummary & { data?: string | RunData }>(raw);
		const run = typeof data === 'string' ? (unflatten(data) as RunData | undefined) : data;
		return { ...summary, run: run?.resultData === undefined ? undefined : run, raw };
	}

	/** The latest executions, newest first. */
	async list(workflow: { id: string }): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id }));
		return (await this.#session.request<{ results: ExecutionSummary[] }>('GET', `/executions?filter=${filter}`))
			.results;
	}

	/**
	 * All executions, newest first. The filter names every status: without one, n8n queries running and finished executions
	 * separately and misses an execution that ends between the two queries. n8n orders a page by when executions started, and
	 * continues it by their numbers, so it leaves some out where workers start them in another order. These are asked for.
	 */
	async listAll(workflow: { id: string }): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id, status: [...going, ...ended] }));
		const found = new Map<number, ExecutionSummary>();
		let cursor: string | null = '';
		while (cursor !== null) {
			const query: string = `filter=${filter}&limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`;
			const page: ExecutionPage = await this.#session.request('GET', `/executions?${query}`);
			for (const execution of page.results) found.set(Number(execution.id), execution);
			cursor = page.nextCursor;
		}
		const last = Math.max(...found.keys());
		for (let number = Math.min(...found.keys()); number < last; number++) {
			const execution = found.has(number) ? undefined : await this.#getIfThere(String(number));
			if (execution?.workflowId === workflow.id) found.set(number, execution);
		}
		return [...found.entries()].sort(([a], [b]) => b - a).map(([, execution]) => execution);
	}

	async #getIfThere(id: string): Promise<Execution | undefined> {
		try {
			return await this.get(id);
		} catch (error) {
			if (error instanceof N8nError && error.status === 404) return undefined;
			throw error;
		}
	}

	/** Stops a running execution, as the stop button does. It ends with status `canceled`. */
	async stop(id: string): Promise<void> {
		await this.#session.request('POST', `/executions/${id}/stop`, {});
	}

	/** Returns the content of an item's binary field. */
	async download(binary: BinaryReference): Promise<Buffer> {
		if (binary.id === undefined) return Buffer.from(binary.data ?? '', 'base64');
		const query = new URLSearchParams({
			id: binary.id,
			action: 'download',
			fileName: binary.fileName ?? 'file',
			mimeType: binary.mimeType,
		});
		const response = await this.#session.fetch('GET', `/rest/binary-data?${query.toString()}`);
		if (!response.ok) throw new N8nError('GET /rest/binary-data', response.status, await response.text());
		return Buffer.from(await response.arrayBuffer());
	}
}

/** The items a node returned. @throws Error with the run's error if the node did not run or returned none */
export function output(execution: Execution, node: string, outputIndex = 0, runIndex = 0): Item[] {
	const items = execution.run?.resultData.runData[node]?.[runIndex]?.data?.main?.[outputIndex];
	if (items === undefined || items === null) {
		throw new Error(
			`"${node}" returned no output (${execution.status}): ${errorOf(execution, node)?.message ?? 'no error'}`,
		);
	}
	return items;
}

/** The error of a node, or of the whole run; undefined if there was none. */
export function errorOf(execution: Execution, node?: string): RunError | undefined {
	const result = execution.run?.resultData;
	const ofNode = node === undefined ? undefined : result?.runData[node]?.findLast(({ error }) => error !== undefined);
	return ofNode?.error ?? result?.error;
}

interface ExecutionPage {
	results: ExecutionSummary[];
	/** null on the last page. */
	nextCursor: string | null;
}
