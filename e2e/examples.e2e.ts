import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Portal, Sandbox } from '../sandbox/start.ts';
import { type Execution, output } from './n8n/executions.ts';
import type { Workflow } from './n8n/workflows.ts';
import { type Lab, byId, bytes, openLab, root, sha256 } from './support/lab.ts';
import { type PortalUpload, uploadThrough } from './support/portalUpload.ts';

let lab: Lab;

beforeAll(async () => {
	lab = await openLab();
});

afterAll(async () => {
	await lab?.close();
});

interface SentFile {
	id: string;
	name: string;
	path: string;
	size: number;
	parts: number;
}

/** Files with all kinds of names and sizes, by path in the package. */
function tree(top: string): Record<string, Buffer> {
	return {
		[`${top}/clip.mov`]: bytes(11 * 1024 * 1024 + 7),
		[`${top}/day 1/camera A/take 1.bin`]: bytes(70_001),
		[`${top}/day 1/empty.txt`]: Buffer.alloc(0),
		[`${top}/day 1/Größe 映画 🎬.txt`]: Buffer.from('names of every kind\n'),
		[`${top}/#1 50% & more?.txt`]: Buffer.from('not part of a URL\n'),
	};
}

async function place(under: string, files: Record<string, Buffer>): Promise<void> {
	for (const [path, content] of Object.entries(files)) {
		await mkdir(dirname(join(under, path)), { recursive: true });
		await writeFile(join(under, path), content);
	}
}

/** Compares the files stored by the sandbox, and those reported by the node, with the originals. */
async function expectStored(packageId: string, reported: SentFile[], sent: Record<string, Buffer>): Promise<void> {
	const stored: Record<string, string> = {};
	for (const file of lab.sandbox.files(packageId)) {
		expect(file.finalized).toBe(true);
		stored[join(file.path, file.name)] = await lab.sandbox.sha256(packageId, file.id);
	}
	expect(stored).toEqual(Object.fromEntries(Object.entries(sent).map(([place, content]) => [place, sha256(content)])));
	const ids = new Map(lab.sandbox.files(packageId).map((file) => [join(file.path, file.name), file.id]));
	expect(reported.map(({ path, name, size, id }) => ({ place: join(path, name), size, id })).sort(byPlace)).toEqual(
		Object.entries(sent)
			.map(([place, content]) => ({ place, size: content.length, id: ids.get(place) }))
			.sort(byPlace),
	);
	for (const { parts } of reported) expect(parts).toBeGreaterThanOrEqual(1);
}

function byPlace(a: { place: string }, b: { place: string }): number {
	return a.place < b.place ? -1 : 1;
}

function expectSuccess(execution: Execution): void {
	expect({ status: execution.status, error: execution.run?.resultData.error }).toEqual({
		status: 'success',
		error: undefined,
	});
}

describe('send-files.json', () => {
	it('runs unchanged, on the folder it names', async () => {
		const home = dirname(await realpath(dirname(lab.folder)));
		const files = tree('to-send');
		await place(join(home, '.n8n-files'), files);
		try {
			const execution = await lab.runWorkflow(await lab.importExample('send-files.json'));
			expectSuccess(execution);
			const items = output(execution, 'Send Files');
			expect(items).toHaveLength(1);
			const sent = items[0]?.json as { package: { id: string; name: string }; files: SentFile[]; bytes: number };
			expect(sent).toMatchObject({
				package: { id: expect.any(String) as string, state: 'finalized' },
				link: { id: expect.any(String) as string, url: expect.stringMatching(/^https?:\/\/\S+$/) as string },
				bytes: Object.values(files).reduce((sum, { length }) => sum + length, 0),
			});
			expect(sent.package.name).toMatch(/^Delivery \d{4}-\d\d-\d\d \d\d:\d\d$/);
			await expectStored(sent.package.id, sent.files, files);
			expect(lab.sandbox.package(sent.package.id)?.state).toBe('finalized');
			expect(lab.sandbox.links(sent.package.id)).toHaveLength(1);
		} finally {
			await rm(join(home, '.n8n-files', 'to-send'), { recursive: true });
		}
	});

	it('sends several paths with recipients, one of them a single file', async () => {
		const files = tree('Ordner 2');
		await place(lab.folder, files);
		const single = await lab.write('single.wav', bytes(5000));
		const execution = await lab.runWorkflow(
			await lab.importExample('send-files.json', {
				'Send Files': {
					paths: `${join(lab.folder, 'Ordner 2')}\n${single}`,
					packageName: 'Two paths',
					recipients: 'anna@example.com, ben@example.com',
				},
			}),
		);
		expectSuccess(execution);
		const sent = output(execution, 'Send Files')[0]?.json as { package: { id: string }; files: SentFile[] };
		expect(sent.files.map(({ name }) => name)).toContain('single.wav');
		expect(lab.sandbox.package(sent.package.id)).toMatchObject({
			name: 'Two paths',
			recipients: ['anna@example.com', 'ben@example.com'],
			state: 'finalized',
			total_files: 6,
		});
	});
});

