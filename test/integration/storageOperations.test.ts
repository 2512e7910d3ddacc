import { useSandboxNode } from '../support/sandboxNode';

const start = useSandboxNode();

const objects = [
	{ path: 'dailies/a.mov', content: 'first' },
	{ path: 'dailies/cam 2/b.mov', content: 'second' },
	{ path: 'other.txt', content: 'not sent' },
];
const storage = (operation: string, more: object = {}) => ({ resource: 'storage', operation, ...more });
const pull = (connectionId: string, more: object = {}) =>
	storage('pull', {
		connectionId,
		packageName: 'Dailies',
		recipients: '',
		source: 'folder',
		folder: 'dailies/',
		...more,
	});

describe('Storage > Get Many and Get', () => {
	it('list connections of both kinds, and filter them', async () => {
		const { sandbox, run } = await start();
		const bucket = sandbox.seedConnection({ name: 'Archive', direction: 'masv_to_cloud' });
		const nas = sandbox.seedConnection({ name: 'NAS', provider: 'synology_sg' });
		const ids = async (more: object) => (await run(storage('getAll', more))).map(({ id }) => id);
		expect(await ids({ returnAll: true })).toEqual([bucket.id, nas.id]);
		expect(await ids({ limit: 1 })).toEqual([bucket.id]);
		expect(await ids({ filters: { direction: 'cloud_to_masv' } })).toEqual([nas.id]);
		expect(await ids({ filters: { name: 'archi' } })).toEqual([bucket.id]);
		expect(await run(storage('get', { connectionId: nas.id }))).toEqual([{ ...nas }]);
	});

	it('Get names an ID that does not exist', async () => {
		const { fail } = await start();
		expect(await fail(storage('get', { connectionId: 'NOPE' }))).toMatchObject([
			{ code: 'storage_connection_not_found', error: 'There is no storage connection NOPE' },
		]);
	});
});

describe('Storage > Browse', () => {
	it.each(['amazon_s3', 'qnap_sg'])('lists all files of a folder page by page: %s', async (provider) => {
		const { sandbox, run } = await start();
		const many = Array.from({ length: 120 }, (_, n) => ({ path: `day/${n}.mov`, content: 'x' }));
		const { id } = sandbox.seedConnection({ provider, objects: [...many, { path: 'top.mov', content: 'x' }] });
		const browse = async (more: object) => await run(storage('browse', { connectionId: id, ...more }));
		const top = await browse({ returnAll: true });
		expect(top.map(({ name, kind }) => [name, kind])).toEqual([
			['day', 'directory'],
			['top.mov', 'file'],
		]);
		expect(await browse({ folder: ' / ', returnAll: true })).toEqual(top);
		const folder = top[0]?.id;
		expect(new Set((await browse({ folder, returnAll: true })).map(({ name }) => name)).size).toBe(120);
		expect(await browse({ folder, limit: 60 })).toHaveLength(60);
		expect(await browse({ folder: 'nowhere/' })).toEqual([]);
	});
});

describe('Storage > Send Package', () => {
	it('sends a package once, and again only if that is wanted', async () => {
		const { sandbox, run } = await start({}, { newExecutions: true });
		const connection = sandbox.seedConnection({ direction: 'masv_to_cloud' });
		const { id } = sandbox.seedPackage();
		const send = async (options: object = {}) =>
			await run(storage('sendPackage', { packageId: id, connectionId: connection.id, options }));
		const sent = { package_id: id, cloud_connection_id: connection.id, state: 'complete' };
		expect(await send()).toMatchObject([{ ...sent, already_sent: false }]);
		expect(await send()).toMatchObject([{ ...sent, already_sent: true }]);
		expect(sandbox.transfers(id)).toHaveLength(1);
		expect(await send({ again: true })).toMatchObject([{ ...sent, already_sent: false }]);
		expect(await run(storage('getTransfers', { packageId: id }))).toHaveLength(2);
	});

	it('does not wait if that is not wanted', async () => {
		const { sandbox, run } = await start({ transfers: { looks: 9 } });
		const connection = sandbox.seedConnection({ direction: 'masv_to_cloud' });
		const { id } = sandbox.seedPackage();
		const parameters = storage('sendPackage', { packageId: id, connectionId: connection.id, wait: false });
		expect(await run(parameters)).toMatchObject([{ state: 'started' }]);
	});

	it('fails for a package that is not finalized', async () => {
		const { sandbox, fail } = await start();
		const connection = sandbox.seedConnection({ direction: 'masv_to_cloud' });
		const { id } = sandbox.seedPackage({ state: 'new' });
		expect(await fail(storage('sendPackage', { packageId: id, connectionId: connection.id }))).toMatchObject([
			{ code: 'package_state_wrong', hint: expect.stringContaining('Finalize the package first.') as string },
		]);
		expect(sandbox.transfers(id)).toEqual([]);
	});
});

