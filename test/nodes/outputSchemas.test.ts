import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { resources } from '../../nodes/Masv/resources';
import {
	alsoNull,
	committedSchema,
	isWritingSchemas,
	schemaFolder,
	schemaPath,
	withoutSchema,
} from '../support/committedSchemas';
import { operationSamples, sampleOf } from '../support/operationSamples';
import type { OutputSchema } from '../support/outputSchema';
import { differences, orNull, schemaOf } from '../support/outputSchema';
import { useSandboxNode } from '../support/sandboxNode';

const operations = resources.flatMap(({ value, operations: all }) =>
	Object.keys(all).map((name) => `${value}.${name}`),
);

const start = useSandboxNode();

describe('the fields that n8n offers before the first run', () => {
	let folder: string;
	beforeEach(async () => {
		folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-schemas-')));
	});
	afterEach(async () => await rm(folder, { recursive: true }));

	it.each(operations.filter((operation) => !withoutSchema.includes(operation)))(
		'are those that the operation returns: %s',
		async (operation) => {
			const output = await sampleOf(operation, await start({}, { newExecutions: true }), folder);
			expect(output).not.toEqual([]);
			const schema = (alsoNull[operation] ?? []).reduce(orNull, schemaOf(output));
			if (isWritingSchemas) {
				const file = schemaPath(operation);
				mkdirSync(dirname(file), { recursive: true });
				writeFileSync(file, `${JSON.stringify({ ...schema, version: 1 }, null, '\t')}\n`);
			}
			// As text: the editor shows the fields in this order.
			const { version, ...committed } = committedSchema(operation) as OutputSchema & { version: number };
			expect(JSON.stringify(committed, null, '\t')).toBe(JSON.stringify(schema, null, '\t'));
			expect(version).toBe(1);
		},
	);
});

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? it : it.skip;

onEmbeddedStore('a file whose MD5 is not known has none in the output', async () => {
	const { sandbox, run } = await start({ opaqueEtags: true });
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-schemas-')));
	const { id } = sandbox.seedPackage({ files: [{ name: 'a.mov', content: 'content' }] });
	const receive = { resource: 'package', operation: 'receive', packageId: id, saveTo: 'folder', folder };
	expect(await run(receive)).toMatchObject([{ files: [{ md5: null }] }]);
	await rm(folder, { recursive: true });
});

it('every operation has a sample, and a schema unless other people define its fields', () => {
	expect(Object.keys(operationSamples).sort()).toEqual([...operations].sort());
	const files = readdirSync(schemaFolder, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.json'),
	);
	expect(files.map((name) => name.replace(/[\\/]/, '.').replace(/\.json$/, '')).sort()).toEqual(
		operations.filter((operation) => !withoutSchema.includes(operation)).sort(),
	);
});

describe('a schema', () => {
	const schema = schemaOf([
		{ id: 'a', size: 1, tag: null, list: [], headers: { a: 'x' } },
		{ id: 'b', tag: { id: 'T' }, list: [{ a: 1 }, { b: true }] },
	]);

	it('has the fields of all items, and the type that n8n shows first', () => {
		expect(schema).toEqual({
			type: 'object',
			properties: {
				id: { type: 'string' },
				size: { type: 'number' },
				tag: { type: ['object', 'null'], properties: { id: { type: 'string' } } },
				list: {
					type: 'array',
					items: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'boolean' } } },
				},
				headers: { type: 'object' },
			},
		});
	});

	it('differs from output with other fields or types', () => {
		expect(differences(schema, { id: 'c', tag: null, headers: { b: 'x' } })).toEqual([]);
		const output = { id: 1, name: 'x', tag: { id: null }, list: [{ a: 1 }, { c: 1 }] };
		expect(differences(schema, output)).toEqual([
			'.id is number',
			'.name is unknown',
			'.tag.id is null',
			'.list[1].c is unknown',
		]);
	});
});
