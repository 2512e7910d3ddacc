import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePorts } from './n8n/freePorts.ts';
import { output } from './n8n/executions.ts';
import type { NodeType } from './n8n/nodeTypes.ts';
import { administration } from './support/administration.ts';
import {
	type Lab,
	type Outcome,
	byId,
	bytes,
	masvType,
	openLab,
	root,
	sha256,
	sha256Of,
	toWorkflow,
} from './support/lab.ts';

let lab: Lab;
let types: NodeType[];

beforeAll(async () => {
	lab = await openLab();
	types = await lab.client.nodeTypes.list();
});

afterAll(async () => {
	await lab?.close();
});

const past = new Date(Date.now() - 3_600_000).toISOString();

/** The items of a run, which must have succeeded. */
function items(outcome: Outcome): Record<string, unknown>[] {
	expect(outcome.error?.message).toBeUndefined();
	expect(outcome.execution.status).toBe('success');
	return outcome.items.map(({ json }) => json);
}

async function once(parameters: Record<string, unknown>): Promise<Record<string, unknown>[]> {
	return items(await lab.run({ parameters }));
}

/** Hashes of a package's stored files by path. */
async function stored(packageId: string): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	for (const file of lab.sandbox.files(packageId)) {
		expect(file.finalized).toBe(true);
		found[join(file.path, file.name)] = await lab.sandbox.sha256(packageId, file.id);
	}
	return found;
}

function masv(): NodeType {
	const found = types.find(({ name }) => name === masvType);
	if (found === undefined) throw new Error('n8n has not loaded the node');
	return found;
}

describe('the package in n8n', () => {
	it('provides the node, and the node as a tool for agents', () => {
		expect(masv()).toMatchObject({ displayName: 'MASV', version: 1, usableAsTool: true });
		expect(types.map(({ name }) => name)).toContain(`${masvType}Tool`);
	});

	it('has icons for both themes', async () => {
		const { iconUrl } = masv() as unknown as { iconUrl: { light: string; dark: string } };
		for (const path of [iconUrl.light, iconUrl.dark]) {
			const response = await lab.client.fetch('GET', `/${path}`);
			expect(response.status).toBe(200);
			expect(await response.text()).toContain('<svg');
		}
	});

	it('offers the fields of the output before the first run, by schemas that n8n serves', async () => {
		const folder = join(root, 'nodes', 'Masv', '__schema__', 'v1.0.0');
		const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.json'));
		expect(files.length).toBeGreaterThan(40);
		for (const file of files) {
			const response = await lab.client.fetch('GET', `/schemas/${masvType}/1.0.0/${file}`);
			expect([file, response.status]).toEqual([file, 200]);
			expect(await response.json()).toEqual(JSON.parse(await readFile(join(folder, file), 'utf8')));
		}
	});
});