describe('Storage > Send Files from Storage', () => {
	it('sends a folder of a bucket as one package with a link', async () => {
		const { sandbox, run } = await start();
		const { id: connection } = sandbox.seedConnection({ objects });
		const [sent] = await run(pull(connection, { recipients: 'anna@example.com', options: { password: 'pw-12' } }));
		const created = sent?.package as { id: string };
		expect(sent).toMatchObject({
			link_url: expect.stringMatching(/^https:\/\/get\.massive\.io\//) as string,
			package: { name: 'Dailies', state: 'finalized', recipients: ['anna@example.com'] },
			transfer: { state: 'complete' },
		});
		expect(sandbox.files(created.id).map(({ path, name }) => `${path}/${name}`)).toEqual(['/a.mov', 'cam 2/b.mov']);
		expect(sandbox.links(created.id)).toMatchObject([{ active: true, password: 'pw-12' }]);
		expect(sandbox.packages()).toHaveLength(1);
	});

	it('sends what Browse returned, all items in one package', async () => {
		const { sandbox, run } = await start();
		const { id: connectionId } = sandbox.seedConnection({ provider: 'qnap_sg', objects });
		const entries = await run(storage('browse', { connectionId, folder: 'dailies' }));
		const [sent, ...more] = await run(pull(connectionId, { source: 'items', createLink: false }), entries);
		expect(more).toEqual([]);
		expect(sent).toMatchObject({ link_url: null, link: null });
		const names = sandbox.files((sent?.package as { id: string }).id).map(({ name }) => name);
		expect(names).toEqual(['a.mov', 'b.mov']);
	});

	it('transfers a file once that several items name, and no folder as a part of itself', async () => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedConnection({ objects });
		const entry = (path: string) => ({ id: path, name: path.split('/')[1], kind: 'file' });
		const body = JSON.stringify([{ id: 'dailies/', name: 'dailies', kind: 'directory' }, entry('dailies/a.mov')]);
		sandbox.inject({ step: 'browseCloud', kind: 'status', status: 200, body, times: Infinity });
		const [sent] = await run(pull(id), [{}, {}]);
		expect(sent?.sources).toEqual([entry('dailies/a.mov')]);
		// The same as the items of Browse.
		const items = await run(storage('browse', { connectionId: id, folder: 'dailies/' }));
		expect(items.map((item) => item.id)).toEqual(['dailies/a.mov']);
	});

	it.each(['amazon_s3', 'qnap_sg'])('sends files and folders by their paths: %s', async (provider) => {
		const { sandbox, run } = await start();
		const { id } = sandbox.seedConnection({ provider, objects });
		const [sent] = await run(pull(id, { source: 'ids', ids: 'other.txt\ndailies/cam 2/' }));
		const files = sandbox.files((sent?.package as { id: string }).id);
		expect(files.map(({ path, name }) => [path, name])).toEqual([
			['', 'other.txt'],
			['cam 2', 'b.mov'],
		]);
		const request = sandbox.requests.find(({ step }) => step === 'createTransfer');
		expect((JSON.parse(request?.body ?? '') as { files: unknown[] }).files[1]).toEqual({
			id: provider === 'qnap_sg' ? 'dailies/cam 2' : 'dailies/cam 2/',
			name: 'cam 2',
			kind: 'directory',
		});
	});

	it('without waiting, returns a new package with a link that becomes active later', async () => {
		const { sandbox, run } = await start({ transfers: { looks: 1 } });
		const { id } = sandbox.seedConnection({ objects });
		const [sent] = await run(pull(id, { wait: false }));
		const { id: packageId, state } = sent?.package as { id: string; state: string };
		expect([state, sandbox.links(packageId)[0]?.active]).toEqual(['new', false]);
	});

	it('creates no package for an empty folder', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedConnection({ objects });
		expect(await fail(pull(id, { folder: 'nothing/' }))).toMatchObject([{ code: 'no_storage_files' }]);
		expect(sandbox.packages()).toEqual([]);
	});

	it('creates no package for an item without an ID', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedConnection({ objects });
		expect(await fail(pull(id, { source: 'items' }), [{ name: 'a.mov' }])).toMatchObject([
			{ code: 'storage_entry_incomplete' },
		]);
		expect(sandbox.packages()).toEqual([]);
	});

	it('deletes the empty package if MASV does not start the transfer', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedConnection({ objects });
		const [failed] = await fail(pull(id, { source: 'ids', ids: 'missing.mov' }));
		expect(failed?.error).toContain('the storage does not contain missing.mov');
		const [left] = sandbox.packages();
		expect(failed?.hint).toContain(`The empty package ${left?.id} was deleted.`);
		expect(left?.state).toBe('expired');
	});
});

describe('Storage > Get Transfers', () => {
	it('says that MASV does not document the request if a server refuses it', async () => {
		const { sandbox, fail } = await start();
		const { id } = sandbox.seedPackage();
		sandbox.inject({ step: 'listTransfers', kind: 'status', status: 405 });
		expect(await fail(storage('getTransfers', { packageId: id }))).toMatchObject([
			{ error: expect.stringContaining('MASV does not document this request') as string },
		]);
	});
});
