import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { authentication } from '../../../nodes/Masv/authentication';
import type { Field } from '../../../nodes/Masv/operation';
import { entriesOf } from '../../../nodes/Masv/operation';
import { resources } from '../../../nodes/Masv/resources';

const folder = join(__dirname, '../../../nodes/Masv/resources');

/** Stored in users' workflows: values can be added here, but never changed or removed. */
const promised = {
	package: [
		...['create', 'send', 'finalize', 'get', 'getAll', 'archive', 'unarchive', 'archiveMany', 'unarchiveMany'],
		...['update', 'setExpiry', 'delete', 'getForm', 'wait', 'receive'],
		...['sendNew', 'receiveNew', 'getLedger', 'forgetSent'],
	],
	file: ['upload', 'getAll', 'delete', 'download'],
	link: ['create', 'get', 'getAll', 'disable'],
	portal: ['getAll', 'getPackages', 'create', 'get', 'update', 'delete', 'createForm'],
	storage: ['getAll', 'get', 'browse', 'sendPackage', 'pull', 'getTransfers'],
	activity: ['getAll', 'getHistory'],
	member: ['getAll'],
	tag: ['getAll', 'create', 'delete'],
	teamspace: ['getAll', 'get', 'create'],
	webhook: ['getAll', 'create', 'update', 'delete'],
};

const nested = (field: Field): Field[] => {
	if (field.type === 'fixedCollection') return [...entriesOf(field).values];
	return field.type === 'collection' ? (field.options as Field[]) : [];
};

describe('the operations', () => {
	it('have the values that workflows rely on', () => {
		const values = resources.map(({ value, operations }) => [
			value,
			Object.values(operations)
				.map((operation) => operation.value)
				.sort(),
		]);
		expect(Object.fromEntries(values)).toEqual(
			Object.fromEntries(Object.entries(promised).map(([resource, operations]) => [resource, [...operations].sort()])),
		);
	});

	it('have exactly one folder per resource', () => {
		const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
		expect(folders.map(({ name }) => name).sort()).toEqual(resources.map(({ value }) => value).sort());
	});

	it.each(resources.map((resource) => [resource.value, resource] as const))(
		'of %s are exported, each under the value that its file is named after',
		(value, { operations }) => {
			const files = readdirSync(join(folder, value)).filter((name) => name !== 'index.ts');
			expect(Object.keys(operations).sort()).toEqual(files.map((name) => name.replace(/\.ts$/, '')).sort());
			for (const [name, operation] of Object.entries(operations)) expect(operation.value).toBe(name);
		},
	);

	it.each(resources.map((resource) => [resource.value, resource] as const))(
		'of %s include the default, and have unique values and names',
		(_, { default: value, operations }) => {
			const all = Object.values(operations);
			expect(all.map((operation) => operation.value)).toContain(value);
			expect(new Set(all.map((operation) => operation.value)).size).toBe(all.length);
			expect(new Set(all.map((operation) => operation.name)).size).toBe(all.length);
		},
	);

	const operations = resources.flatMap(({ value, operations: all }) =>
		Object.values(all).map((operation) => [`${value}.${operation.value}`, operation] as const),
	);

	it.each(operations)('%s has either run or runAll', (_, { run, runAll }) => {
		expect([run, runAll].filter((task) => task !== undefined)).toHaveLength(1);
	});

	it.each(operations)('%s has a valid default for every field, also in collections', (_, { fields }) => {
		for (const field of fields.flatMap((top) => [top, ...nested(top)])) {
			expect({ field: field.name, default: field.default }).not.toEqual({ field: field.name, default: undefined });
			if (field.type !== 'options') continue;
			expect((field.options as Array<{ value: unknown }>).map(({ value }) => value)).toContain(field.default);
		}
	});

	it.each(operations)('%s never shows two fields of the same name', (_, { fields }) => {
		for (const list of [fields, ...fields.map(nested)]) {
			for (const [index, field] of list.entries()) {
				const others = list.slice(index + 1).filter(({ name }) => name === field.name);
				expect({ name: field.name, both: others.filter((other) => !excludesEachOther(field, other)) }).toEqual({
					name: field.name,
					both: [],
				});
			}
		}
	});

	it.each(operations)('%s uses only its own fields and the authentication in display conditions', (_, { fields }) => {
		const names = [authentication.name, ...fields.map(({ name }) => name)];
		for (const { displayOptions } of fields)
			expect(names).toEqual(expect.arrayContaining(Object.keys(displayOptions?.show ?? {})));
	});
});

function excludesEachOther(a: Field, b: Field): boolean {
	const others = b.displayOptions?.show ?? {};
	return Object.entries(a.displayOptions?.show ?? {}).some(
		([name, values]) => others[name]?.every((value) => !values.includes(value)) ?? false,
	);
}

describe('the README', () => {
	it('has exactly one row per operation', () => {
		const readme = readFileSync(join(__dirname, '../../../README.md'), 'utf8');
		const [, section = ''] = /\n## Operations\n([\s\S]*?)\n## /.exec(readme) ?? [];
		const rows = [...section.matchAll(/^\| (\w+) \| ([\w ]+) \|/gm)].map(
			([, resource, name]) => `${resource}: ${name}`,
		);
		const operations = resources.flatMap(({ name, operations: all }) =>
			Object.values(all).map((operation) => `${name}: ${operation.name}`),
		);
		expect(rows.filter((row) => row !== 'Resource: Operation').sort()).toEqual(operations.sort());
	});
});