describe('step-by-step.json', () => {
	it('runs unchanged', async () => {
		const home = dirname(dirname(lab.folder));
		const files = tree('to-send');
		await place(join(home, '.n8n-files'), files);
		try {
			const execution = await lab.runWorkflow(await lab.importExample('step-by-step.json'));
			expectSuccess(execution);
			const [created] = output(execution, 'Create Package');
			const packageId = created?.json.id as string;
			expect(created?.json).toMatchObject({ id: expect.any(String) as string, state: 'new' });
			const uploaded = output(execution, 'Upload File');
			expect(uploaded.every(({ json }) => json.package_id === packageId)).toBe(true);
			await expectStored(packageId, uploaded.map(({ json }) => json) as unknown as SentFile[], files);
			expect(output(execution, 'Finalize').map(({ json }) => json)).toMatchObject([
				{ id: packageId, state: 'finalized' },
			]);
			expect(output(execution, 'Create Link').map(({ json }) => json)).toMatchObject([
				{ package_id: packageId, url: expect.stringMatching(/^https?:\/\/\S+$/) as string },
			]);
			expect(lab.sandbox.links(packageId)).toHaveLength(1);
		} finally {
			await rm(join(home, '.n8n-files', 'to-send'), { recursive: true });
		}
	});
});

describe.each([
	['with default settings', {}],
	['with documented routes only', { onlyDocumented: true }],
	['that archives as in the documented example (POST)', { portalArchiveForm: 'post' }],
	['that archives as in the documented table (PUT)', { portalArchiveForm: 'put', onlyDocumented: true }],
] as const)('nightly-archive.json on a MASV %s', (_, options) => {
	it('archives the expired packages of the portal and no others', async () => {
		const sandbox = await lab.switchSandbox(options);
		const portal = sandbox.seedPortal({ name: 'Second unit' });
		const other = sandbox.seedPortal({ name: 'Other' });
		const past = new Date(Date.now() - 3_600_000).toISOString();
		const expired = [1, 2, 3].map((n) =>
			sandbox.seedPackage({ portal_id: portal.id, state: 'expired', expiry: past, name: `old ${n}` }),
		);
		const untouched = [
			sandbox.seedPackage({ portal_id: portal.id, name: 'fresh' }),
			sandbox.seedPackage({ portal_id: portal.id, name: 'unfinished', state: 'new' }),
			sandbox.seedPackage({ portal_id: other.id, state: 'expired', expiry: past, name: "another portal's" }),
			sandbox.seedPackage({ state: 'expired', expiry: past, name: 'sent by the team' }),
		];
		const before = untouched.map(({ id }) => sandbox.package(id)?.state);

		const execution = await lab.runWorkflow(
			await lab.importExample('nightly-archive.json', {
				'List Portal Packages': { portalId: { __rl: true, mode: 'list', value: portal.id } },
			}),
		);

		expectSuccess(execution);
		const archived = output(execution, 'Archive').map(({ json }) => ({ id: json.id, state: json.state }));
		expect(new Set(archived)).toEqual(new Set(expired.map(({ id }) => ({ id, state: 'archived' }))));
		expect(archived).toHaveLength(expired.length);
		expect(expired.map(({ id }) => sandbox.package(id)?.state)).toEqual(['archived', 'archived', 'archived']);
		expect(untouched.map(({ id }) => sandbox.package(id)?.state)).toEqual(before);
	});

	it('archives and unarchives the packages of a portal by their expiry', async () => {
		const sandbox = await lab.switchSandbox(options);
		const portal = sandbox.seedPortal();
		const other = sandbox.seedPortal();
		const seed = (portalId: string, expiry: string): string =>
			sandbox.seedPackage({ portal_id: portalId, state: 'expired', expiry }).id;
		const within = [seed(portal.id, '2026-03-01T00:00:00.000Z'), seed(portal.id, '2026-03-15T12:00:00.000Z')];
		const outside = [seed(portal.id, '2026-04-02T00:00:00.000Z'), seed(other.id, '2026-03-15T12:00:00.000Z')];
		const states = (ids: string[]): unknown[] => ids.map((id) => sandbox.package(id)?.state);
		const parameters = {
			resource: 'package',
			scope: 'portal',
			portalId: { __rl: true, mode: 'id', value: portal.id },
			expiryStart: '2026-03-01T00:00:00.000Z',
			expiryEnd: '2026-03-31T00:00:00.000Z',
		};

		const archived = await lab.run({ parameters: { ...parameters, operation: 'archiveMany' } });
		expectSuccess(archived.execution);
		expect(archived.items.map(({ json }) => json.total_updated)).toEqual([2]);
		expect(states(within)).toEqual(['archived', 'archived']);
		expect(states(outside)).toEqual(['expired', 'expired']);

		const back = await lab.run({ parameters: { ...parameters, operation: 'unarchiveMany' } });
		expectSuccess(back.execution);
		expect(back.items.map(({ json }) => json.total_updated)).toEqual([2]);
		expect(states(within)).toEqual(['expired', 'expired']);
	});
});

