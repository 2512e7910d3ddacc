import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { unflatten } from './unflatten.ts';

/** Who owns every n8n that is started here. It listens on the loopback interface only. */
export const owner = {
	email: 'owner@example.com',
	password: 'Passw0rd-e2e',
	firstName: 'E2E',
	lastName: 'Owner',
};

export interface CredentialReference {
	id: string;
	name: string;
}

export interface Credential extends CredentialReference {
	type: string;
}

export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

export interface WorkflowNode {
	id?: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id?: string | null; name: string }>;
	/** Part of the address of a webhook trigger. */
	webhookId?: string;
	[setting: string]: unknown;
}

/** A workflow as the editor exports it. */
export interface WorkflowFile {
	name: string;
	nodes: WorkflowNode[];
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
	pinData?: Record<string, unknown>;
}

export interface Workflow extends WorkflowFile {
	id: string;
	versionId: string;
	active: boolean;
}

export interface NodeType {
	/** With the package's name: `n8n-nodes-masv.masv`. */
	name: string;
	displayName: string;
	version: number | number[];
	properties: Array<Record<string, unknown>>;
	webhooks?: unknown[];
	[field: string]: unknown;
}

export interface BinaryReference {
	id?: string;
	/** Base64, when n8n keeps binary data in memory. */
	data?: string;
	fileName?: string;
	mimeType: string;
	[field: string]: unknown;
}

export interface Item {
	json: Record<string, unknown>;
	binary?: Record<string, BinaryReference>;
	[field: string]: unknown;
}

export interface RunError {
	message: string;
	description?: string | null;
	[field: string]: unknown;
}

/** One run of one node. */
export interface NodeRun {
	/** Output, then item. */
	data?: { main?: Array<Item[] | null> };
	error?: RunError;
	executionStatus?: string;
	/** Milliseconds. */
	executionTime: number;
	[field: string]: unknown;
}

export interface RunData {
	resultData: {
		runData: Record<string, NodeRun[]>;
		error?: RunError;
		lastNodeExecuted?: string;
	};
	[field: string]: unknown;
}

export interface ExecutionSummary {
	id: string;
	workflowId: string;
	mode: string;
	status: 'new' | 'running' | 'waiting' | 'success' | 'error' | 'canceled' | 'crashed' | 'unknown';
	startedAt: string | null;
	stoppedAt: string | null;
}

export interface Execution extends ExecutionSummary {
	/** Decoded. undefined when n8n holds it back: it is over 100 MiB, or the run has saved nothing yet. */
	run: RunData | undefined;
	/** The whole answer as n8n sent it, to search for what must not be in it. */
	raw: string;
}

export interface WaitOptions {
	/** Milliseconds; 5 minutes when left out. */
	timeoutMs?: number;
	/** Milliseconds between two looks. */
	pollMs?: number;
	/** Told after every look at an execution that is still going. */
	onProgress?: (execution: Execution) => void;
}

export interface ListSearch {
	/** `n8n-nodes-masv.masv` */
	nodeType: string;
	typeVersion?: number;
	/** The search method the field names in `typeOptions.searchListMethod`. */
	method: string;
	/** The field, as in `$parameter`. */
	parameter: string;
	/** The other fields of the node, at least `resource` and `operation`. */
	parameters: Record<string, unknown>;
	credentials?: Record<string, CredentialReference>;
	/** What the user has typed. */
	filter?: string;
	paginationToken?: string;
}

export interface ListSearchResult {
	results: Array<{ name: string; value: string | number | boolean; url?: string; description?: string }>;
	paginationToken?: unknown;
}

/** n8n answered with another status than 2xx. */
export class N8nError extends Error {
	override name = 'N8nError';
	readonly status: number;
	readonly body: string;

	constructor(request: string, status: number, body: string) {
		super(`${request}: ${status} ${body.slice(0, 500)}`);
		this.status = status;
		this.body = body;
	}
}

const going = new Set(['new', 'running', 'waiting']);
const ended = new Set(['success', 'error', 'canceled', 'crashed', 'unknown']);

/**
 * n8n's REST API as its editor uses it: a session in a cookie, bound to one browser id.
 *
 * What it does is what a user does in the editor. It was written for the pinned n8n: this API is not a public one.
 */
export class N8nClient {
	readonly url: string;
	private cookie = '';
	private readonly browserId = randomUUID();

	/** @param url `http://host:port` of a running n8n */
	constructor(url: string) {
		this.url = url;
	}

