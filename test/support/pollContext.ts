import type {
	IDataObject,
	INode,
	INodeType,
	IPollFunctions,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import { loadN8nCore } from './n8nCore';

export interface PollContextOptions {
	parameters?: IDataObject;
	/** Static data of the workflow, as n8n loads it from its database. */
	staticData?: IDataObject;
	mode?: WorkflowExecuteMode;
	/** Time zone of the workflow. Default: UTC. */
	zone?: string;
	/** To poll as a different node than other tests in this process. */
	nodeId?: string;
	credential: IDataObject;
	/** Time limit of a poll that n8n reports. Null: a version of n8n that does not report one. */
	budgetMs?: number | null;
}

export interface TestPollContext {
	n8n: IPollFunctions;
	/** The static data that n8n would write to its database. */
	stored: () => IDataObject;
}

/** n8n-core's own poll context, for a workflow with only this node. */
export async function pollContext(nodeType: INodeType, options: PollContextOptions): Promise<TestPollContext> {
	const { PollContext } = await loadN8nCore();
	const { description } = nodeType;
	const node: INode = {
		id: options.nodeId ?? 'node-1',
		name: description.displayName,
		type: `n8n-nodes-masv.${description.name}`,
		typeVersion: 1,
		position: [0, 0],
		parameters: (options.parameters ?? {}) as INode['parameters'],
		credentials: { masvApi: { id: '1', name: 'MASV' } },
	};
	const workflow = new Workflow({
		id: 'workflow-1',
		name: 'Test',
		nodes: [node],
		connections: {},
		active: true,
		nodeTypes: {
			getByName: () => nodeType,
			getByNameAndVersion: () => nodeType,
			getKnownTypes: () => ({}),
		},
		settings: { timezone: options.zone ?? 'UTC' },
		staticData: options.staticData,
	});
	const additionalData = {
		credentialsHelper: {
			isCredentialUsableByNode: () => true,
			getDecrypted: () => Promise.resolve(options.credential),
		},
	} as unknown as IWorkflowExecuteAdditionalData;
	const { budgetMs = 60_000 } = options;
	const [emit, emitError, commit, runPoll] = [undefined, undefined, undefined, undefined];
	const n8n = new PollContext(
		workflow,
		// Includes default values, which n8n does not store.
		workflow.getNode(node.name) as INode,
		additionalData,
		options.mode ?? 'trigger',
		'activate',
		emit,
		emitError,
		commit,
		runPoll,
		undefined,
		() => budgetMs ?? 0,
	);
	if (budgetMs === null) Object.assign(n8n, { getPollBudgetMs: undefined });
	return { n8n, stored: () => JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject };
}