/** Deliveries for the two sorting examples, and the node that each one's files should reach. */
const deliveries: Array<{ upload: PortalUpload; end: string }> = [
	{
		upload: { name: 'Cards', sender: 'anna@CAMERA.example.com', files: { 'A001.mov': 'one', 'A002.mov': 'two' } },
		end: 'Camera Team',
	},
	{
		upload: {
			name: 'Inserts',
			sender: 'ben@example.com',
			files: { 'insert ö.mov': 'three' },
			form: { project: 'Second Unit', reel: '7' },
		},
		end: 'Project',
	},
	{
		upload: { name: 'Music', sender: 'carl@example.com', files: { 'score.wav': 'four' }, form: { project: 'Other' } },
		end: 'Everything Else',
	},
];

/** Names of the files that reached each end node. */
function sorted(execution: Execution): Record<string, string[]> {
	expectSuccess(execution);
	const ends: Record<string, string[]> = {};
	for (const { end } of deliveries) {
		const items = execution.run?.resultData.runData[end]?.[0]?.data?.main?.[0] ?? [];
		if (items.length > 0) ends[end] = items.map(({ json }) => (json.file as { name: string }).name).sort();
	}
	return ends;
}

describe('portal-intake.json', () => {
	it('sorts deliveries unchanged', async () => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal();
		const workflow = await lab.importExample('portal-intake.json');
		await lab.client.triggers.activate(workflow);
		try {
			for (const { upload, end } of deliveries) {
				const known = (await lab.client.executions.list(workflow)).map(({ id }) => id);
				await uploadThrough(sandbox, portal, upload);
				const execution = await lab.client.executions.waitForNew(workflow, known);
				lab.executions.push(execution);
				expect(sorted(execution)).toEqual({ [end]: Object.keys(upload.files) });
			}
		} finally {
			await lab.client.triggers.deactivate(workflow);
		}
		expect(sandbox.webhooks()).toEqual([]);
	});

	it('downloads what arrives if a folder is set', async () => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal();
		const received = await receiveOne('portal-intake.json', portal, async (workflow, upload) => {
			await lab.client.triggers.activate(workflow);
			try {
				const known = (await lab.client.executions.list(workflow)).map(({ id }) => id);
				await upload();
				return await lab.client.executions.waitForNew(workflow, known);
			} finally {
				await lab.client.triggers.deactivate(workflow);
			}
		});
		await expectFetched(received);
	});

	it('sorts by the values in its Settings node', async () => {
		const sandbox = await lab.switchSandbox({});
		const portal = sandbox.seedPortal();
		const settings = { cameraTeam: 'carl@example.com', formField: 'reel', project: '7' };
		const workflow = await lab.importExample('portal-intake.json', { Settings: settings });
		await lab.client.triggers.activate(workflow);
		const ends: unknown[] = [];
		try {
			for (const { upload } of deliveries) {
				const known = (await lab.client.executions.list(workflow)).map(({ id }) => id);
				await uploadThrough(sandbox, portal, upload);
				ends.push(Object.keys(sorted(await lab.client.executions.waitForNew(workflow, known))));
			}
		} finally {
			await lab.client.triggers.deactivate(workflow);
		}
		expect(ends).toEqual([['Everything Else'], ['Project'], ['Camera Team']]);
	});
});

