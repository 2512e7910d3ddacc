import { toFieldValue } from '../../nodes/Masv/fieldValue';
import { readEach, readInput } from '../../nodes/Masv/input';
import type { Field, Operation } from '../../nodes/Masv/operation';
import { defineOperation } from '../../nodes/Masv/operation';
import { fakeN8n } from '../support/fakeN8n';

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

describe('readInput', () => {
	const read = (parameters: Record<string, unknown>) => readInput(fakeN8n({ parameters }).n8n, operation, 0, 'teamKey');

	it('returns the values of all fields, and the default of a hidden one', () => {
		expect(read({ name: 'a', packageId: { mode: 'list', value: ' P1 ' } })).toEqual({
			name: 'a',
			count: 3,
			packageId: 'P1',
		});
	});

	it.each([
		[{ mode: 'id', value: 12 }, '12'],
		['P1', 'P1'],
	])('takes the ID out of the locator %j', (packageId, id) => {
		expect(read({ packageId }).packageId).toBe(id);
	});

	it.each([[{ mode: 'id', value: null }], [{ mode: 'list', value: ' ' }], [null]])(
		'says that none is selected if the locator %j is empty',
		(packageId) => {
			expect(() => read({ packageId })).toThrow('No package is selected');
		},
	);

	it("returns each item's own values", () => {
		const { n8n } = fakeN8n({
			items: [{ json: {} }, { json: {} }],
			parameters: [
				{ name: 'a', packageId: 'P1' },
				{ name: 'b', packageId: 'P2' },
			],
		});
		expect([0, 1].map((itemIndex) => readInput(n8n, operation, itemIndex, 'teamKey').name)).toEqual(['a', 'b']);
	});
});

describe('fields of the same name', () => {
	const packages = { displayName: 'Of', name: 'of', type: 'number', default: 1 } as const;
	const twice: Operation = {
		...operation,
		fields: [
			{ ...packages, displayOptions: { show: { authentication: ['teamKey'], name: ['x'] } } },
			{ ...packages, default: 2, displayOptions: { show: { authentication: ['portal'] } } },
			...fields,
		],
	};
	const read = (parameters: object, authentication: 'teamKey' | 'portal' | 'none') =>
		readInput(fakeN8n({ parameters: { packageId: 'P1', ...parameters } }).n8n, twice, 0, authentication).of;

	it('have the value of the one that is shown', () => {
		expect(read({ of: 7, name: 'x' }, 'teamKey')).toBe(7);
		expect(read({ of: 7 }, 'portal')).toBe(7);
		expect(read({}, 'portal')).toBe(2);
	});

	it('have the default of the first one if none is shown', () => {
		expect(read({ of: 7, name: 'a' }, 'teamKey')).toBe(1);
		expect(read({ of: 7, name: 'x' }, 'none')).toBe(1);
	});
});

describe('the entries of a list', () => {
	it('have the default of each field that an expression leaves out', () => {
		const choices = [
			{ name: 'Copy', value: 'copy' },
			{ name: 'Move', value: 'move' },
		];
		const how: Field = { displayName: 'How', name: 'how', type: 'options', options: choices, default: 'move' };
		const rules: Field = {
			...{ displayName: 'Rules', name: 'rules', type: 'fixedCollection', default: {} },
			options: [{ displayName: 'Rule', name: 'rule', values: [how] }],
		};
		const read = toFieldValue(rules, { rule: [{}, { how: 'copy' }] }, { getTimezone: () => 'UTC' });
		expect(read).toEqual([{ how: 'move' }, { how: 'copy' }]);
	});
});

describe('readEach', () => {
	const items = ['a', '', 'c', ''].map((text, itemIndex) => ({ itemIndex, read: () => text }));
	const make = async (text: string, itemIndex: number): Promise<string> => {
		if (text === '') throw new Error(`nothing in ${itemIndex}`);
		return await Promise.resolve(`${text}${itemIndex}`);
	};

	it('assigns each failure to its item and continues', async () => {
		expect(await readEach(items, false, make)).toEqual({
			values: ['a0', 'c2'],
			failures: [
				{ itemIndexes: [1], error: new Error('nothing in 1') },
				{ itemIndexes: [3], error: new Error('nothing in 3') },
			],
		});
	});

	it('stops at the first failure if requested', async () => {
		const { values, failures } = await readEach(items, true, make);
		expect([values, failures.map(({ itemIndexes }) => itemIndexes)]).toEqual([['a0'], [[1]]]);
	});
});
