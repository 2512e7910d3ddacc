import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { SeededFile } from '../sandbox/start.ts';
import { output } from './n8n/executions.ts';
import { type Lab, bytes, openLab, sha256 } from './support/lab.ts';
import { readPrepared } from './support/prepared.ts';

const mebibyte = 1024 * 1024;
const lastModified = '2026-01-02T03:04:05.000Z';

describe('two packages of one name', () => {
	let lab: Lab;

	beforeAll(async () => {
		lab = await openLab({ sandbox: { storageTls: readPrepared().storageTls } });
	});

	afterAll(async () => {
		await lab?.close();
	});

	/** Paths and sizes are the same for each card. */
	const card = (): SeededFile[] => [
		{ name: 'A001.mov', path: 'CARD/CLIPS', content: bytes(9 * mebibyte + 5), partBytes: mebibyte, lastModified },
		{ name: 'A002.mov', path: 'CARD/CLIPS', content: bytes(2 * mebibyte), lastModified },
		{ name: 'A002.mov', path: 'CARD/PROXY', content: bytes(1), lastModified },
		{ name: '.hidden ü', content: bytes(70_000), lastModified },
		{ name: 'empty', path: 'CARD', content: '', lastModified },
		{ name: 'AUDIO', path: 'CARD', content: '', kind: 'directory' },
	];
	const treeOf = (files: SeededFile[]): string[] =>
		files
			.map(({ name, path = '', content, kind }) => {
				const place = join(path, name);
				return kind === 'directory' ? `${place}/` : `${place} ${sha256(content)} ${lastModified}`;
			})
			.sort();
	/** The leaves of a folder as {@link treeOf} describes them, without the marker. */
	async function treeIn(folder: string): Promise<string[]> {
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		const lines = entries.map(async (entry) => {
			const path = join(entry.parentPath, entry.name);
			const place = relative(folder, path);
			if (entry.isFile()) {
				return `${place} ${sha256(await readFile(path))} ${(await stat(path)).mtime.toISOString()}`;
			}
			return (await readdir(path)).length === 0 ? `${place}/` : undefined;
		});
		const leaves = (await Promise.all(lines)).flatMap((line) => line ?? []);
		return leaves.filter((line) => !line.startsWith('.masv-package ')).sort();
	}

	it('are mirrored byte for byte, each into its own folder, and not touched when that runs again', async () => {
		const portal = lab.sandbox.seedPortal({ name: 'Second unit' });
		const cards = new Map(
			[card(), card()].map((files) => [
				lab.sandbox.seedPackage({ name: 'Dailies', portal_id: portal.id, chunk_size: mebibyte, files }).id,
				treeOf(files),
			]),
		);
		const folder = join(lab.folder, 'mirror');
		const workflow = await lab.importExample('mirror-portal.json', { Settings: { portalId: portal.id, folder } });
		const run = async () => {
			const execution = await lab.runWorkflow(workflow);
			expect(execution.run?.resultData.error?.message).toBeUndefined();
			return output(execution, 'Receive Files').map(({ json }) => json as { package: { id: string }; folder: string });
		};
		const isMirrored = async (received: Awaited<ReturnType<typeof run>>): Promise<void> => {
			const trees = received.map(async (each) => [each.package.id, await treeIn(each.folder)] as const);
			expect(new Map(await Promise.all(trees))).toEqual(cards);
		};
		await isMirrored(await run());
		expect((await readdir(folder)).length).toBe(2);
		const moved = lab.sandbox.requests.filter(({ step }) => step === 'getObject').length;
		expect(moved).toBeGreaterThan(0);
		const again = await run();
		await isMirrored(again);
		expect(again).toMatchObject([
			{ bytes: 0, files: [] },
			{ bytes: 0, files: [] },
		]);
		expect(lab.sandbox.requests.filter(({ step }) => step === 'getObject')).toHaveLength(moved);
		expect([...cards.keys()].flatMap((id) => lab.sandbox.links(id)).filter(({ active }) => active)).toEqual([]);
	});
});
