import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';

import type { IBinaryData, IExecuteFunctions, INode, INodeExecutionData } from 'n8n-workflow';

import { apiKey, baseUrl, teamId } from './testAccount';

type Values = Record<string, unknown>;

export interface FakeN8nOptions {
	/** Parameter values: one record for all items, or one per item. */
	parameters?: Values | Values[];
	items?: INodeExecutionData[];
	continueOnFail?: boolean;
	/** By credential type. These are selected in the node, in addition to the API credential of `testAccount.ts`. */
	credentials?: Record<string, Values>;
	/** Folders that workflows may not read. */
	blocked?: string[];
	/** The only folders that workflows may read. */
	allowed?: string[];
	signal?: AbortSignal;
	/** Default: all runs are of the same one. */
	executionId?: string;
	/** Time zone of the workflow. Default: UTC. */
	zone?: string;
	/** Whether n8n keeps binary data in the JSON of items, under `_files`: the workflow setting `binaryMode: combined`. */
	isCombined?: boolean;
	/** What n8n does with files that the node outputs. Default: kept in the item. */
	prepareBinaryData?: (content: Readable, fileName: string) => Promise<IBinaryData>;
	/** Binary data stored outside the items, by ID. */
	stored?: Record<string, Stored>;
}

export interface Stored {
	/** Path of a file: n8n's filesystem mode. */
	location?: string;
	/** Content in a store that only supports streams. */
	content?: Buffer;
}

export interface FakeN8n {
	n8n: IExecuteFunctions;
	/** Without debug lines. */
	logged: string[];
	/** Shown above the output. */
	hinted: string[];
}

const node: INode = {
	id: 'node-1',
	name: 'MASV',
	type: 'n8n-nodes-masv.masv',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** What n8n keeps for the node in its database. */
const staticData: Values = {};

/** The part of n8n's execution context that this package uses. Behaves like n8n's own where it matters. */
export function fakeN8n(options: FakeN8nOptions = {}): FakeN8n {
	const { parameters = {}, blocked = [], allowed, stored = {}, isCombined = false } = options;
	const items: INodeExecutionData[] = options.items ?? [{ json: {} }];
	const credentials: Record<string, Values> = { masvApi: { apiKey, teamId, baseUrl }, ...options.credentials };
	const logged: string[] = [];
	const hinted: string[] = [];
	const log = (text: string): void => void logged.push(text);
	// In combined mode, the name is a path in the JSON of the item.
	const binaryOf = (itemIndex: number, name: string): IBinaryData => {
		const keys = [...name.matchAll(/"((?:[^"\\]|\\.)*)"|[^.[\]"]+/g)].map(([key, quoted]) => quoted ?? key);
		const inJson = keys.reduce((found, key) => (found as Values | undefined)?.[key], items[itemIndex]?.json as unknown);
		const found = isCombined ? (inJson as IBinaryData | undefined) : items[itemIndex]?.binary?.[name];
		if (found?.mimeType === undefined) throw new Error(`No binary field ${name}`);
		return found;
	};
	const fake = {
		getInputData: () => items,
		getNode: () => ({
			...node,
			credentials: Object.fromEntries(Object.keys(credentials).map((name) => [name, { id: name, name }])),
		}),
		getWorkflow: () => ({ id: 'workflow-1', name: 'Test', active: false }),
		getWorkflowStaticData: () => staticData,
		getExecutionId: () => options.executionId ?? 'execution-1',
		evaluateExpression: (expression: string) => (expression === '{{ $runIndex }}' ? 0 : undefined),
		getMode: () => 'manual',
		getTimezone: () => options.zone ?? 'UTC',
		continueOnFail: () => options.continueOnFail === true,
		getExecutionCancelSignal: () => options.signal,
		getCredentials: (name: string) => Promise.resolve(credentials[name]),
		getNodeParameter: (name: string, itemIndex: number, fallback?: unknown, more?: { extractValue?: boolean }) => {
			const values = Array.isArray(parameters) ? (parameters[itemIndex] ?? {}) : parameters;
			const value = name in values ? values[name] : fallback;
			if (value === undefined) throw new Error(`Could not get parameter ${name}`);
			if (value instanceof Error) throw value;
			return more?.extractValue === true ? (value as { value: unknown }).value : value;
		},
		addExecutionHints: (...hints: Array<{ message: string }>) =>
			void hinted.push(...hints.map(({ message }) => message)),
		logger: { debug: () => {}, info: log, warn: log, error: log },
		helpers: {
			assertBinaryData: binaryOf,
			getBinaryDataBuffer: (itemIndex: number, name: string) =>
				Promise.resolve(Buffer.from(binaryOf(itemIndex, name).data, 'base64')),
			getBinaryPath: (id: string) => stored[id]?.location,
			getBinaryStream: (id: string) => Promise.resolve(Readable.from([stored[id]?.content ?? Buffer.alloc(0)])),
			prepareBinaryData: options.prepareBinaryData ?? keepInItem,
			getBinaryMetadata: (id: string) => Promise.resolve({ fileSize: stored[id]?.content?.length }),
			resolvePath,
			isFilePathBlocked: (path: string) =>
				blocked.some((folder) => path.startsWith(folder)) ||
				allowed?.some((folder) => `${path}/`.startsWith(`${folder}/`)) === false,
		},
	};
	return { n8n: fake as unknown as IExecuteFunctions, logged, hinted };
}

/** Of a path, at most the last name may be missing. */
async function resolvePath(path: string): Promise<string> {
	return await realpath(path).catch(async (error: NodeJS.ErrnoException) => {
		if (error.code !== 'ENOENT') throw error;
		return join(await realpath(dirname(path)), basename(path));
	});
}

/** An item with small files, stored in the item itself. */
export function itemWith(fields: Record<string, string>): INodeExecutionData {
	const binary = Object.entries(fields).map(([name, fileName]) => [
		name,
		{ data: Buffer.from(`content of ${fileName}`).toString('base64'), mimeType: 'video/quicktime', fileName },
	]);
	return { json: {}, binary: Object.fromEntries(binary) as Record<string, IBinaryData> };
}

async function keepInItem(content: Readable, fileName: string): Promise<IBinaryData> {
	const pieces: Uint8Array[] = [];
	for await (const piece of content) pieces.push(piece as Uint8Array);
	return { data: Buffer.concat(pieces).toString('base64'), mimeType: 'application/octet-stream', fileName };
}
