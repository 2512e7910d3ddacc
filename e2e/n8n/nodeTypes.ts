import type { CredentialReference } from './credentials.ts';
import { N8nError, type N8nSession } from './N8nSession.ts';

export interface NodeType {
	/** Includes the package name: `n8n-nodes-masv.masv`. */
	name: string;
	displayName: string;
	version: number | number[];
	properties: Array<Record<string, unknown>>;
	webhooks?: unknown[];
	[field: string]: unknown;
}

export interface ListSearch {
	/** `n8n-nodes-masv.masv` */
	nodeType: string;
	typeVersion?: number;
	/** The field's `typeOptions.searchListMethod`. */
	method: string;
	/** The field's name, as in `$parameter`. */
	parameter: string;
	/** The node's other fields; at least `resource` and `operation`. */
	parameters: Record<string, unknown>;
	credentials?: Record<string, CredentialReference>;
	/** The search text. */
	filter?: string;
	paginationToken?: string;
}

export interface ListSearchResult {
	results: Array<{ name: string; value: string | number | boolean; url?: string; description?: string }>;
	paginationToken?: unknown;
}

/** The loaded node types and their list searches. */
export class N8nNodeTypes {
	readonly #session: N8nSession;

	constructor(session: N8nSession) {
		this.#session = session;
	}

	/** Every node type that this n8n has loaded. */
	async list(): Promise<NodeType[]> {
		const response = await this.#session.fetch('GET', '/types/nodes.json');
		if (!response.ok) throw new N8nError('GET /types/nodes.json', response.status, await response.text());
		return (await response.json()) as NodeType[];
	}

	/** Runs a list search, as the editor does to fill a picker. */
	async searchList(search: ListSearch): Promise<ListSearchResult> {
		const { nodeType, typeVersion = 1, method, parameter, parameters, credentials, filter, paginationToken } = search;
		return await this.#session.request<ListSearchResult>('POST', '/dynamic-node-parameters/resource-locator-results', {
			nodeTypeAndVersion: { name: nodeType, version: typeVersion },
			path: `parameters.${parameter}`,
			methodName: method,
			currentNodeParameters: parameters,
			...(credentials !== undefined && { credentials }),
			...(filter !== undefined && { filter }),
			...(paginationToken !== undefined && { paginationToken }),
		});
	}
}

export function hasWebhook(type: NodeType): boolean {
	return type.webhooks !== undefined && type.webhooks.length > 0;
}
