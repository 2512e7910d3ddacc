import { mkdir, mkdtemp, readFile, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendResult } from '../../masv/upload/sendPackage';
import type { Sandbox } from '../../sandbox/start';
import { createProcesses, nth } from '../support/mortal';
import type { Process } from '../support/mortal';
import { useSandboxNode } from '../support/sandboxNode';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256 } from '../support/testSources';

const mebibyte = 1024 * 1024;
const options = { likeSamples: true, signedHeaders: true };
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;
const byId = (value: string): object => ({ __rl: true, mode: 'id', value });

// Both MASV and its storage may respond in another form than by default: the samples of the documentation differ from its tables.
onEmbeddedStore(
	'a MASV that responds like the samples of its documentation, with a storage that requires headers',
	() => {
		const open = useSandboxNode();
		let base: string;
		beforeEach(async () => (base = await realpath(await mkdtemp(join(tmpdir(), 'masv-samples-')))));
		afterEach(async () => await rm(base, { recursive: true }));

		const modified = new Date('2026-01-02T03:04:05.678Z');
		const card: Record<string, Buffer> = {
			'card/CLIPS/day 1/A001.mov': patternBytes(11 * mebibyte, 3),
			'card/CLIPS/day 2/A001.mov': patternBytes(3_000, 4),
			'card/notes.txt': Buffer.from('notes'),
			'card/CLIPS/empty': Buffer.alloc(0),
		};
		async function writeCard(under: string): Promise<void> {
			for (const [place, content] of Object.entries(card)) {
				const path = join(under, place);
				await mkdir(dirname(path), { recursive: true });
				await writeFile(path, content);
				await utimes(path, modified, modified);
			}
		}
		async function storedIn(sandbox: Sandbox, packageId: string): Promise<Record<string, string>> {
			const files = sandbox.files(packageId).filter(({ kind }) => kind === 'file');
			const sums = files.map(async ({ id, path, name }) => [join(path, name), await sandbox.sha256(packageId, id)]);
			return Object.fromEntries((await Promise.all(sums)) as Array<[string, string]>);
		}
		const sums = Object.fromEntries(Object.entries(card).map(([place, content]) => [place, sha256(content)]));
		const packageIdOf = (item: IDataObject | undefined) => (item?.package as { id: string }).id;
		const sending = () => ({
			resource: 'package',
			operation: 'send',
			packageName: 'Dailies',
			recipients: '',
			source: 'path',
			paths: join(base, 'card'),
			options: {},
			transfer: { partSize: 5 },
		});

		it('gets a package whole, and the same again is nothing to upload', async () => {
			const { run, sandbox } = await open(options);
			await writeCard(base);
			const [sent] = await run(sending());
			expect(sent).toMatchObject({ reconciled: true, warnings: [] });
			expect(await storedIn(sandbox, packageIdOf(sent))).toEqual(sums);
			const puts = sandbox.requests.length;
			expect(packageIdOf((await run(sending()))[0])).toBe(packageIdOf(sent));
			expect(sandbox.requests.slice(puts).filter(({ step }) => step === 'partPut')).toEqual([]);
		});

		it('gets files in steps, and each once if they are uploaded again', async () => {
			const { run, sandbox } = await open(options, { newExecutions: true });
			await writeCard(base);
			const [created] = await run({
				resource: 'package',
				operation: 'create',
				packageName: 'Steps',
				recipients: '',
				options: {},
			});
			const packageId = byId(created?.id as string);
			const upload = { resource: 'file', operation: 'upload', packageId, source: 'path', paths: join(base, 'card') };
			await run({ ...upload, options: {}, transfer: { partSize: 5 } });
			const first = sandbox.requests.length;
			await run({ ...upload, options: {}, transfer: { partSize: 5 } });
			expect(sandbox.requests.slice(first).filter(({ step }) => step === 'partPut')).toEqual([]);
			await run({ resource: 'package', operation: 'finalize', packageId });
			expect(await storedIn(sandbox, created?.id as string)).toEqual(sums);
		});

		it.each([
			['before a part is stored', 'PUT', /^\/masv-sandbox\//, 2],
			['after a part was stored', 'PUT', /^\/masv-sandbox\//, 3],
			['after a file was finalized', 'POST', /\/files\/[^/]+\/finalize$/, 2],
			['after the package was finalized', 'POST', /\/packages\/[^/]+\/finalize$/, 1],
		] as const)('gets one package from an upload that was killed %s', async (when, method, path, count) => {
			const masv = await startTestMasv(options);
			const processes = createProcesses(masv);
			const sources = Object.entries(card).map(([place, content]) => {
				const source = rangeOf(place.split('/').at(-1) ?? '', content, dirname(place));
				const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: place };
				const opened = async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) });
				return { ...source, location: `/media/${place}`, stamp, open: opened };
			});
			const send = async (process: Process): Promise<SendResult | 'dead'> =>
				await process.run(async ({ client, journal, leases }) =>
					sendPackage(client, {
						target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
						sources,
						partBytes: 5 * mebibyte,
						parallelParts: 1,
						unfinished: 'keep',
						scope: 'workflow/node',
						run: 'execution 1',
						journal,
						leases,
					}),
				);
			try {
				const isThen = nth(count, method, path);
				const fate = when.startsWith('before') ? 'dies before' : 'dies after';
				expect(await send(processes.start((request) => (isThen(request) ? fate : 'lives')))).toBe('dead');
				const { package: sent, files } = (await send(processes.start())) as SendResult;
				expect(masv.sandbox.packages()).toMatchObject([{ id: sent.id, state: 'finalized' }]);
				expect(await storedIn(masv.sandbox, sent.id)).toEqual(sums);
				expect(files).toHaveLength(sources.length);
				expect(masv.sandbox.openUploads()).toBe(0);
			} finally {
				await processes.close();
				await masv.close();
			}
		});

		/** Small enough to arrive in one piece, so that all of them have an MD5, as in the schemas of the outputs. */
		const received = Object.fromEntries(
			Object.entries(card).filter(([, { length }]) => length > 0 && length < mebibyte),
		);
		received['card/CLIPS/day 1/A001.mov'] = patternBytes(2_000, 5);
		const seed = (sandbox: Sandbox, more: object = {}) =>
			sandbox.seedPackage({
				name: 'Dailies',
				files: [
					...Object.entries(received).map(([place, content]) => ({
						name: place.split('/').at(-1) ?? '',
						path: dirname(place),
						content,
						lastModified: modified.toISOString(),
					})),
					{ name: 'AUDIO', path: 'card', content: '', kind: 'directory' as const },
					{ name: 'in the root.txt', content: 'root' },
				],
				...more,
			}).id;
		async function expectReceived(folder: string): Promise<void> {
			for (const [place, content] of Object.entries(received)) {
				expect((await readFile(join(folder, place))).equals(content)).toBe(true);
				expect((await stat(join(folder, place))).mtimeMs).toBe(modified.getTime());
			}
			expect(await readFile(join(folder, 'in the root.txt'), 'utf8')).toBe('root');
			expect((await stat(join(folder, 'card/AUDIO'))).isDirectory()).toBe(true);
		}

		it('gives a package whole, at its places and with its times, and the same again is nothing to download', async () => {
			const { run, sandbox } = await open(options, { newExecutions: true });
			const receiving = { resource: 'package', operation: 'receive', packageId: byId(seed(sandbox)), folder: base };
			expect(await run({ ...receiving, options: {}, transfer: {} })).toMatchObject([
				{ folder: join(base, 'Dailies'), warnings: [] },
			]);
			await expectReceived(join(base, 'Dailies'));
			const before = sandbox.requests.length;
			await run({ ...receiving, options: {}, transfer: {} });
			expect(sandbox.requests.slice(before).filter(({ step }) => step === 'getObject')).toEqual([]);
		});

		it('gives the files that a pattern selects by their folder', async () => {
			const { run, sandbox } = await open(options);
			const download = {
				resource: 'file',
				operation: 'download',
				packageId: byId(seed(sandbox)),
				saveTo: 'folder',
				folder: base,
			};
			const items = await run({ ...download, files: 'card/CLIPS/*/*.mov', options: {}, transfer: {} });
			expect(items.map(({ path, name }) => join(path as string, name as string)).sort()).toEqual([
				'card/CLIPS/day 1/A001.mov',
				'card/CLIPS/day 2/A001.mov',
			]);
		});

		it('gives new packages of a portal once', async () => {
			const { run, sandbox } = await open(options, { newExecutions: true });
			const portal = sandbox.seedPortal();
			seed(sandbox, { portal_id: portal.id });
			const receiving = { resource: 'package', operation: 'receiveNew', direction: 'received', portalIds: [portal.id] };
			const more = { from: '', folder: base, options: {}, transfer: {} };
			expect(await run({ ...receiving, ...more })).toHaveLength(1);
			await expectReceived(join(base, 'Dailies'));
			expect(await run({ ...receiving, ...more })).toEqual([]);
		});

		it('changes what is asked for in a portal, and nothing else', async () => {
			const { run, sandbox } = await open(options);
			const bare = sandbox.seedPortal({ primary_color: '' });
			const creating = { resource: 'webhook', operation: 'create', name: 'Other', url: 'https://studio.example/hook' };
			const [webhook] = await run({ ...creating, events: 'package.finalized', method: 'POST', active: true });
			const full = sandbox.seedPortal({
				custom_webhooks: [{ id: webhook?.id as string }],
				logo_url: 'https://studio.example/logo.png',
				tag: { id: 'T', name: 'Season 2' },
				teamspace: { id: 'S', name: 'North' },
			});
			for (const portal of [bare, full]) {
				const updating = { resource: 'portal', operation: 'update', portalId: byId(portal.id) };
				await run({ ...updating, page: { message: 'Welcome' }, remove: [] });
				const { updated_at: _then, ...before } = portal;
				const after = sandbox.portals().find(({ id }) => id === portal.id);
				expect(after).toMatchObject({ ...before, message: 'Welcome' });
			}
		});
	},
);