describe('package', () => {
	it('create, file upload, finalize, get', async () => {
		const [created, ...none] = await once({
			resource: 'package',
			operation: 'create',
			packageName: 'By hand',
			recipients: 'anna@example.com; ben@example.com',
			options: { message: 'Hello', accessLimit: 3, password: 'download-pass', unlimitedStorage: true },
		});
		expect(none).toEqual([]);
		expect(created).toMatchObject({ name: 'By hand', state: 'new' });
		expect(created).not.toHaveProperty('access_token');
		const id = created?.id as string;
		expect(lab.sandbox.package(id)).toMatchObject({
			description: 'Hello',
			recipients: ['anna@example.com', 'ben@example.com'],
			access_limit: 3,
			password: 'download-pass',
			unlimited_storage: true,
		});

		const content = bytes(3000);
		const [uploaded] = await once({
			resource: 'file',
			operation: 'upload',
			packageId: byId(id),
			source: 'path',
			paths: await lab.write('hand.bin', content),
			options: { folder: 'a/b' },
		});
		expect(uploaded).toMatchObject({ package_id: id, name: 'hand.bin', path: 'a/b', size: 3000, parts: 1 });
		expect(await stored(id)).toEqual({ 'a/b/hand.bin': sha256(content) });

		const [finalized] = await once({ resource: 'package', operation: 'finalize', packageId: byId(id) });
		expect(finalized).toMatchObject({ id, state: 'finalized' });
		expect(lab.sandbox.package(id)?.state).toBe('finalized');

		const [got] = await once({ resource: 'package', operation: 'get', packageId: byId(id) });
		expect(got).toMatchObject({ id, name: 'By hand', state: 'finalized' });
		expect(got).not.toHaveProperty('access_token');
	});

	it('receive its files, to disk and as binary data', async () => {
		const content = bytes(11 * 1024 * 1024 + 3);
		const files = [
			{ name: 'A001.mov', path: 'CARD', content },
			{ name: 'notes.txt', content: 'first' },
		];
		const { id } = lab.sandbox.seedPackage({ name: 'Rushes', files });
		const receive = { resource: 'package', operation: 'receive', packageId: byId(id), options: { exclude: '*.zip' } };
		const folder = join(lab.folder, 'incoming');
		const [received] = await once({ ...receive, saveTo: 'folder', folder });
		expect(received).toMatchObject({ folder: join(folder, 'Rushes'), bytes: content.length + 5 });
		expect(sha256(await readFile(join(folder, 'Rushes', 'CARD', 'A001.mov')))).toBe(sha256(content));

		const run = await lab.run({ parameters: { ...receive, saveTo: 'binary', outputField: 'reel' } });
		expect(run.items.map(({ json, binary }) => [json.name, json.size, Object.keys(binary ?? {})])).toEqual([
			['A001.mov', content.length, ['reel']],
			['notes.txt', 5, ['reel']],
		]);
		expect(lab.sandbox.links(id).filter(({ active }) => active)).toEqual([]);
	});

	it('receive new files, each package once', async () => {
		const portal = lab.sandbox.seedPortal({ name: 'Incoming' });
		const content = bytes(6 * 1024 * 1024 + 3);
		const files = [{ name: 'A001.mov', path: 'CARD', content }];
		const { id } = lab.sandbox.seedPackage({ name: 'Arrived', portal_id: portal.id, files });
		const folder = join(lab.folder, 'arrivals');
		const receive = { resource: 'package', operation: 'receiveNew', portalIds: [portal.id], folder };
		const [received] = await once({ ...receive, options: { exclude: '*.zip' } });
		expect(received).toMatchObject({
			package: { id, name: 'Arrived' },
			folder: join(folder, 'Arrived'),
			bytes: content.length,
			waiting: [],
			failed: [],
			ledger: { state: 'new', packages: 1 },
		});
		expect(sha256(await readFile(join(folder, 'Arrived', 'CARD', 'A001.mov')))).toBe(sha256(content));
		expect(lab.sandbox.links(id).filter(({ active }) => active)).toEqual([]);
	});

	it('send new files, get the ledger of the node, and reset it', async () => {
		const content = bytes(3000);
		await lab.write('outbox/day 1/a.mov', content);
		const sending = {
			resource: 'package',
			operation: 'sendNew',
			packageName: 'Nightly',
			paths: join(lab.folder, 'outbox'),
			waitSeconds: 0,
			newFiles: { whenNothingIsNew: 'item' },
		};
		const { id, name } = lab.credential;
		const credentials = { masvApi: { id, name } };
		const { nodes, connections, ...file } = toWorkflow({ credentials, parameters: sending });
		const ledgerId = byId("={{ $('MASV').first().json.ledger.id }}");
		const after = (nodeName: string, x: number, parameters: Record<string, unknown>) => ({
			name: nodeName,
			type: masvType,
			typeVersion: 1,
			position: [x, 0] as [number, number],
			parameters: { resource: 'package', ledgerId, ...parameters },
			credentials,
		});
		const to = (nodeName: string) => ({ main: [[{ node: nodeName, type: 'main', index: 0 }]] });
		const workflow = await lab.client.workflows.create({
			...file,
			nodes: [
				...nodes,
				after('Ledger', 660, { operation: 'getLedger' }),
				after('Reset', 880, { operation: 'forgetSent', which: 'path', path: '={{ $json.sent[0].path }}' }),
			],
			connections: { ...connections, MASV: to('Ledger'), Ledger: to('Reset') },
		});
		for (const operation of ['sendNew', 'getLedger', 'forgetSent']) lab.operations.add(`package.${operation}`);
		for (const _ of ['first', 'after the reset']) {
			const execution = await lab.runWorkflow(workflow);
			const [sent] = output(execution, 'MASV');
			expect(sent?.json).toMatchObject({ package: { state: 'finalized' }, waiting: [], ledger: { files: 1 } });
			const { id: packageId } = sent?.json.package as { id: string };
			expect(await stored(packageId)).toEqual({ 'outbox/day 1/a.mov': sha256(content) });
			expect(output(execution, 'Ledger').map(({ json }) => json)).toMatchObject([
				{ node: 'MASV', files: 1, sent: [{ bytes: 3000, package_id: packageId }] },
			]);
			expect(output(execution, 'Reset').map(({ json }) => json)).toMatchObject([{ files: 1 }]);
		}
		// As the editor asks: with all values, and the expressions in them evaluated.
		const { results } = await lab.client.nodeTypes.searchList({
			nodeType: masvType,
			method: 'searchLedgers',
			parameter: 'ledgerId',
			parameters: { authentication: 'teamKey', resource: 'package', operation: 'getLedger', workflowId: workflow.id },
			credentials,
		});
		expect(results.map(({ name }) => name)).toEqual([expect.stringMatching(/^MASV \([0-9a-f]{6}\)$/)]);
	});

	it('create and send to a portal with a password', async () => {
		const accessCode = 'öpen, sesame & more';
		const portal = lab.sandbox.seedPortal({ subdomain: 'second-unit', has_access_code: true, access_code: accessCode });
		const portalAccess = await lab.addCredential('Second unit', 'masvPortalApi', {
			portal: 'https://second-unit.portal.massive.io/embed',
			accessCode,
			baseUrl: lab.sandbox.url,
		});
		// No key of a team: the portal may belong to someone else.
		const credentials = { masvPortalApi: { id: portalAccess.id, name: portalAccess.name } };
		const target = { authentication: 'portal', sender: 'anna@example.com' };
		const [created] = items(
			await lab.run({
				parameters: { resource: 'package', operation: 'create', packageName: 'Delivered', options: {}, ...target },
				credentials,
			}),
		);
		expect(lab.sandbox.package(created?.id as string)).toMatchObject({
			portal_id: portal.id,
			sender: 'anna@example.com',
			state: 'new',
		});

		const content = bytes(12_345);
		const [sent] = items(
			await lab.run({
				parameters: {
					resource: 'package',
					operation: 'send',
					packageName: 'Sent into a portal',
					source: 'path',
					paths: await lab.write('portal.bin', content),
					options: {},
					...target,
				},
				credentials,
			}),
		) as [{ package: { id: string }; link: unknown }];
		expect(sent).toMatchObject({ link_url: null, link: null });
		expect(lab.sandbox.package(sent.package.id)).toMatchObject({ portal_id: portal.id, state: 'finalized' });
		expect(await stored(sent.package.id)).toEqual({ 'portal.bin': sha256(content) });
	});

	it('send takes all items and returns one', async () => {
		const contents = [bytes(1000), bytes(2000), bytes(3000)];
		const outcome = await lab.run({
			parameters: {
				resource: 'package',
				operation: 'send',
				packageName: 'All items',
				source: 'binary',
				binaryPropertyName: 'data',
				options: { password: 'link-pass' },
			},
			items: contents.map((content, n) => ({ files: { data: { name: `${n}.bin`, content } } })),
		});
		const [sent, ...more] = items(outcome) as unknown as { package: { id: string }; files: unknown[]; bytes: number }[];
		expect(more).toEqual([]);
		expect(outcome.items[0]?.pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(sent?.files).toHaveLength(3);
		expect(sent?.bytes).toBe(6000);
		const id = sent?.package.id ?? '';
		expect(await stored(id)).toEqual(Object.fromEntries(contents.map((content, n) => [`${n}.bin`, sha256(content)])));
		expect(lab.sandbox.links(id).map(({ password }) => password)).toEqual(['link-pass']);
	});

	it('send reads a path only once if all items name it', async () => {
		const path = await lab.write('once.bin', bytes(500));
		const [sent] = items(
			await lab.run({
				parameters: {
					resource: 'package',
					operation: 'send',
					packageName: 'Once',
					source: 'path',
					paths: '={{ $json.path }}',
					createLink: false,
					options: {},
				},
				items: [{ json: { path } }, { json: { path } }],
			}),
		) as [{ package: { id: string }; link: unknown }];
		expect(Object.keys(await stored(sent.package.id))).toEqual(['once.bin']);
		expect(sent.link).toBeNull();
		expect(lab.sandbox.links(sent.package.id)).toEqual([]);
	});

	it('getAll, with filters and a limit', async () => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal();
		for (let n = 0; n < 60; n++) sandbox.seedPackage({ name: `dailies ${n}` });
		const old = sandbox.seedPackage({ name: 'old dailies', state: 'expired', expiry: past });
		const open = sandbox.seedPackage({ name: 'open', state: 'new' });
		const received = sandbox.seedPackage({ name: 'received', portal_id: portal.id });
		const list = { resource: 'package', operation: 'getAll', filters: {} };

		const all = await once({ ...list, returnAll: true });
		expect(new Set(all.map(({ id }) => id)).size).toBe(61);
		expect(all.some((found) => 'access_token' in found)).toBe(false);
		expect(await once({ ...list, limit: 7 })).toHaveLength(7);
		expect((await once({ ...list, filters: { status: ['expired'] } })).map(({ id }) => id)).toEqual([old.id]);
		expect((await once({ ...list, filters: { status: ['new'], name: 'OPE' } })).map(({ id }) => id)).toEqual([open.id]);
		expect((await once({ ...list, direction: 'received' })).map(({ id }) => id)).toEqual([received.id]);
	});

	it('getAll of received packages by expiry, with documented routes only', async () => {
		const sandbox = await lab.switchSandbox({ onlyDocumented: true });
		const portal = sandbox.seedPortal();
		const within = sandbox.seedPackage({ portal_id: portal.id, state: 'expired', expiry: '2026-03-15T00:00:00.000Z' });
		sandbox.seedPackage({ portal_id: portal.id, state: 'expired', expiry: '2026-05-15T00:00:00.000Z' });
		const found = await once({
			resource: 'package',
			operation: 'getAll',
			direction: 'received',
			expiryFilters: { expiresAfter: '2026-03-01T00:00:00.000Z', expiresBefore: '2026-03-31T00:00:00.000Z' },
		});
		expect(found.map(({ id }) => id)).toEqual([within.id]);
	});

	it('archive and unarchive', async () => {
		const { id } = lab.sandbox.seedPackage({ state: 'expired', expiry: past });
		const one = { resource: 'package', packageId: byId(id) };
		expect(await once({ ...one, operation: 'archive' })).toMatchObject([{ id, state: 'archived' }]);
		expect(lab.sandbox.package(id)?.state).toBe('archived');
		expect(await once({ ...one, operation: 'unarchive' })).toMatchObject([{ id, state: 'expired' }]);
		expect(lab.sandbox.package(id)?.state).toBe('expired');
	});

	it.each(['sent', 'received'] as const)('archiveMany and unarchiveMany of %s packages', async (scope) => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal();
		const seed = (expiry: string, isReceived: boolean): string =>
			sandbox.seedPackage({ state: 'expired', expiry, ...(isReceived && { portal_id: portal.id }) }).id;
		const within = seed('2026-03-15T00:00:00.000Z', scope === 'received');
		const others = [
			seed('2026-05-15T00:00:00.000Z', scope === 'received'),
			seed('2026-03-15T00:00:00.000Z', scope !== 'received'),
		];
		const window = {
			resource: 'package',
			scope,
			expiryStart: '2026-03-01T00:00:00.000Z',
			expiryEnd: '2026-03-31T00:00:00.000Z',
		};
		expect(await once({ ...window, operation: 'archiveMany' })).toMatchObject([{ total_updated: 1 }]);
		expect(sandbox.package(within)?.state).toBe('archived');
		expect(others.map((id) => sandbox.package(id)?.state)).toEqual(['expired', 'expired']);
		expect(await once({ ...window, operation: 'unarchiveMany' })).toMatchObject([{ total_updated: 1 }]);
		expect(sandbox.package(within)?.state).toBe('expired');
	});
});

