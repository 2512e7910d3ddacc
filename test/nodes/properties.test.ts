import { NodeHelpers } from 'n8n-workflow';
import type { INode, INodeParameters, INodeProperties, INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';

import { simplify } from '../../nodes/Masv/fields/simplify';
import { Masv } from '../../nodes/Masv/Masv.node';
import { defineOperation } from '../../nodes/Masv/operation';
import { collectListSearches, toProperties } from '../../nodes/Masv/properties';
import { resources } from '../../nodes/Masv/resources';

const search = () => Promise.resolve({ results: [] });

const fields = [
	{ displayName: 'Name', name: 'name', type: 'string', default: 'none' },
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		default: {},
		options: [
			{ displayName: 'Width', name: 'width', type: 'number', default: 1 },
			{ displayName: 'Depth', name: 'depth', type: 'number', default: 1 },
		],
	},
	{ displayName: 'Count', name: 'count', type: 'number', default: 3, displayOptions: { show: { name: ['x'] } } },
	{
		displayName: 'Package',
		name: 'packageId',
		type: 'resourceLocator',
		default: { mode: 'id', value: '' },
		modes: [
			{ displayName: 'From List', name: 'list', type: 'list', typeOptions: { searchListMethod: 'searchPackages' } },
			{ displayName: 'By ID', name: 'id', type: 'string' },
		],
		listSearch: search,
	},
] as const;

const operation = defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get it',
	description: 'Gets it',
	fields,
	run: () => Promise.resolve({}),
});

const resource = (value: string) => ({
	name: value.toUpperCase(),
	value,
	default: 'get',
	operations: { get: operation },
});

describe('toProperties', () => {
	const properties = toProperties([resource('b'), resource('a')], 'b');

	it('starts with the resource and its operations, sorted by name', () => {
		expect(properties[0]).toMatchObject({ name: 'resource', default: 'b', options: [{ value: 'a' }, { value: 'b' }] });
		expect(properties.filter(({ name }) => name === 'operation')).toHaveLength(2);
	});

	it('adds display conditions without changing the literals', () => {
		const count = properties.find(({ name }) => name === 'count');
		expect(count?.displayOptions).toEqual({ show: { resource: ['b'], operation: ['get'], name: ['x'] } });
		expect(fields[2].displayOptions).toEqual({ show: { name: ['x'] } });
	});

	it('offers the options of a collection by name', () => {
		const { options } = properties.find(({ name }) => name === 'options') ?? {};
		expect(options).toMatchObject([{ displayName: 'Depth' }, { displayName: 'Width' }]);
	});

	it('contains only keys that n8n knows', () => {
		const own = ['listSearch', 'accepts', 'toolDefault', 'refusesEmpty'];
		const keysIn = (value: unknown): string[] =>
			typeof value === 'object' && value !== null
				? Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)])
				: [];
		const { properties: all } = new Masv().description;
		expect(keysIn([properties, all]).filter((key) => own.includes(key))).toEqual([]);
		expect(keysIn(all)).toContain('multipleValues');
	});
});

describe('a field with another default for AI agents', () => {
	const get = { ...operation, fields: [simplify] };
	const properties = toProperties([{ ...resource('a'), operations: { get } }], 'a');
	/** What n8n makes of the stored parameters of a node of this type. */
	const valueIn = (type: string, stored: INodeParameters): unknown => {
		const parameters = { resource: 'a', operation: 'get', ...stored };
		const node = { type, typeVersion: 1, parameters } as unknown as INode;
		const description = { name: type, properties } as unknown as INodeTypeDescription;
		return NodeHelpers.getNodeParameters(properties, parameters, true, false, node, description)?.simplify;
	};

	it.each([
		['masv', {}, false],
		['masvTool', {}, true],
		['masv', { simplify: true }, true],
		['masvTool', { simplify: false }, false],
	])('in a node of type %s with %j: %j', (type, stored, value) => {
		expect(valueIn(type, stored)).toBe(value);
	});
});

