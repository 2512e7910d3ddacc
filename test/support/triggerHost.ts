import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HookContext, WebhookContext } from 'n8n-core';
import type {
	IDataObject,
	INodeType,
	IWebhookData,
	IWebhookResponseData,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import { MasvTrigger } from '../../nodes/Masv/MasvTrigger.node';

interface TriggerOptions {
	credentials: IDataObject;
	parameters?: IDataObject;
	/** Identifies the node. Each node has its own webhook path. */
	id?: string;
	/** The public URL that n8n reports. Default: the real address. */
	publicUrl?: string;
}

export interface TriggerHost {
	/** The events that started an execution. */
	executions: IDataObject[];
	/** Warnings in n8n's log. */
	warnings: string[];
	/** Status of the response when an execution starts. */
	answer: number;
	/** Called between receiving an event and responding. */
	beforeAnswer: () => Promise<void>;
	node(options: TriggerOptions): TriggerUnderTest;
	close(): Promise<void>;
}

export interface TriggerUnderTest {
	url: string;
	staticData: IDataObject;
	/** Activates the trigger as n8n does. */
	activate(): Promise<void>;
	/** Calls only `checkExists`. */
	exists(): Promise<boolean>;
	/** Stops as n8n does when the workflow is unpublished, or no longer listens for a test event. */
	deactivate(): Promise<void>;
	/** Parameter values of the node. */
	parameters: IDataObject;
	/** `manual` while the node listens for a test event. */
	mode: WorkflowExecuteMode;
}

type Answer = ServerResponse & { status?: (code: number) => Answer; json?: (body: unknown) => void };

/** The part of n8n that a webhook trigger uses: n8n-core's own contexts, and a server that receives the deliveries. */
export async function startTriggerHost(): Promise<TriggerHost> {
	const nodes = new Map<string, (request: IncomingMessage, response: Answer) => Promise<IWebhookResponseData>>();
	const host: Pick<TriggerHost, 'executions' | 'warnings' | 'answer' | 'beforeAnswer'> = {
		executions: [],
		warnings: [],
		answer: 200,
		beforeAnswer: () => Promise.resolve(),
	};
	const respond = async (request: IncomingMessage, response: Answer): Promise<void> => {
		response.status = (code) => {
			response.statusCode = code;
			return response;
		};
		response.json = (body) => response.end(JSON.stringify(body));
		const receive = nodes.get(request.url ?? '');
		if (receive === undefined) return void response.writeHead(404).end();
		const result = await receive(request, response).catch((error: unknown): IWebhookResponseData => {
			// As in n8n, a node that throws starts a failing execution.
			return { workflowData: [[{ json: { error: String(error) } }]] };
		});
		if (result.noWebhookResponse === true) return;
		if (result.workflowData !== undefined) {
			for (const { json } of result.workflowData[0] ?? []) host.executions.push(json);
			await host.beforeAnswer();
			response.statusCode = host.answer;
		}
		response.end();
	};
	const server: Server = createServer((request, response) => {
		respond(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	const node = ({
		credentials,
		parameters = {},
		id = 'one',
		publicUrl = baseUrl,
	}: TriggerOptions): TriggerUnderTest => {
		const type: INodeType = new MasvTrigger();
		const nodeTypes = { getByName: () => type, getByNameAndVersion: () => type, getKnownTypes: () => ({}) };
		const trigger: TriggerUnderTest = {
			url: `${publicUrl}/webhook/hook-${id}/webhook`,
			staticData: {},
			parameters,
			mode: 'trigger',
			activate: async () => {
				if (!(await trigger.exists())) await run('create');
			},
			exists: async () => await run('checkExists'),
			deactivate: async () => void (await run('delete')),
		};
		const contextParts = (): { workflow: Workflow; additionalData: IWorkflowExecuteAdditionalData } => ({
			workflow: new Workflow({
				id: 'workflow-1',
				name: 'Intake',
				nodes: [
					{
						id: `node-${id}`,
						name: 'MASV Trigger',
						type: 'n8n-nodes-masv.masvTrigger',
						typeVersion: 1,
						position: [0, 0],
						webhookId: `hook-${id}`,
						parameters: trigger.parameters as never,
					},
				],
				connections: {},
				// n8n tests a copy of the workflow, which is not active.
				active: trigger.mode !== 'manual',
				nodeTypes: nodeTypes,
				// A copy for each call, like n8n's from the database.
				staticData: JSON.parse(JSON.stringify(trigger.staticData)) as IDataObject,
			}),
			additionalData: {
				webhookBaseUrl: `${publicUrl}/webhook`,
				webhookTestBaseUrl: `${publicUrl}/webhook-test`,
			} as IWorkflowExecuteAdditionalData,
		});
		const run = async (method: 'checkExists' | 'create' | 'delete'): Promise<boolean> => {
			const { workflow, additionalData } = contextParts();
			const [start] = Object.values(workflow.nodes);
			const webhook = { isTest: trigger.mode === 'manual' } as IWebhookData;
			// n8n removes webhooks in this mode, whether the workflow was published or tested.
			const mode = method === 'delete' ? 'internal' : trigger.mode;
			const context = new HookContext(workflow, start as never, additionalData, mode, 'update', webhook);
			Object.defineProperty(context, 'logger', {
				value: { debug: () => undefined, warn: (text: string) => host.warnings.push(text) },
			});
			context.getCredentials = (async () => await Promise.resolve(credentials)) as never;
			try {
				return (await type.webhookMethods?.default?.[method]?.call(context)) ?? false;
			} finally {
				trigger.staticData = JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject;
			}
		};
		const receive = async (request: IncomingMessage, response: Answer): Promise<IWebhookResponseData> => {
			const { workflow, additionalData } = contextParts();
			const [start] = Object.values(workflow.nodes);
			const whole = { ...additionalData, httpRequest: request, httpResponse: response } as never;
			const mode = trigger.mode === 'manual' ? 'manual' : 'webhook';
			const context = new WebhookContext(workflow, start as never, whole, mode, {} as IWebhookData, [], null);
			context.getCredentials = (async () => await Promise.resolve(credentials)) as never;
			return (await type.webhook?.call(context)) ?? {};
		};
		nodes.set(new URL(trigger.url).pathname, receive);
		return trigger;
	};
	return Object.assign(host, {
		node,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	});
}