describe('package, changing and waiting', () => {
	it('update, setExpiry, wait, delete', async () => {
		const { id } = lab.sandbox.seedPackage();
		const one = { resource: 'package', packageId: byId(id) };
		expect(await once({ ...one, operation: 'update', packageName: 'New' })).toMatchObject([{ id, name: 'New' }]);
		const days = await once({ ...one, operation: 'setExpiry', expires: 'days', days: 3 });
		expect(days).toMatchObject([{ expiry: lab.sandbox.package(id)?.expiry }]);
		expect(await once({ ...one, operation: 'setExpiry', expires: 'never' })).toMatchObject([
			{ unlimited_storage: true },
		]);
		const waited = await once({ ...one, operation: 'wait', until: 'finalized', options: {} });
		expect(waited).toMatchObject([{ id, reached: true }]);
		expect(await once({ ...one, operation: 'delete' })).toMatchObject([{ id, already_deleted: false }]);
		expect(await once({ ...one, operation: 'delete' })).toMatchObject([{ id, already_deleted: true }]);
		expect(lab.sandbox.package(id)?.state).toBe('expired');
	});

	it('getForm', async () => {
		const portal = lab.sandbox.seedPortal();
		const form_data_id = lab.sandbox.seedFormResponse(portal.id, { project: 'Second Unit' });
		const { id } = lab.sandbox.seedPackage({ portal_id: portal.id, form_data_id });
		const parameters = { resource: 'package', operation: 'getForm', packageId: byId(id) };
		expect(await once(parameters)).toEqual([{ project: 'Second Unit' }]);
	});

	it('create with a part size', async () => {
		const [created] = await once({
			resource: 'package',
			operation: 'create',
			packageName: 'Large',
			options: { partSize: 64 },
		});
		expect(lab.sandbox.package(created?.id as string)?.chunk_size).toBe(64 * 1024 * 1024);
	});
});