/** Runs what a trigger starts when this delivery arrives. @returns the execution, and the folder with what it has received */
async function receiveOne(
	file: string,
	portal: Portal,
	start: (workflow: Workflow, upload: () => Promise<string>) => Promise<Execution>,
): Promise<{ execution: Execution; folder: string }> {
	const [{ upload }] = deliveries as [(typeof deliveries)[number]];
	const folder = join(lab.folder, 'fetched', file);
	const workflow = await lab.importExample(file, { Settings: { folder } });
	const execution = await start(workflow, async () => await uploadThrough(lab.sandbox, portal, upload));
	lab.executions.push(execution);
	return { execution, folder: join(folder, upload.name) };
}

async function expectFetched({ execution, folder }: { execution: Execution; folder: string }): Promise<void> {
	expect(sorted(execution)).toEqual({ 'Camera Team': ['A001.mov', 'A002.mov'] });
	expect(output(execution, 'Receive Files')[0]?.json).toMatchObject({ folder, package: { name: 'Cards' } });
	expect(await readFile(join(folder, 'A001.mov'), 'utf8')).toBe('one');
	expect(await readFile(join(folder, 'A002.mov'), 'utf8')).toBe('two');
}

describe('new-deliveries.json', () => {
	let sandbox: Sandbox;
	let portal: Portal;

	beforeAll(async () => {
		// Without webhooks, like the teams this example is for.
		sandbox = await lab.switchSandbox({ webhooks: false });
		portal = sandbox.seedPortal();
	});

	it('sorts the newest delivery unchanged', async () => {
		const workflow = await lab.importExample('new-deliveries.json');
		for (const { upload, end } of deliveries) {
			await uploadThrough(sandbox, portal, upload);
			// As "Fetch Test Event" does: polling every minute is covered by the tests of the trigger.
			const execution = await lab.client.executions.runAndWait(workflow, 'MASV Polling Trigger');
			lab.executions.push(execution);
			expect(sorted(execution)).toEqual({ [end]: Object.keys(upload.files) });
		}
	});

	it('downloads what arrives if a folder is set', async () => {
		const received = await receiveOne('new-deliveries.json', portal, async (workflow, upload) => {
			await upload();
			return await lab.client.executions.runAndWait(workflow, 'MASV Polling Trigger');
		});
		await expectFetched(received);
	});

	it('can be published unchanged', async () => {
		const workflow = await lab.importExample('new-deliveries.json');
		await lab.client.triggers.activate(workflow);
		await lab.client.triggers.deactivate(workflow);
		expect(await lab.client.executions.list(workflow)).toEqual([]);
	});
});

describe('receive-link.json', () => {
	it('receives what a link leads to, without an account, and moves nothing when it runs again', async () => {
		const content = bytes(6 * 1024 * 1024 + 7);
		const files = [
			{ name: 'A001.mov', path: 'CARD', content },
			{ name: 'notes.txt', content: 'first' },
		];
		const { id } = lab.sandbox.seedPackage({ name: 'Dailies', files });
		const options = { password: 'pw' };
		const made = await lab.run({ parameters: { resource: 'link', operation: 'create', packageId: byId(id), options } });
		const [link] = made.items.map(({ json }) => json);
		const Settings = {
			link: link?.url,
			password: 'pw',
			folder: join(lab.folder, 'received'),
			server: lab.sandbox.url,
		};
		const workflow = await lab.importExample('receive-link.json', { Settings });
		const execution = await lab.runWorkflow(workflow);
		expectSuccess(execution);
		const [received] = output(execution, 'Receive Files');
		expect(received?.json).toMatchObject({ package: { id, name: 'Dailies' }, bytes: content.length + 5 });
		const folder = received?.json.folder as string;
		expect(sha256(await readFile(join(folder, 'CARD', 'A001.mov')))).toBe(sha256(content));
		const again = await lab.runWorkflow(workflow);
		expectSuccess(again);
		expect(output(again, 'Receive Files')[0]?.json).toMatchObject({ bytes: 0, files: [] });
	});
});

