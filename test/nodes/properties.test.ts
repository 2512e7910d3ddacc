import { defineOperation } from '../../nodes/Masv/operation';
import { collectListSearches, toProperties } from '../../nodes/Masv/properties';

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
		for (const property of properties) expect(property).not.toHaveProperty('listSearch');
	});
});

describe('collectListSearches', () => {
	it("finds a field's search by the name used in its mode", () => {
		expect(collectListSearches([resource('a'), resource('b')])).toEqual({ searchPackages: search });
	});
});
