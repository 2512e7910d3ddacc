import type { CredentialReference } from './credentials.ts';
import { N8nError, type N8nSession } from './N8nSession.ts';

export interface NodeType {
	/** With the package's name: `n8n-nodes-masv.masv`. */
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

/** What n8n knows of its nodes. */
export class N8nNodeTypes {
	readonly #session: N8nSession;

	constructor(session: N8nSession) {
		this.#session = session;
	}

	/** All nodes this n8n has loaded. */
	async list(): Promise<NodeType[]> {
		const response = await this.#session.fetch('GET', '/types/nodes.json');
		if (!response.ok) throw new N8nError('GET /types/nodes.json', response.status, await response.text());
		return (await response.json()) as NodeType[];
	}

	/** What a picker shows: the results of a list search, as the editor asks for them. */
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
