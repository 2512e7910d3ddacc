import type { INodeParameters, INodeType, INodeTypes } from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import { Masv } from '../../nodes/Masv/Masv.node';
import { MasvPollingTrigger } from '../../nodes/Masv/MasvPollingTrigger.node';
import { MasvTrigger } from '../../nodes/Masv/MasvTrigger.node';
import { resources } from '../../nodes/Masv/resources';

/** As n8n computes it for the canvas. */
function subtitle(type: INodeType, parameters: INodeParameters): unknown {
	const node = {
		id: '1',
		name: 'Node',
		type: 'node',
		typeVersion: 1,
		position: [0, 0] as [number, number],
		parameters,
	};
	const nodeTypes = { getByNameAndVersion: () => type } as unknown as INodeTypes;
	const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
	return workflow.expression.getSimpleParameterValue(node, type.description.subtitle, 'internal', {});
}

const operations = resources.flatMap(({ name, value, operations: all }) =>
	Object.values(all).map((operation) => [`${operation.name}: ${name}`, value, operation.value] as const),
);

describe('below the name of a node', () => {
	it.each(operations)('is "%s"', (name, resource, operation) => {
		expect(subtitle(new Masv(), { resource, operation })).toBe(name);
	});

	it('is the list of events of the webhook trigger', () => {
		const events = ['package.created', 'package.finalized', 'package.other'];
		expect(subtitle(new MasvTrigger(), { events })).toBe('Package Created, Package Finalized, package.other');
		expect(subtitle(new MasvTrigger(), { events: [] })).toBe('');
	});

	it('is the event of the polling trigger', () => {
		expect(subtitle(new MasvPollingTrigger(), { event: 'packageExpiring' })).toBe('Package About to Expire');
	});
});
