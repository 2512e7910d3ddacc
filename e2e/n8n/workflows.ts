import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type N8nCredentials, pickCredential } from './credentials.ts';
import type { N8nSession } from './N8nSession.ts';
import { hasWebhook, type N8nNodeTypes } from './nodeTypes.ts';

export interface WorkflowNode {
	id?: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: Record<string, unknown>;
	credentials?: Record<string, { id?: string | null; name: string }>;
	/** Part of a webhook trigger's URL. */
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

/** The saved workflows. */
export class N8nWorkflows {
	readonly #session: N8nSession;
	readonly #credentials: N8nCredentials;
	readonly #nodeTypes: N8nNodeTypes;

	constructor(session: N8nSession, credentials: N8nCredentials, nodeTypes: N8nNodeTypes) {
		this.#session = session;
		this.#credentials = credentials;
		this.#nodeTypes = nodeTypes;
	}

	async create(workflow: WorkflowFile): Promise<Workflow> {
		const { name, nodes, connections, settings, pinData } = workflow;
		return await this.#session.request<Workflow>('POST', '/workflows', {
			name,
			nodes: nodes.map((node) => ({ id: randomUUID(), ...node })),
			connections,
			settings: { executionOrder: 'v1', ...settings },
			...(pinData !== undefined && { pinData }),
		});
	}

	/**
	 * Imports an exported workflow as the editor does, and selects credentials as a user would: the one with the same
	 * type and name, else the only one of that type.
	 *
	 * @param file path to a JSON file, or its content
	 * @param change called for each node before saving, for example to fill in a parameter that the user has to enter
	 * @throws Error if a credential is missing or ambiguous
	 */
	async importFile(file: string | WorkflowFile, change?: (node: WorkflowNode) => void): Promise<Workflow> {
		const workflow =
			typeof file === 'string' ? (JSON.parse(await readFile(file, 'utf8')) as WorkflowFile) : structuredClone(file);
		const saved = await this.#credentials.list();
		const withWebhooks = new Set((await this.#nodeTypes.list()).filter(hasWebhook).map((type) => type.name));
		for (const node of workflow.nodes) {
			for (const [type, wanted] of Object.entries(node.credentials ?? {})) {
				node.credentials![type] = pickCredential(saved, type, wanted.name, node.name);
			}
			if (withWebhooks.has(node.type)) node.webhookId = randomUUID();
			change?.(node);
		}
		return await this.create(workflow);
	}

	async get(id: string): Promise<Workflow> {
		return await this.#session.request<Workflow>('GET', `/workflows/${id}`);
	}

	/** Saves changes to a workflow. */
	async update(workflow: Workflow, changes: Partial<WorkflowFile>): Promise<Workflow> {
		return await this.#session.request<Workflow>('PATCH', `/workflows/${workflow.id}`, {
			...changes,
			versionId: workflow.versionId,
		});
	}
}