describe('storage and activity', () => {
	it('getAll, get, browse, pull, sendPackage, getTransfers', async () => {
		const sandbox = await lab.switchSandbox({});
		const source = sandbox.seedConnection({ name: 'NAS', objects: [{ path: 'day/a.mov', content: 'x' }] });
		const target = sandbox.seedConnection({ name: 'Archive', direction: 'masv_to_cloud' });
		const storage = { resource: 'storage' };
		const all = await once({ ...storage, operation: 'getAll', returnAll: true, filters: {} });
		expect(all.map(({ id }) => id)).toEqual([source.id, target.id]);
		const connectionId = byId(source.id);
		expect(await once({ ...storage, operation: 'get', connectionId })).toEqual([{ ...source }]);
		const listed = await once({ ...storage, operation: 'browse', connectionId, folder: 'day/', returnAll: true });
		expect(listed).toMatchObject([{ id: 'day/a.mov', name: 'a.mov', kind: 'file', size: 1 }]);
		const [pulled] = await once({
			...storage,
			operation: 'pull',
			connectionId,
			packageName: 'Day',
			source: 'folder',
			folder: 'day/',
			options: {},
		});
		const { id } = pulled?.package as { id: string };
		expect(sandbox.package(id)).toMatchObject({ state: 'finalized', total_files: 1 });
		const send = {
			...storage,
			operation: 'sendPackage',
			packageId: byId(id),
			connectionId: byId(target.id),
			options: {},
		};
		expect(await once(send)).toMatchObject([{ state: 'complete', already_sent: false }]);
		const transfers = await once({ ...storage, operation: 'getTransfers', packageId: byId(id), returnAll: true });
		expect(transfers.map(({ direction }) => direction)).toEqual(['cloud_to_masv', 'masv_to_cloud']);
	});

	it('getAll and getHistory of activities', async () => {
		const sandbox = await lab.switchSandbox({});
		const { id } = sandbox.seedPackage();
		const activity = { resource: 'activity' };
		const filters = { packageId: id, types: ['package_upload_to_masv'] };
		const [found] = await once({ ...activity, operation: 'getAll', returnAll: true, filters });
		expect(found).toMatchObject({ activity_state: 'pending', package_id: id });
		const history = await once({ ...activity, operation: 'getHistory', activityId: found?.id, returnAll: true });
		expect(history).toMatchObject([{ activity_state: 'pending', activity_id: found?.id }]);
	});
});

