import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { Sandbox } from '../../sandbox/start';
import { runMasv } from '../support/masvNode';
import { useSandboxNode } from '../support/sandboxNode';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('Package > Receive New Files', () => {
	const open = useSandboxNode();
	let folder: string;
	beforeEach(async () => (folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-receive-new-')))));
	afterEach(async () => await rm(folder, { recursive: true }));

	const receiving = (more: object = {}) => ({
		resource: 'package',
		operation: 'receiveNew',
		direction: 'received',
		portalIds: [],
		from: '',
		folder,
		options: {},
		transfer: {},
		...more,
	});
	const arrive = (sandbox: Sandbox, name: string, created: string, portalId = sandbox.seedPortal().id) =>
		sandbox.seedPackage({
			name,
			portal_id: portalId,
			created_at: `${created}T00:00:00.000Z`,
			files: [{ name: 'a.mov', content: name }],
		});
	const names = (items: IDataObject[]) => items.map((item) => (item.package as { name: string }).name);
	const idOf = (item: IDataObject | undefined) => (item?.ledger as { id: string }).id;

	it('receives packages once, into folders of their own, and says that nothing is new if asked to', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		arrive(sandbox, 'b', '2026-01-02');
		arrive(sandbox, 'a', '2026-01-01');
		expect(names(await run(receiving()))).toEqual(['a', 'b']);
		expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
		expect(await run(receiving())).toEqual([]);
		expect(await run(receiving({ options: { whenNothingIsNew: 'item' } }))).toMatchObject([
			{ received: 0, waiting: [], failed: [], ledger: { state: 'found', packages: 2 }, warnings: [] },
		]);
	});

	it('checks each package against the list of MD5s in it, and outputs a package that differs, too', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		const portal_id = sandbox.seedPortal().id;
		for (const [day, sum] of ['0cc175b9c0f1b6a831c399e269772661', 'd41d8cd98f00b204e9800998ecf8427e'].entries()) {
			const list = { name: 'MD5SUMS', content: `${sum}  a.mov\n` };
			const files = [{ name: 'a.mov', content: 'a' }, list];
			sandbox.seedPackage({ name: `day ${day}`, portal_id, created_at: `2026-01-0${day + 1}T00:00:00.000Z`, files });
		}
		expect(await run(receiving({ options: { checkMd5List: true } }))).toMatchObject([
			{ md5_check: { verified: 1, failed: 0 }, warnings: [] },
			{ md5_check: { verified: 0, failed: 1, failed_files: [{ path: 'a.mov' }] }, files: [{}, {}] },
		]);
		expect(await run(receiving({ options: { checkMd5List: true } }))).toEqual([]);
	});

	it('receives from the date and the portals that are set', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		const { id } = sandbox.seedPortal();
		arrive(sandbox, 'old', '2026-01-01', id);
		arrive(sandbox, 'new', '2026-03-01', id);
		arrive(sandbox, 'elsewhere', '2026-03-01');
		const portal = { portalIds: [id], from: '2026-02-01T00:00:00' };
		expect(names(await run(receiving(portal)))).toEqual(['new']);
		expect(names(await run(receiving({ from: '2026-02-01T00:00:00' })))).toEqual(['elsewhere']);
		expect(await run(receiving({ direction: 'sent' }))).toEqual([]);
	});

	it('takes all items as one job', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		arrive(sandbox, 'a', '2026-01-01');
		expect(names(await run(receiving(), [{}, {}]))).toEqual(['a']);
	});

	it('receives from the earliest date of all items, which an expression like $now makes differ', async () => {
		const { sandbox } = await open();
		for (const [name, day] of Object.entries({ a: '2026-01-01', b: '2026-02-02', c: '2026-02-04' }))
			arrive(sandbox, name, day);
		const { apiKey, teamId, url: baseUrl } = sandbox;
		const received = await runMasv({
			parameters: ['2026-02-03', '2026-02-01', '2026-02-05'].map((from) => receiving({ from })),
			items: [{ json: {} }, { json: {} }, { json: {} }],
			credentials: { masvApi: { apiKey, teamId, baseUrl } },
		});
		expect(names(received.map(({ json }) => json))).toEqual(['b', 'c']);
	});

	it('lists a package that fails in the items of the others, and fails if there are none', async () => {
		const { run, fail, sandbox } = await open({}, { newExecutions: true });
		const bad = arrive(sandbox, 'bad', '2026-01-01');
		const fault = { step: 'listFiles', kind: 'status', status: 400 } as const;
		sandbox.inject(fault);
		arrive(sandbox, 'good', '2026-01-02');
		const [item, ...more] = await run(receiving());
		expect([names([item as IDataObject]), more]).toEqual([['good'], []]);
		expect(item?.failed).toEqual([{ id: bad.id, name: 'bad', error: expect.stringMatching(/400/) as string }]);
		sandbox.inject(fault);
		await expect(run(receiving())).rejects.toThrow(/400/);
		sandbox.inject(fault);
		const [failed] = await fail(receiving());
		expect(failed?.hint).toContain(`Package ${bad.id} ("bad") was not received. The next execution tries again.`);
		expect(names(await run(receiving()))).toEqual(['bad']);
	});

	it('outputs both packages and failures if the workflow goes on after errors', async () => {
		const { fail, sandbox } = await open({}, { newExecutions: true });
		arrive(sandbox, 'bad', '2026-01-01');
		sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		await fail(receiving());
		arrive(sandbox, 'good', '2026-01-02');
		sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		await expect(fail(receiving())).rejects.toThrow(/"good"/);
	});

	it('shows its ledger, and receives again what was reset', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		arrive(sandbox, 'a', '2026-01-01');
		const { id } = arrive(sandbox, 'b', '2026-01-02');
		const received = await run(receiving());
		const ledgerId = idOf(received[0]);
		const [ledger] = await run({ resource: 'package', operation: 'getLedger', ledgerId, returnAll: true });
		expect(ledger).toMatchObject({ id: ledgerId, packages: 2, files: 2, bytes: 2, unfinished: 0, sent: [] });
		expect(ledger?.received).toMatchObject([
			{ name: 'b', state: 'received', folder: join(folder, 'b'), files: 1, bytes: 1 },
			{ name: 'a', created_at: '2026-01-01T00:00:00.000Z' },
		]);
		const reset = async (what: object) =>
			await run({ resource: 'package', operation: 'forgetSent', ledgerId, ...what });
		expect(await reset({ which: 'package', packageId: id })).toEqual([{ ledger_id: ledgerId, files: 0, packages: 1 }]);
		await rm(join(folder, 'b'), { recursive: true });
		expect(names(await run(receiving()))).toEqual(['b']);
		expect(await reset({ which: 'path', path: join(folder, 'a') })).toMatchObject([{ packages: 1 }]);
		expect(names(await run(receiving()))).toEqual(['a']);
		expect(await reset({ which: 'all' })).toMatchObject([{ packages: 2 }]);
	});
});