describe('deliver-to-portal.json', () => {
	it('delivers a folder to the portal of its credential, without an account', async () => {
		const sandbox = await lab.switchSandbox({});
		const accessCode = 'pass & word';
		const portal = sandbox.seedPortal({ subdomain: 'post', has_access_code: true, access_code: accessCode });
		await lab.addCredential('MASV Portal account', 'masvPortalApi', {
			portal: 'post',
			accessCode,
			baseUrl: sandbox.url,
		});
		const files = tree('CARD');
		await place(lab.folder, files);
		const Settings = { path: join(lab.folder, 'CARD'), packageName: 'Day 1', sender: 'anna@example.com' };
		const execution = await lab.runWorkflow(await lab.importExample('deliver-to-portal.json', { Settings }));
		expectSuccess(execution);
		const sent = output(execution, 'Send Files')[0]?.json as { package: { id: string }; files: SentFile[] };
		await expectStored(sent.package.id, sent.files, files);
		const expected = { name: 'Day 1', portal_id: portal.id, sender: 'anna@example.com', state: 'finalized' };
		expect(sandbox.package(sent.package.id)).toMatchObject(expected);
		expect(sandbox.requests.filter(({ headers }) => 'x-api-key' in headers)).toEqual([]);
	});
});

describe('mirror-portal.json', () => {
	it('receives each package of a portal once, into a folder of its own', async () => {
		const portal = lab.sandbox.seedPortal({ name: 'Second unit' });
		const packages = ['first', 'second'].map((content) =>
			lab.sandbox.seedPackage({ name: 'Dailies', portal_id: portal.id, files: [{ name: 'A001.mov', content }] }),
		);
		const folder = join(lab.folder, 'mirror');
		const workflow = await lab.importExample('mirror-portal.json', { Settings: { portalId: portal.id, folder } });
		const execution = await lab.runWorkflow(workflow);
		expectSuccess(execution);
		const received = output(execution, 'Receive Files').map(({ json }) => json);
		expect(received.map((each) => (each.package as { id: string }).id).sort()).toEqual(
			packages.map(({ id }) => id).sort(),
		);
		const contents = received.map(async (each) => await readFile(join(each.folder as string, 'A001.mov'), 'utf8'));
		expect((await Promise.all(contents)).sort()).toEqual(['first', 'second']);
		expect(packages.flatMap(({ id }) => lab.sandbox.links(id)).filter(({ active }) => active)).toEqual([]);
		const again = await lab.runWorkflow(workflow);
		expectSuccess(again);
		expect(output(again, 'Receive Files').map(({ json }) => json.bytes)).toEqual([0, 0]);
	});
});

describe('sync-folder.json', () => {
	it('sends what is new in a folder, and nothing twice', async () => {
		const folder = join(lab.folder, 'outbox');
		await place(folder, { 'a.mov': Buffer.from('first'), 'day 1/b.mov': Buffer.from('second') });
		const workflow = await lab.importExample('sync-folder.json', { Settings: { folder, waitSeconds: 0 } });
		const execution = await lab.runWorkflow(workflow);
		expectSuccess(execution);
		const sent = output(execution, 'Send New Files').map(({ json }) => json);
		expect(sent).toMatchObject([{ package: { state: 'finalized' }, ledger: { state: 'new', files: 2 }, waiting: [] }]);
		const { id } = sent[0]?.package as { id: string };
		expect(lab.sandbox.files(id).map(({ name }) => name)).toEqual(['a.mov', 'b.mov']);
		const packages = lab.sandbox.packages().length;
		const again = await lab.runWorkflow(workflow);
		expectSuccess(again);
		expect(again.run?.resultData.runData).not.toHaveProperty('Send New Files.0.error');
		expect(lab.sandbox.packages()).toHaveLength(packages);
		await place(folder, { 'day 1/c.mov': Buffer.from('third') });
		const third = await lab.runWorkflow(workflow);
		expect(
			output(third, 'Send New Files').map(({ json }) => (json.files as SentFile[]).map(({ name }) => name)),
		).toEqual([['c.mov']]);
	});
});