describe('file', () => {
	it('delete', async () => {
		const files = [{ name: 'a.mov', content: 'x' }];
		const { id } = lab.sandbox.seedPackage({ state: 'new', files });
		const fileId = lab.sandbox.files(id)[0]?.id;
		const parameters = { resource: 'file', operation: 'delete', packageId: byId(id), fileId };
		expect(await once(parameters)).toEqual([{ id: fileId, package_id: id, deleted: true, already_deleted: false }]);
		expect(lab.sandbox.files(id)).toEqual([]);
	});

	it('download of what items name, to disk and as binary data', async () => {
		const content = bytes(6 * 1024 * 1024 + 3);
		const files = [
			{ name: 'A001.mov', path: 'CARD', content },
			{ name: 'A002.mov', path: 'CARD', content: 'second' },
			{ name: 'notes.txt', content: 'third' },
		];
		const { id } = lab.sandbox.seedPackage({ name: 'Selects', files });
		const wanted = [{ json: { file: lab.sandbox.files(id)[0]?.id } }, { json: { file: 'notes.txt' } }];
		const parameters = {
			...{ resource: 'file', operation: 'download', packageId: byId(id), files: '={{ $json.file }}' },
			...{ saveTo: 'folder', folder: join(lab.folder, 'selects'), options: {}, transfer: {} },
		};
		const toDisk = await lab.run({ parameters, items: wanted });
		const location = join(lab.folder, 'selects', 'Selects', 'CARD', 'A001.mov');
		expect(items(toDisk)).toMatchObject([
			{ name: 'A001.mov', status: 'received', location, size: content.length },
			{ name: 'notes.txt', status: 'received' },
		]);
		expect(toDisk.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(sha256(await readFile(location))).toBe(sha256(content));
		expect(items(await lab.run({ parameters, items: wanted })).map(({ status }) => status)).toEqual(['same', 'same']);

		const asBinary = await lab.run({ parameters: { ...parameters, files: '*.mov', saveTo: 'binary' } });
		expect(asBinary.items.map(({ json, binary }) => [json.name, Object.keys(binary ?? {})])).toEqual([
			['A001.mov', ['data']],
			['A002.mov', ['data']],
		]);
		expect(lab.sandbox.links(id).filter(({ active }) => active)).toEqual([]);
	});

	it('upload of several binary fields of one item', async () => {
		const { id } = lab.sandbox.seedPackage({ state: 'new' });
		const contents = { photo: bytes(100), video: bytes(200), sound: bytes(300) };
		const files = {
			photo: { name: 'photo.jpg', content: contents.photo },
			video: { name: 'video.mov', content: contents.video },
			sound: { name: 'sound.wav', content: contents.sound },
		};
		const parameters = { resource: 'file', operation: 'upload', packageId: byId(id), source: 'binary', options: {} };
		const two = await lab.run({
			parameters: { ...parameters, binaryPropertyName: 'photo, video' },
			items: [{ files }],
		});
		expect(items(two).map(({ name, size }) => [name, size])).toEqual([
			['photo.jpg', 100],
			['video.mov', 200],
		]);
		expect(two.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }]);
		const all = await lab.run({
			parameters: { ...parameters, binaryPropertyName: '*', options: { folder: 'all' } },
			items: [{ files }],
		});
		expect(items(all)).toHaveLength(3);
		expect(await stored(id)).toEqual({
			'photo.jpg': sha256(contents.photo),
			'video.mov': sha256(contents.video),
			'all/photo.jpg': sha256(contents.photo),
			'all/video.mov': sha256(contents.video),
			'all/sound.wav': sha256(contents.sound),
		});
	});

	it("upload of files that n8n's own node read from disk", async () => {
		const { id } = lab.sandbox.seedPackage({ state: 'new' });
		const expected: Record<string, string> = {};
		for (const name of ['one.bin', 'two.bin', 'drei ö.bin']) {
			expected[name] = await sha256Of(await lab.write(`read/${name}`, bytes(400_000)));
		}
		const outcome = await lab.run({
			parameters: {
				resource: 'file',
				operation: 'upload',
				packageId: byId(id),
				source: 'binary',
				binaryPropertyName: 'data',
				options: {},
			},
			read: join(lab.folder, 'read', '*.bin'),
		});
		expect(items(outcome)).toHaveLength(3);
		expect(outcome.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(await stored(id)).toEqual(expected);
	});

	it('getAll', async () => {
		const { id } = lab.sandbox.seedPackage({
			files: [
				{ name: 'a.txt', content: 'a' },
				{ name: 'b.txt', path: 'deep/er', content: 'bb' },
			],
		});
		const list = { resource: 'file', operation: 'getAll', packageId: byId(id), options: {} };
		const found = await once({ ...list, returnAll: true });
		expect(found.map(({ name, size, package_id }) => [name, size, package_id])).toEqual([
			['a.txt', 1, id],
			['b.txt', 2, id],
		]);
		expect(await once({ ...list, limit: 1 })).toHaveLength(1);
	});
});