	/** Any request of the session; the path begins with `/`. The answer is not looked at. */
	async fetch(method: string, path: string, body?: unknown): Promise<Response> {
		const headers: Record<string, string> = { 'browser-id': this.browserId };
		if (this.cookie !== '') headers.cookie = this.cookie;
		if (body !== undefined) headers['content-type'] = 'application/json';
		const response = await fetch(this.url + path, {
			method,
			headers,
			body: body === undefined ? null : JSON.stringify(body),
		});
		for (const cookie of response.headers.getSetCookie()) {
			if (cookie.startsWith('n8n-auth=')) this.cookie = cookie.split(';', 1)[0] ?? '';
		}
		return response;
	}

	/** The text of an answer of `/rest`. @throws N8nError */
	async text(method: string, path: string, body?: unknown): Promise<string> {
		const response = await this.fetch(method, `/rest${path}`, body);
		const text = await response.text();
		if (!response.ok) throw new N8nError(`${method} /rest${path}`, response.status, text);
		return text;
	}

	/** The `data` of an answer of `/rest`. @throws N8nError */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		return unwrap<T>(await this.text(method, path, body));
	}

	/** Makes the owner of a fresh n8n, logs in otherwise. */
	async login(): Promise<void> {
		const settings = await this.request<{ userManagement: { showSetupOnFirstLoad: boolean } }>('GET', '/settings');
		if (settings.userManagement.showSetupOnFirstLoad) await this.request('POST', '/owner/setup', owner);
		else await this.request('POST', '/login', { emailOrLdapLoginId: owner.email, password: owner.password });
	}

	/** All nodes this n8n has loaded. */
	async nodeTypes(): Promise<NodeType[]> {
		const response = await this.fetch('GET', '/types/nodes.json');
		if (!response.ok) throw new N8nError('GET /types/nodes.json', response.status, await response.text());
		return (await response.json()) as NodeType[];
	}

	async createCredential(name: string, type: string, data: Record<string, unknown>): Promise<Credential> {
		const { id } = await this.request<Credential>('POST', '/credentials', { name, type, data });
		return { id, name, type };
	}

	async credentials(): Promise<Credential[]> {
		return await this.request<Credential[]>('GET', '/credentials');
	}

	/** What the editor does when a saved credential is opened and "Retry" is clicked. `data` replaces saved fields. */
	async testCredential(credential: Credential, data?: Record<string, unknown>): Promise<CredentialTest> {
		const saved = await this.request<{ data: Record<string, unknown> }>(
			'GET',
			`/credentials/${credential.id}?includeData=true`,
		);
		const { id, name, type } = credential;
		return await this.request<CredentialTest>('POST', '/credentials/test', {
			// Secret fields come as placeholders, which n8n fills in again.
			credentials: { id, name, type, data: { ...saved.data, ...data } },
		});
	}

	async createWorkflow(workflow: WorkflowFile): Promise<Workflow> {
		const { name, nodes, connections, settings, pinData } = workflow;
		return await this.request<Workflow>('POST', '/workflows', {
			name,
			nodes: nodes.map((node) => ({ id: randomUUID(), ...node })),
			connections,
			settings: { executionOrder: 'v1', ...settings },
			...(pinData !== undefined && { pinData }),
		});
	}

	/**
	 * Imports an exported workflow as the editor does, and picks the credentials as its user would: the one of the same
	 * type and name, else the only one of the type.
	 *
	 * @param file path of a JSON file, or its content
	 * @param change a last change to the nodes, for example to a parameter that the user has to fill in
	 * @throws Error when a credential is missing or there is a choice
	 */
	async importWorkflow(file: string | WorkflowFile, change?: (node: WorkflowNode) => void): Promise<Workflow> {
		const workflow =
			typeof file === 'string' ? (JSON.parse(await readFile(file, 'utf8')) as WorkflowFile) : structuredClone(file);
		const saved = await this.credentials();
		const withWebhooks = new Set((await this.nodeTypes()).filter(hasWebhook).map((type) => type.name));
		for (const node of workflow.nodes) {
			for (const [type, wanted] of Object.entries(node.credentials ?? {})) {
				node.credentials![type] = pickCredential(saved, type, wanted.name, node.name);
			}
			if (withWebhooks.has(node.type)) node.webhookId = randomUUID();
			change?.(node);
		}
		return await this.createWorkflow(workflow);
	}

	async workflow(id: string): Promise<Workflow> {
		return await this.request<Workflow>('GET', `/workflows/${id}`);
	}

	/** Saves changes to a workflow. */
	async updateWorkflow(workflow: Workflow, changes: Partial<WorkflowFile>): Promise<Workflow> {
		return await this.request<Workflow>('PATCH', `/workflows/${workflow.id}`, {
			...changes,
			versionId: workflow.versionId,
		});
	}

	/** Runs a saved workflow from one of its triggers, as "Execute workflow" does; returns the id of the execution. */
	async run(workflow: { id: string }, trigger: string): Promise<string> {
		const answer = await this.request<{ executionId?: string }>('POST', `/workflows/${workflow.id}/run`, {
			triggerToStartFrom: { name: trigger },
		});
		if (answer.executionId === undefined) {
			throw new Error(`${trigger} did not start, n8n waits for its webhook: ${JSON.stringify(answer)}`);
		}
		return answer.executionId;
	}

	/**
	 * Runs one node and what it needs before it, as "Execute step" does.
	 * n8n picks the trigger; returns the id of the execution.
	 */
	async runNode(workflow: { id: string }, node: string): Promise<string> {
		const answer = await this.request<{ executionId: string }>('POST', `/workflows/${workflow.id}/run`, {
			destinationNode: { nodeName: node, mode: 'inclusive' },
		});
		return answer.executionId;
	}

	/** Waits until an execution has ended, well or not. @throws Error when it is still going after `timeoutMs` */
	async wait(executionId: string, options: WaitOptions = {}): Promise<Execution> {
		const { timeoutMs = 5 * 60_000, pollMs = 150, onProgress } = options;
		const giveUpAt = Date.now() + timeoutMs;
		for (;;) {
			const execution = await this.execution(executionId);
			if (!going.has(execution.status)) return execution;
			onProgress?.(execution);
			if (Date.now() > giveUpAt) {
				throw new Error(`Execution ${executionId} is still ${execution.status} after ${timeoutMs / 1000} s`);
			}
			await sleep(pollMs);
		}
	}

	/** Has a webhook trigger wait for one event, as "Listen for test event" does. @throws Error when it does not wait */
	async listen(workflow: { id: string }, trigger: string): Promise<void> {
		const answer = await this.request<{ waitingForWebhook?: boolean }>('POST', `/workflows/${workflow.id}/run`, {
			triggerToStartFrom: { name: trigger },
		});
		if (answer.waitingForWebhook !== true) throw new Error(`${trigger} does not listen: ${JSON.stringify(answer)}`);
	}

	/** Ends {@link listen}, as "Stop listening" does. n8n says so before the webhook is gone. */
	async stopListening(workflow: { id: string }): Promise<void> {
		await this.request('DELETE', `/test-webhook/${workflow.id}`);
	}

	/** `run` and `wait`. */
	async runAndWait(workflow: { id: string }, trigger: string, options?: WaitOptions): Promise<Execution> {
		return await this.wait(await this.run(workflow, trigger), options);
	}

	async execution(id: string): Promise<Execution> {
		const raw = await this.text('GET', `/executions/${id}`);
		const { data, ...summary } = unwrap<ExecutionSummary & { data?: string | RunData }>(raw);
		const run = typeof data === 'string' ? (unflatten(data) as RunData | undefined) : data;
		return { ...summary, run: run?.resultData === undefined ? undefined : run, raw };
	}

	/** The newest first. */
	async executions(workflow: { id: string }): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id }));
		return (await this.request<{ results: ExecutionSummary[] }>('GET', `/executions?filter=${filter}`)).results;
	}

	/**
	 * Every page of them, the newest first. They are asked for by status, all of them: otherwise n8n looks for those under
	 * way and for the others apart, and misses one that ends between the two.
	 */
	async allExecutions(workflow: { id: string }): Promise<ExecutionSummary[]> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: workflow.id, status: [...going, ...ended] }));
		const found = new Map<string, ExecutionSummary>();
		let cursor: string | null = '';
		while (cursor !== null) {
			const query: string = `filter=${filter}&limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`;
			const page: ExecutionPage = await this.request('GET', `/executions?${query}`);
			for (const execution of page.results) found.set(execution.id, execution);
			cursor = page.nextCursor;
		}
		return [...found.values()];
	}

	/**
	 * Waits for an execution that something else than this client starts (a webhook, a poll), to its end.
	 *
	 * @param known ids of the executions that do not count, because they were there before
	 */
	async waitForNew(workflow: { id: string }, known: string[] = [], options: WaitOptions = {}): Promise<Execution> {
		const { timeoutMs = 60_000, pollMs = 150 } = options;
		const giveUpAt = Date.now() + timeoutMs;
		for (;;) {
			const fresh = (await this.executions(workflow)).find(({ id }) => !known.includes(id));
			if (fresh !== undefined) return await this.wait(fresh.id, options);
			if (Date.now() > giveUpAt) throw new Error(`No execution within ${timeoutMs / 1000} s`);
			await sleep(pollMs);
		}
	}

	/** Stops a running execution, as the stop button does. It ends with the status `canceled`. */
	async stopExecution(id: string): Promise<void> {
		await this.request('POST', `/executions/${id}/stop`, {});
	}

	/**
	 * Activates a workflow and waits until its triggers are registered: n8n says "active" before it does that.
	 *
	 * @throws Error with what the trigger said, when it could not be registered
	 */
	async activate(workflow: { id: string }): Promise<void> {
		const { versionId } = await this.workflow(workflow.id);
		await this.request('POST', `/workflows/${workflow.id}/activate`, { versionId });
		const { status, triggers } = await this.published(workflow);
		if (status === 'published') return;
		const reasons = triggers.map(({ errorMessage }) => errorMessage).filter((message) => message !== null);
		throw new Error(`The workflow was not activated (${status}): ${reasons.join('; ')}`);
	}

	/** Deactivates a workflow and waits until its triggers are gone. */
	async deactivate(workflow: { id: string }): Promise<void> {
		await this.request('POST', `/workflows/${workflow.id}/deactivate`, {});
		await this.published(workflow);
	}

	/** The address outside callers use. @param path of the webhook in the node's description */
	webhookUrl(node: WorkflowNode, path = 'webhook', kind: 'production' | 'test' = 'production'): string {
		if (node.webhookId === undefined) throw new Error(`${node.name} has no webhook id`);
		return `${this.url}/${kind === 'test' ? 'webhook-test' : 'webhook'}/${node.webhookId}/${path}`;
	}

	/** What a picker shows: the results of a list search, as the editor asks for them. */
	async searchList(search: ListSearch): Promise<ListSearchResult> {
		const { nodeType, typeVersion = 1, method, parameter, parameters, credentials, filter, paginationToken } = search;
		return await this.request<ListSearchResult>('POST', '/dynamic-node-parameters/resource-locator-results', {
			nodeTypeAndVersion: { name: nodeType, version: typeVersion },
			path: `parameters.${parameter}`,
			methodName: method,
			currentNodeParameters: parameters,
			...(credentials !== undefined && { credentials }),
			...(filter !== undefined && { filter }),
			...(paginationToken !== undefined && { paginationToken }),
		});
	}

	/** The content of a binary property of an item. */
	async download(binary: BinaryReference): Promise<Buffer> {
		if (binary.id === undefined) return Buffer.from(binary.data ?? '', 'base64');
		const query = new URLSearchParams({
			id: binary.id,
			action: 'download',
			fileName: binary.fileName ?? 'file',
			mimeType: binary.mimeType,
		});
		const response = await this.fetch('GET', `/rest/binary-data?${query.toString()}`);
		if (!response.ok) throw new N8nError('GET /rest/binary-data', response.status, await response.text());
		return Buffer.from(await response.arrayBuffer());
	}

	private async published(workflow: { id: string }): Promise<PublicationStatus> {
		const giveUpAt = Date.now() + 60_000;
		for (;;) {
			const status = await this.request<PublicationStatus>('GET', `/workflows/${workflow.id}/publication-status`);
			if (status.status !== 'in_progress') return status;
			if (Date.now() > giveUpAt) throw new Error('The triggers were not registered within 60 s');
			await sleep(100);
		}
	}
}