describe('sync-portal.json', () => {
	it('receives what is new in the portal of the settings, and nothing twice', async () => {
		const portal = lab.sandbox.seedPortal({ name: 'Third unit' });
		const arrive = (content: string, portalId = portal.id): string =>
			lab.sandbox.seedPackage({ name: content, portal_id: portalId, files: [{ name: 'A001.mov', content }] }).id;
		const first = arrive('first');
		arrive('other', lab.sandbox.seedPortal({ name: 'Fourth unit' }).id);
		const folder = join(lab.folder, 'sync-portal');
		const workflow = await lab.importExample('sync-portal.json', { Settings: { portalId: portal.id, folder } });
		const receive = async (): Promise<string[]> => {
			const execution = await lab.runWorkflow(workflow);
			expectSuccess(execution);
			const { runData = {} } = execution.run?.resultData ?? {};
			if (!('Receive New Files' in runData)) return [];
			return output(execution, 'Receive New Files').map(({ json }) => (json.package as { id: string }).id);
		};
		expect(await receive()).toEqual([first]);
		expect(await readFile(join(folder, 'first', 'A001.mov'), 'utf8')).toBe('first');
		expect(await receive()).toEqual([]);
		const second = arrive('second');
		expect(await receive()).toEqual([second]);
		expect((await readdir(folder)).sort()).toEqual(['first', 'second']);
	});

	it('receives from all portals if none is set', async () => {
		const sandbox = await lab.switchSandbox({});
		for (const name of ['a', 'b']) {
			const { id } = sandbox.seedPortal({ name });
			sandbox.seedPackage({ name, portal_id: id, files: [{ name: 'A001.mov', content: name }] });
		}
		const folder = join(lab.folder, 'sync-all');
		const execution = await lab.runWorkflow(await lab.importExample('sync-portal.json', { Settings: { folder } }));
		expectSuccess(execution);
		expect(output(execution, 'Receive New Files')).toHaveLength(2);
		expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
	});
});

describe('storage-to-masv.json', () => {
	it.each(['amazon_s3', 'storage_gateway'])('sends a folder of a storage in one package: %s', async (provider) => {
		const { id } = lab.sandbox.seedConnection({
			provider,
			objects: [
				{ path: 'dailies/a.mov', content: 'first' },
				{ path: 'dailies/cam 2/b.mov', content: 'second' },
				{ path: 'other.txt', content: 'not sent' },
			],
		});
		const execution = await lab.runWorkflow(
			await lab.importExample('storage-to-masv.json', {
				Settings: { connectionId: id, prefix: provider === 'amazon_s3' ? 'dailies/' : 'dailies', packageName: 'Day 1' },
			}),
		);
		expectSuccess(execution);
		expect(output(execution, 'Browse Storage').map(({ json }) => json.name)).toEqual(['a.mov', 'cam 2']);
		const sent = output(execution, 'Send Files from Storage').map(({ json }) => json);
		expect(sent).toMatchObject([
			{ link_url: expect.stringMatching(/^https:\/\/\S+$/) as string, package: { name: 'Day 1', state: 'finalized' } },
		]);
		const { id: packageId } = sent[0]?.package as { id: string };
		expect(lab.sandbox.files(packageId).map(({ path, name }) => join(path, name))).toEqual(['a.mov', 'cam 2/b.mov']);
	});
});

describe('weekly-report.json', () => {
	it('lists the activities of the last seven days as a table', async () => {
		const sandbox = await lab.switchSandbox({});
		sandbox.seedPackage({ name: 'Dailies <b>& more</b>' });
		const { id } = sandbox.seedConnection({ direction: 'masv_to_cloud' });
		const { id: packageId } = sandbox.seedPackage({ name: 'Delivered' });
		const parameters = {
			resource: 'storage',
			operation: 'sendPackage',
			packageId: byId(packageId),
			connectionId: byId(id),
		};
		expectSuccess((await lab.run({ parameters })).execution);

		const execution = await lab.runWorkflow(await lab.importExample('weekly-report.json'));

		expectSuccess(execution);
		expect(output(execution, 'Columns').map(({ json }) => json)).toEqual([
			columns('Upload', 'pending', 'Dailies &#60;b&#62;&#38; more&#60;/b&#62;'),
			columns('Upload', 'pending', 'Delivered'),
			columns('Transfer to storage', 'complete', 'Delivered'),
		]);
		const [report] = output(execution, 'Table');
		expect(report?.json.table).toMatch(/<th>Package<\/th>.*<td[^>]*>Dailies &#60;b&#62;.*Transfer to storage/s);
	});
});

function columns(activity: string, state: string, name: string): Record<string, unknown> {
	const date = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/) as string;
	return { Date: date, Activity: activity, State: state, Package: name };
}

describe('examples/', () => {
	it('contains no example that is not run here', async () => {
		const files = (await readdir(join(root, 'examples'))).filter((file) => file.endsWith('.json'));
		expect(files.sort()).toEqual([
			'deliver-to-portal.json',
			'mirror-portal.json',
			'new-deliveries.json',
			'nightly-archive.json',
			'portal-intake.json',
			'receive-link.json',
			'send-files.json',
			'step-by-step.json',
			'storage-to-masv.json',
			'sync-folder.json',
			'sync-portal.json',
			'weekly-report.json',
		]);
	});
});