describe('link', () => {
	it('create, for anyone and for one address', async () => {
		const { id } = lab.sandbox.seedPackage({ files: [{ name: 'a.txt', content: 'a' }] });
		const create = { resource: 'link', operation: 'create', packageId: byId(id) };
		const [open] = await once({ ...create, options: { password: 'link-pass' } });
		expect(open).toMatchObject({ package_id: id, url: expect.stringMatching(/^https?:\/\/\S+$/) as string });
		const [mailed] = await once({ ...create, options: { email: 'anna@example.com' } });
		expect(mailed).toMatchObject({ package_id: id, email: 'anna@example.com' });
		expect(lab.sandbox.links(id).map(({ email, password }) => [email, password])).toEqual([
			['', 'link-pass'],
			['anna@example.com', ''],
		]);
		const secret = lab.sandbox.links(id)[0]?.download_secret ?? 'none';
		expect(open?.url).toContain(secret);
	});
});

describe('portal', () => {
	it('getAll and getPackages', async () => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal({ name: 'Alpha', has_access_code: true, access_code: 'never shown' });
		sandbox.seedPortal({ name: 'Beta' });
		const open = sandbox.seedPackage({ portal_id: portal.id, state: 'new' });
		const whole = sandbox.seedPackage({ portal_id: portal.id });
		const expired = sandbox.seedPackage({ portal_id: portal.id, state: 'expired', expiry: past });

		const portals = await once({ resource: 'portal', operation: 'getAll', filters: { sort: 'name' } });
		expect(portals.map(({ name }) => name)).toEqual(['Alpha', 'Beta']);
		expect(JSON.stringify(portals)).not.toContain('never shown');
		expect(
			(await once({ resource: 'portal', operation: 'getAll', filters: { name: 'bet' } })).map(({ name }) => name),
		).toEqual(['Beta']);

		const list = { resource: 'portal', operation: 'getPackages', portalId: byId(portal.id), returnAll: true };
		const ids = async (filters: Record<string, unknown>): Promise<unknown> =>
			new Set((await once({ ...list, filters })).map(({ id }) => id));
		expect(await ids({})).toEqual(new Set([open.id, whole.id, expired.id]));
		expect(await ids({ states: ['expired'] })).toEqual(new Set([expired.id]));
		expect(await ids({ states: ['new', 'finalized'] })).toEqual(new Set([open.id, whole.id]));
	});
});

