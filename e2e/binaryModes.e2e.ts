import { join } from 'node:path';

import type { BinaryReference, Item } from './n8n/runData.ts';
import { type Lab, byId, bytes, openLab, sha256 } from './support/lab.ts';
import { type MemoryRise, watchMemory } from './support/memory.ts';
import { readPrepared } from './support/prepared.ts';

const mebibyte = 1024 * 1024;

/** Recognizes where n8n stores the content of an item. */
const places: Record<string, (binary: BinaryReference) => boolean> = {
	filesystem: ({ id }) => id?.startsWith('filesystem') === true,
	database: ({ id }) => id?.startsWith('database') === true,
	default: ({ id, data }) => id === undefined && (data?.length ?? 0) > 0,
};

// The shared n8n uses the first mode, which is n8n's default.
describe.each(['filesystem', 'database', 'default'])('binary data mode "%s"', (mode) => {
	let lab: Lab;

	beforeAll(async () => {
		const ownN8n = { env: { N8N_DEFAULT_BINARY_DATA_MODE: mode } };
		const sandbox = { storageTls: readPrepared().storageTls };
		lab = await openLab({ sandbox, ...(mode !== 'filesystem' && { ownN8n }) });
	});

	afterAll(async () => {
		await lab?.close();
	});

	/** Reads files with n8n's own node, sends them in one package, and compares the stored files with the originals. */
	async function sendFromItems(files: Record<string, Buffer>, transfer: Record<string, unknown>): Promise<void> {
		const folder = `mode ${Object.keys(files).length}`;
		for (const [name, content] of Object.entries(files)) await lab.write(join(folder, name), content);
		const { execution, items, error } = await lab.run({
			parameters: {
				resource: 'package',
				operation: 'send',
				packageName: 'From items',
				source: 'binary',
				binaryPropertyName: 'data',
				transfer,
			},
			read: join(lab.folder, folder, '*'),
		});
		expect(error?.message).toBeUndefined();
		const read = execution.run?.resultData.runData.Read?.[0]?.data?.main?.[0] as Item[];
		expect(read).toHaveLength(Object.keys(files).length);
		for (const item of read) expect(places[mode]?.(item.binary?.data as BinaryReference)).toBe(true);

		const sent = items[0]?.json as { package: { id: string }; files: { id: string; name: string; size: number }[] };
		const stored: Record<string, [number, string]> = {};
		for (const { id, name, size } of sent.files) {
			stored[name] = [size, await lab.sandbox.sha256(sent.package.id, id)];
		}
		expect(stored).toEqual(
			Object.fromEntries(Object.entries(files).map(([name, content]) => [name, [content.length, sha256(content)]])),
		);
		expect(lab.sandbox.package(sent.package.id)?.state).toBe('finalized');
	}

	it('sends a file of several parts unchanged', async () => {
		await sendFromItems({ 'large ö.bin': bytes(23 * mebibyte + 17) }, { partSize: 5, parallelParts: 3 });
	});

	it('sends small files unchanged', async () => {
		await sendFromItems({ 'one.bin': bytes(1), 'two.bin': bytes(70_000) }, {});
	});

	it('receives files unchanged, one item each', async () => {
		const contents: Record<string, Buffer> = {
			'large ö.bin': bytes(23 * mebibyte + 17),
			'small.bin': bytes(1),
			'empty.bin': Buffer.alloc(0),
		};
		const files = Object.entries(contents).map(([name, content]) => ({ name, path: 'day 1', content }));
		const { id } = lab.sandbox.seedPackage({ name: 'To items', files });
		const measured = process.platform === 'linux' ? await watchMemory(lab.n8n.pid) : undefined;
		const { items, error } = await lab.run({
			parameters: {
				resource: 'package',
				operation: 'receive',
				packageId: byId(id),
				saveTo: 'binary',
				outputField: 'reel',
			},
		});
		expect(error?.message).toBeUndefined();
		if (measured !== undefined) report(mode, await measured());
		const received: Record<string, string> = {};
		for (const { json, binary } of items) {
			const reference = binary?.reel as BinaryReference;
			// n8n keeps nothing of an empty file.
			if (json.size !== 0) expect(places[mode]?.(reference)).toBe(true);
			const content = await lab.client.executions.download(reference);
			received[`${String(json.path)}/${String(json.name)}`] = sha256(content);
			expect([json.size, reference.fileName]).toEqual([content.length, json.name]);
		}
		expect(received).toEqual(
			Object.fromEntries(Object.entries(contents).map(([name, content]) => [`day 1/${name}`, sha256(content)])),
		);
		expect(lab.sandbox.links(id).filter(({ active }) => active)).toEqual([]);
	});
});

/** No limit: where n8n does not use files, it builds the whole content in memory itself. See receiveMemory for files. */
function report(mode: string, { idle, rise }: MemoryRise): void {
	const [atRest, more] = [idle, rise].map((each) => Math.round(each / mebibyte));
	process.stderr.write(`n8n, binary data mode "${mode}": ${atRest} MiB before, at most ${more} MiB more for 23 MiB\n`);
}