describe('n8n, with the parameters of a node', () => {
	const { properties } = new Masv().description;
	const operations = resources.flatMap(({ value, operations: all }) =>
		Object.values(all).map((own) => [value, own.value] as const),
	);
	const resolve = (type: string, stored: INodeParameters): INodeParameters | null => {
		const node = { type, typeVersion: 1, parameters: stored } as unknown as INode;
		const description = { name: type, properties } as unknown as INodeTypeDescription;
		return NodeHelpers.getNodeParameters(properties, stored, true, false, node, description);
	};

	it.each(operations)('resolves those of %s > %s, also as the tool of an agent', (resourceName, operationName) => {
		const stored = { resource: resourceName, operation: operationName };
		for (const type of ['masv', 'masvTool']) expect(resolve(type, stored)).toMatchObject(stored);
	});

	it('fills in the defaults of the entries of a list', () => {
		const stored = { resource: 'portal', operation: 'create', connections: { entries: [{ id: 'C1' }] } };
		expect(resolve('masv', stored)).toMatchObject({
			connections: { entries: [{ id: 'C1', targetAction: 'transfer', syncMetadata: false }] },
		});
	});
});

describe('collectListSearches', () => {
	it("finds a field's search by the name used in its mode", () => {
		expect(collectListSearches([resource('a'), resource('b')])).toEqual({ searchPackages: search });
	});

	it('finds it in a collection, too', () => {
		const panel = {
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			default: {},
			options: [fields[3]],
		} as const;
		const inPanel = { ...resource('a'), operations: { get: { ...operation, fields: [panel] } } };
		expect(collectListSearches([inPanel])).toEqual({ searchPackages: search });
	});
});

describe('what is offered', () => {
	const description = new Masv().description;

	/** The values that the editor offers, which shows options under the same conditions as fields. */
	const offered = (name: string, parameters: INodeParameters): unknown[] => {
		const values =
			NodeHelpers.getNodeParameters(description.properties, parameters, true, false, null, description) ?? {};
		const isShown = (each: object) => NodeHelpers.displayParameter(values, each as INodeProperties, null, description);
		const property = description.properties.find((each) => each.name === name && isShown(each));
		return (property?.options as INodePropertyOptions[]).filter(isShown).map(({ value }) => value);
	};

	it.each([
		['none', ['file', 'link', 'package'], { file: ['download'], link: ['get'], package: ['receive'] }],
		['portal', ['package'], { package: ['create', 'getLedger', 'forgetSent', 'send', 'sendNew'] }],
	])('with the authentication %s is what can be done with it', (authentication, values, operations) => {
		expect(offered('resource', { authentication })).toEqual(values);
		for (const [resource, expected] of Object.entries(operations)) {
			expect(offered('operation', { authentication, resource })).toEqual(expected);
		}
	});

	it.each(['none', 'portal'])(
		'with the authentication %s contains no list that only the key of a team opens',
		(chosen) => {
			const shown = resources.flatMap(({ operations }) =>
				Object.values(operations)
					.filter(({ authentications }) => authentications?.includes(chosen as 'none' | 'portal'))
					.flatMap((each) => each.fields.map((field) => ({ each, field })))
					.filter(({ field }) => field.displayOptions?.show?.authentication?.includes(chosen) ?? true),
			);
			const lists = shown.flatMap(({ each, field: { displayName, modes = [] } }) =>
				modes.flatMap(({ typeOptions }) => {
					const method = typeOptions?.searchListMethod;
					// Ledgers are records of n8n's machine.
					return method === undefined || method === 'searchLedgers' ? [] : `${each.name}: ${displayName}`;
				}),
			);
			expect(lists).toEqual([]);
		},
	);

	it('with the key of a team is everything', () => {
		expect(offered('resource', {})).toHaveLength(resources.length);
		for (const { value, operations } of resources) {
			expect(offered('operation', { resource: value })).toHaveLength(Object.keys(operations).length);
		}
	});

	it('does not change what is stored', () => {
		const stored = { authentication: 'none', resource: 'portal', operation: 'getAll' };
		const kept = NodeHelpers.getNodeParameters(description.properties, stored, false, false, null, description);
		expect(kept).toMatchObject(stored);
	});
});
