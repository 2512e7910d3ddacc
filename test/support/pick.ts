import type {
	INode,
	INodeListSearchItems,
	INodeParameters,
	INodeType,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { NodeHelpers, Workflow } from 'n8n-workflow';

import { Masv } from '../../nodes/Masv/Masv.node';
import { loadN8nCore } from './n8nCore';

/**
 * What a picker of the node MASV shows in the editor, in n8n-core's own context. As in n8n, the workflow of the context has neither
 * an ID nor a name, and the values are those of all fields, with the expressions evaluated by the editor.
 */
export async function pick(
	method: string,
	parameters: INodeParameters,
	workflowId: string,
): Promise<INodeListSearchItems[]> {
	const { LoadOptionsContext } = await loadN8nCore();
	const nodeType: INodeType = new Masv();
	const { description } = nodeType;
	const node: INode = {
		id: 'uuid-1234',
		name: 'Temp-Node',
		type: 'n8n-nodes-masv.masv',
		typeVersion: 1,
		position: [0, 0],
		parameters,
	};
	const nodeTypes = { getByName: () => nodeType, getByNameAndVersion: () => nodeType, getKnownTypes: () => ({}) };
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	const values = NodeHelpers.getNodeParameters(description.properties, parameters, true, false, node, description);
	const currentNodeParameters = Object.fromEntries(
		Object.entries(values ?? {}).map(([name, value]) => [name, value === '={{ $workflow.id }}' ? workflowId : value]),
	);
	const additionalData = { currentNodeParameters } as unknown as IWorkflowExecuteAdditionalData;
	const context = new LoadOptionsContext(workflow, node, additionalData, '');
	const found = await nodeType.methods?.listSearch?.[method]?.call(context);
	return found?.results ?? [];
}