/** The items a node gave out. @throws Error with the run's error, when the node did not run or gave none */
export function output(execution: Execution, node: string, outputIndex = 0, runIndex = 0): Item[] {
	const items = execution.run?.resultData.runData[node]?.[runIndex]?.data?.main?.[outputIndex];
	if (items === undefined || items === null) {
		throw new Error(
			`"${node}" gave no output (${execution.status}): ${errorOf(execution, node)?.message ?? 'no error'}`,
		);
	}
	return items;
}

/** The error of a node, or of the whole run; undefined when all went well. */
export function errorOf(execution: Execution, node?: string): RunError | undefined {
	const result = execution.run?.resultData;
	const ofNode = node === undefined ? undefined : result?.runData[node]?.findLast(({ error }) => error !== undefined);
	return ofNode?.error ?? result?.error;
}

interface ExecutionPage {
	results: ExecutionSummary[];
	/** null: there is no more. */
	nextCursor: string | null;
}

interface PublicationStatus {
	status: 'in_progress' | 'published' | 'partial' | 'failed' | 'not_published';
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}

function unwrap<T>(text: string): T {
	const answer = text === '' ? {} : (JSON.parse(text) as object);
	return ('data' in answer ? answer.data : answer) as T;
}

function hasWebhook(type: NodeType): boolean {
	return type.webhooks !== undefined && type.webhooks.length > 0;
}

function pickCredential(saved: Credential[], type: string, name: string, node: string): CredentialReference {
	const ofType = saved.filter((credential) => credential.type === type);
	const picked = ofType.find((credential) => credential.name === name) ?? (ofType.length === 1 ? ofType[0] : undefined);
	if (picked === undefined) {
		const there = ofType.map((credential) => `"${credential.name}"`).join(', ') || 'none';
		throw new Error(`"${node}" wants the credential "${name}" (${type}); there: ${there}`);
	}
	return { id: picked.id, name: picked.name };
}