describe('pickers', () => {
	it('find packages and portals by the search text', async () => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal({ name: 'Second unit' });
		sandbox.seedPortal({ name: 'Third unit', active: false });
		const wanted = sandbox.seedPackage({ name: 'Dailies 7', state: 'new' });
		sandbox.seedPackage({ name: 'Trailer' });
		const credentials = { masvApi: { id: lab.credential.id, name: lab.credential.name } };
		const ask = async (
			method: string,
			parameter: string,
			parameters: Record<string, unknown>,
			filter?: string,
		): Promise<Array<[string, unknown]>> => {
			const search = { nodeType: masvType, method, parameter, parameters, credentials };
			const { results } = await lab.client.nodeTypes.searchList({ ...search, ...(filter !== undefined && { filter }) });
			return results.map(({ name, value }) => [name, value]);
		};
		// The editor passes all values, also those that are defaults.
		const packages = { authentication: 'teamKey', resource: 'package', operation: 'get' };
		const portals = { authentication: 'teamKey', resource: 'portal', operation: 'getPackages' };
		const received = sandbox.seedPackage({ name: 'Rushes', portal_id: portal.id });
		expect(await ask('searchPackages', 'packageId', packages, 'dailies')).toEqual([
			[expect.stringMatching(/^Dailies 7 \(\d{4}-\d\d-\d\d, new\)$/), wanted.id],
		]);
		expect(await ask('searchPackages', 'packageId', packages, 'rushes')).toEqual([
			[expect.stringMatching(/^Rushes \(received, /), received.id],
		]);
		expect(await ask('searchPackages', 'packageId', packages)).toHaveLength(3);
		expect(await ask('searchPortals', 'portalId', portals, 'second')).toEqual([['Second unit', portal.id]]);
		expect((await ask('searchPortals', 'portalId', portals)).map(([name]) => name)).toEqual([
			'Second unit',
			'Third unit (inactive)',
		]);
	});
});

