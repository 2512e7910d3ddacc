import { defineOperation } from '../../nodes/Masv/operation';
import { toProperties } from '../../nodes/Masv/properties';

const fields = [
	{ displayName: 'Name', name: 'name', type: 'string', default: 'none' },
	{ displayName: 'Count', name: 'count', type: 'number', default: 3, displayOptions: { show: { name: ['x'] } } },
	{ displayName: 'Package', name: 'packageId', type: 'resourceLocator', default: { mode: 'id', value: '' } },
] as const;

const operation = defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get it',
	description: 'Gets it',
	fields,
	run: () => Promise.resolve({}),
});

describe('toProperties', () => {
	const resource = (value: string) => ({
		name: value.toUpperCase(),
		value,
		default: 'get',
		operations: { get: operation },
	});
	const properties = toProperties([resource('b'), resource('a')], 'b');

	it('begins with the resource and its operations, sorted by name', () => {
		expect(properties[0]).toMatchObject({ name: 'resource', default: 'b', options: [{ value: 'a' }, { value: 'b' }] });
		expect(properties.filter(({ name }) => name === 'operation')).toHaveLength(2);
	});

	it('adds guards and leaves the literals as they were', () => {
		const count = properties.find(({ name }) => name === 'count');
		expect(count?.displayOptions).toEqual({ show: { resource: ['b'], operation: ['get'], name: ['x'] } });
		expect(fields[1].displayOptions).toEqual({ show: { name: ['x'] } });
	});
});