describe('the credential test', () => {
	it('distinguishes a wrong key, a wrong team and an unreachable host', async () => {
		const test = async (data?: Record<string, unknown>): Promise<[string, string]> => {
			const { status, message } = await lab.client.credentials.test(lab.credential, data);
			return [status, message];
		};
		const [closedPort] = await freePorts(1);
		expect(await test()).toEqual(['OK', expect.any(String)]);
		expect(await test({ apiKey: 'wrong-key' })).toEqual([
			'Error',
			expect.stringMatching(/^MASV rejected this API key\. /),
		]);
		expect(await test({ teamId: '01D377JSHQW5ZEGGTDNW91C67J' })).toEqual([
			'Error',
			expect.stringMatching(
				/^The API key is valid, but not for team "01D377JSHQW5ZEGGTDNW91C67J"\. .*Check the Team ID/,
			),
		]);
		expect(await test({ baseUrl: `http://127.0.0.1:${closedPort}` })).toEqual([
			'Error',
			expect.stringMatching(/^Could not list .* 127\.0\.0\.1:\d+ refused the connection .*Check the Base URL/),
		]);
		expect(await test({ apiKey: '' })).toEqual(['Error', expect.stringMatching(/^The API key is missing/)]);
	});

	it('checks that a portal exists', async () => {
		lab.sandbox.seedPortal({ subdomain: 'there' });
		const credential = await lab.addCredential('A portal', 'masvPortalApi', {
			portal: 'there.portal.massive.io',
			accessCode: 'unknown',
			baseUrl: lab.sandbox.url,
		});
		expect((await lab.client.credentials.test(credential)).status).toBe('OK');
		expect(await lab.client.credentials.test(credential, { portal: 'nowhere.portal.massive.io' })).toEqual({
			status: 'Error',
			message: expect.stringMatching(/^There is no portal "nowhere"/) as string,
		});
	});
});

// Must be last: it checks what ran before it.
describe('this file', () => {
	it('has run every operation of the node', () => {
		const operations = masv()
			.properties.filter(({ name }) => name === 'operation')
			.flatMap(({ displayOptions, options }) => {
				const { resource } = (displayOptions as { show: { resource: string[] } }).show;
				return (options as { value: string }[]).map(({ value }) => `${resource[0]}.${value}`);
			})
			// n8n adds this to every node with a credential.
			.filter((operation) => !operation.endsWith('.__CUSTOM_API_CALL__'));
		expect(operations.length).toBeGreaterThanOrEqual(28);
		const missing = operations.filter((operation) => !lab.operations.has(operation));
		expect(missing.filter((operation) => !administration.includes(operation))).toEqual([]);
	});
});
