import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { Leases } from '../../masv/transfer/lease';
import { platform } from '../../nodes/Masv/platform';
import { pick } from '../support/pick';
import { useSandboxNode } from '../support/sandboxNode';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('Package > Send New Files', () => {
	const open = useSandboxNode();
	let base: string;
	beforeEach(async () => (base = await realpath(await mkdtemp(join(tmpdir(), 'masv-sync-')))));
	afterEach(async () => await rm(base, { recursive: true }));
	afterEach(() => void jest.restoreAllMocks());

	const write = async (place: string, content: string): Promise<void> => {
		await mkdir(dirname(join(base, place)), { recursive: true });
		await writeFile(join(base, place), content);
	};
	const sending = (more: object = {}) => ({
		resource: 'package',
		operation: 'sendNew',
		destination: 'team',
		packageName: 'Nightly',
		recipients: '',
		paths: join(base, 'in'),
		waitSeconds: 0,
		packagePer: 'run',
		afterSending: 'keep',
		createLink: true,
		options: {},
		newFiles: {},
		transfer: {},
		...more,
	});
	const names = (item: IDataObject | undefined) => (item?.files as Array<{ name: string }>).map(({ name }) => name);
	const idOf = (item: IDataObject | undefined) => (item?.ledger as { id: string }).id;
	const tree = async () =>
		(await readdir(base, { recursive: true, withFileTypes: true }))
			.filter((entry) => entry.isFile())
			.map(({ parentPath, name }) => join(parentPath, name).slice(base.length + 1))
			.sort();

	it('adds a list of MD5s under the name that is set, and names the option if a file has that name', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		const options = { md5List: ' MD5SUMS ' };
		const [first] = await run(sending({ options }));
		expect(names(first)).toEqual(['a.mov', 'MD5SUMS']);
		expect(first).toMatchObject({ ledger: { files: 1 }, files: [{ md5: '0cc175b9c0f1b6a831c399e269772661' }, {}] });
		expect(await run(sending({ options: {} }))).toEqual([]);
		await write('in/MD5SUMS', 'x');
		const top = { ...sending({ options }), paths: join(base, 'in/MD5SUMS') };
		await expect(run(top)).rejects.toThrow(/\[MD5 List\]|MD5 list/);
		expect(sandbox.packages()).toHaveLength(1);
	});

	it('sends what is in a folder once, then only what was added, changed or moved in from outside', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		for (const place of ['in/a.mov', 'in/day 1/b.mov', 'in/day 1/c.mov']) await write(place, place);
		const first = await run(sending());
		expect(first.map(names)).toEqual([['a.mov', 'b.mov', 'c.mov']]);
		expect(first).toMatchObject([
			{
				link_url: expect.stringMatching(/^https?:/) as string,
				recovered: false,
				reconciled: true,
				waiting: [],
				ledger: { state: 'new', files: 3 },
				left_in_place: [],
			},
		]);
		expect(await run(sending())).toEqual([]);
		await write('in/day 1/b.mov', 'changed');
		await write('in/d.mov', 'added');
		await rename(join(base, 'in/day 1/c.mov'), join(base, 'in/renamed.mov'));
		expect((await run(sending())).map(names)).toEqual([['d.mov', 'b.mov']]);
		expect(await run(sending({ newFiles: { whenNothingIsNew: 'item' } }))).toMatchObject([
			{ sent: 0, waiting: [], moved: 0, ledger: { state: 'found', files: 4 }, left_out: [], warnings: [] },
		]);
		expect(sandbox.packages()).toHaveLength(2);
	});

	it('follows the files of a folder that was moved, although a link to it is where it was', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/day 1/a.mov', 'a');
		await run(sending());
		await rename(join(base, 'in/day 1'), join(base, 'in/day 2'));
		await symlink(join(base, 'in/day 2'), join(base, 'in/day 1'));
		expect(await run(sending({ newFiles: { whenNothingIsNew: 'item' } }))).toMatchObject([{ sent: 0, moved: 1 }]);
	});

	it('sends a renamed file again if asked to, and lists files that may still be written', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		await run(sending());
		await rename(join(base, 'in/a.mov'), join(base, 'in/b.mov'));
		expect((await run(sending({ newFiles: { sendMoved: true } }))).map(names)).toEqual([['b.mov']]);
		await write('in/growing.mov', 'g');
		const [item] = await run(sending({ waitSeconds: 86_400, newFiles: { whenNothingIsNew: 'item' } }));
		expect(item).toMatchObject({ sent: 0, waiting: [{ path: join(base, 'in/growing.mov'), bytes: 1 }] });
	});

	it('sends nothing from an empty folder', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		await mkdir(join(base, 'in'));
		expect(await run(sending())).toEqual([]);
		expect(sandbox.packages()).toEqual([]);
	});

	it('sends nothing that was there at a first run that only marks', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		await write('in/old.mov', 'old');
		const marking = { newFiles: { firstRun: 'mark', whenNothingIsNew: 'item' } };
		expect(await run(sending(marking))).toMatchObject([{ sent: 0, marked: 1, ledger: { files: 1 } }]);
		await write('in/new.mov', 'new');
		expect((await run(sending(marking))).map(names)).toEqual([['new.mov']]);
		expect(sandbox.packages()).toHaveLength(1);
	});

	it('makes a package per top-level folder, in the folder of the package', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		for (const place of ['in/a', 'in/day 1/b', 'in/day 2/c']) await write(place, place);
		const items = await run(sending({ packagePer: 'folder', options: { folder: 'x/y' } }));
		expect(items.map((item) => (item.package as { name: string }).name)).toEqual([
			'Nightly: in',
			'Nightly: day 1',
			'Nightly: day 2',
		]);
		const ids = items.map((item) => (item.package as { id: string }).id);
		expect(ids.flatMap((id) => sandbox.files(id).map(({ path, name }) => `${path}/${name}`))).toEqual([
			'x/y/in/a',
			'x/y/in/day 1/b',
			'x/y/in/day 2/c',
		]);
	});

	it('moves what was sent, and replaces nothing', async () => {
		const { run } = await open({}, { newExecutions: true });
		const moving = sending({ afterSending: 'move', sentFolder: join(base, 'sent') });
		await write('in/day 1/a.mov', 'first');
		await run(moving);
		expect(await tree()).toEqual(['sent/in/day 1/a.mov']);
		await write('in/day 1/a.mov', 'second');
		await run(moving);
		expect(await tree()).toEqual(['sent/in/day 1/a (2).mov', 'sent/in/day 1/a.mov']);
		expect(await readFile(join(base, 'sent/in/day 1/a (2).mov'), 'utf8')).toBe('second');
	});

	it('creates the folder for sent files with all that is missing above it', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'first');
		const [item] = await run(sending({ afterSending: 'move', sentFolder: join(base, 'sent/2026/11') }));
		expect(item?.left_in_place).toEqual([]);
		expect(await tree()).toEqual(['sent/2026/11/in/a.mov']);
	});

	it('asks for one folder for sent files if there are two, and sends nothing', async () => {
		const { fail, sandbox } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		const sentFolder = `${join(base, 'sent')}\n${join(base, 'too')}`;
		expect(await fail(sending({ afterSending: 'move', sentFolder }))).toMatchObject([
			{ code: 'value_malformed', error: 'Folder for Sent Files contains more than one path' },
		]);
		expect(sandbox.packages()).toEqual([]);
	});

	it.each(['keep', 'move', 'delete'])(
		'names a path whose folder is missing, and what to do then: %s',
		async (afterSending) => {
			const { fail } = await open({}, { newExecutions: true });
			const paths = join(base, 'not mounted/in');
			const [failed] = await fail(sending({ paths, afterSending, sentFolder: join(base, 'sent') }));
			expect(failed?.error).toBe(`There is no file or folder "${paths}" [File or Folder Paths]`);
		},
	);

	it('deletes what was sent, and nothing that was sent before this was set', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/kept.mov', 'kept');
		await run(sending());
		await write('in/a.mov', 'a');
		await run(sending({ afterSending: 'delete' }));
		expect(await tree()).toEqual(['in/kept.mov']);
	});

	it('leaves a file that a link in the folder leads to', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('elsewhere/master.mov', 'master');
		await write('in/a.mov', 'a');
		await symlink(join(base, 'elsewhere/master.mov'), join(base, 'in/link.mov'));
		const [item] = await run(sending({ afterSending: 'delete' }));
		expect(names(item)).toEqual(['a.mov', 'link.mov']);
		expect(item?.left_in_place).toEqual([
			{ path: join(base, 'elsewhere/master.mov'), reason: expect.stringContaining('a link leads to it') as string },
		]);
		expect(await tree()).toEqual(['elsewhere/master.mov']);
	});

	it('refuses a folder for sent files that is sent itself, and sends nothing', async () => {
		const { fail, sandbox } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		const failures = await fail(sending({ afterSending: 'move', sentFolder: join(base, 'in', 'sent') }));
		expect(failures).toMatchObject([{ code: 'folder_invalid' }]);
		expect(sandbox.packages()).toEqual([]);
	});

	it.each([
		['a folder', 'in', ''],
		['a folder in the folder of the package', 'x/in', 'x'],
		['a file', 'in/a.mov', ''],
	])('refuses a folder for sent files from which they would come back: %s', async (_, path, top) => {
		const { fail, sandbox } = await open({}, { newExecutions: true });
		await write(join(path, path.endsWith('.mov') ? '' : 'a.mov'), 'a');
		const sentFolder = path === 'in/a.mov' ? join(base, 'in') : base;
		const moving = sending({ paths: join(base, path), afterSending: 'move', sentFolder, options: { folder: top } });
		expect(await fail(moving)).toMatchObject([{ code: 'folder_invalid' }]);
		expect(sandbox.packages()).toEqual([]);
	});

	it('clears a folder whose name ends with a blank', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in /a.mov', 'a');
		const [item] = await run(sending({ paths: join(base, 'in '), afterSending: 'delete' }));
		expect(item?.left_in_place).toEqual([]);
		expect(await tree()).toEqual([]);
	});

	it('shows what a node has sent, and sends it again once that was reset', async () => {
		const { run, fail } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		const [first] = await run(sending());
		await write('in/day/b.mov', 'bb');
		const [second] = await run(sending());
		const ledgerId = { mode: 'id', value: idOf(first) };
		const get = { resource: 'package', operation: 'getLedger', ledgerId, returnAll: true };
		const shown = { resource: 'package', operation: 'getLedger' };
		expect(await pick('searchLedgers', shown, 'workflow-1')).toContainEqual({
			name: `MASV (${idOf(first).slice(0, 6)})`,
			value: idOf(first),
		});
		expect(await pick('searchLedgers', shown, 'workflow-2')).toEqual([]);
		const packageIds = [second, first].map((item) => (item?.package as { id: string }).id);
		expect(await run(get)).toMatchObject([
			{
				id: idOf(first),
				node: 'MASV',
				files: 2,
				bytes: 3,
				packages: 2,
				unfinished: 0,
				sent: [
					{ path: join(base, 'in/day/b.mov'), bytes: 2, package_id: packageIds[0] },
					{ path: join(base, 'in/a.mov'), bytes: 1, package_id: packageIds[1] },
				],
			},
		]);
		const reset = { resource: 'package', operation: 'forgetSent', ledgerId };
		const both = `${join(base, 'in/day')}\n${join(base, 'in/a.mov')}`;
		expect(await fail({ ...reset, which: 'path', path: both })).toMatchObject([{ code: 'value_malformed' }]);
		expect(await run({ ...reset, which: 'path', path: join(base, 'in/day') })).toEqual([
			{ ledger_id: idOf(first), files: 1, packages: 0 },
		]);
		expect((await run(sending())).map(names)).toEqual([['b.mov']]);
		const byPackage = { ...reset, which: 'package', packageId: { mode: 'id', value: packageIds[1] } };
		expect(await run(byPackage)).toMatchObject([{ files: 1 }]);
		expect((await run(sending())).map(names)).toEqual([['a.mov']]);
		expect(await run({ ...reset, which: 'all' })).toMatchObject([{ files: 2 }]);
		expect((await run(sending())).map(names)).toEqual([['a.mov', 'b.mov']]);
		for (const [value, code] of [
			['0'.repeat(40), 'ledger_not_found'],
			['..', 'ledger_not_found'],
			['../secret', 'id_malformed'],
		]) {
			expect(await fail({ ...get, ledgerId: { mode: 'id', value } })).toMatchObject([{ code }]);
		}
	});

	it('sends a folder again whose name ends with a blank, as Get Ledger outputs it', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/day 1 /a.mov', 'a');
		await write('in/b.mov', 'b');
		const [first] = await run(sending());
		const ledgerId = { mode: 'id', value: idOf(first) };
		const reset = { resource: 'package', operation: 'forgetSent', ledgerId, which: 'path' };
		expect(await run({ ...reset, path: join(base, 'in/day 1 ') })).toMatchObject([{ files: 1 }]);
		expect((await run(sending())).map(names)).toEqual([['a.mov']]);
		// A blank by mistake.
		expect(await run({ ...reset, path: `${join(base, 'in/b.mov')} ` })).toMatchObject([{ files: 1 }]);
	});

	it('notices that its ledger is gone, and says so', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		await run(sending());
		await rm(join(process.env.N8N_STORAGE_PATH as string, 'masv-ledgers'), { recursive: true });
		const [again] = await run(sending());
		expect(again).toMatchObject({
			ledger: { state: 'lost' },
			warnings: [expect.stringMatching(/^The ledger of what was sent is gone/)],
		});
		expect(await run(sending())).toEqual([]);
	});

	it('leaves what is new to another execution that is at work', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		const bookkeeping = platform.bookkeeping.bind(platform);
		jest.spyOn(platform, 'bookkeeping').mockImplementation((...args) => {
			const books = bookkeeping(...args);
			let looks = 0;
			const take: Leases['take'] = async (...about) => (looks++ === 0 ? 'held' : await books.leases.take(...about));
			return { ...books, leases: { take } };
		});
		const newFiles = { whenNothingIsNew: 'item' };
		expect(await run(sending({ newFiles, transfer: {} }))).toMatchObject([{ sent: 0, ledger: null }]);
		expect(sandbox.packages()).toEqual([]);
		jest.restoreAllMocks();
		expect((await run(sending())).map(names)).toEqual([['a.mov']]);
	});

	it('has no link if none is wanted', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		expect(await run(sending({ createLink: false }))).toMatchObject([{ link_url: null, link: null }]);
	});

	it('keeps the package of an upload that fails, and the next execution resumes it', async () => {
		const { run, sandbox } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		const fault = sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 402 });
		await expect(run(sending())).rejects.toThrow('402');
		fault.remove();
		expect(sandbox.packages()).toMatchObject([{ state: 'new' }]);
		expect((await run(sending())).map(names)).toEqual([['a.mov']]);
		expect(sandbox.packages()).toMatchObject([{ state: 'finalized' }]);
	});

	it('leaves out what systems leave behind, unless nothing is to be left out', async () => {
		const { run } = await open({}, { newExecutions: true });
		for (const name of ['a.mov', '.DS_Store']) await write(`in/${name}`, name);
		const [first] = await run(sending());
		expect([names(first), first?.left_out]).toMatchObject([['a.mov'], [{ path: join(base, 'in/.DS_Store') }]]);
		expect((await run(sending({ options: { leaveOut: [] } }))).map(names)).toEqual([['.DS_Store']]);
	});

	it('compares a file that was touched, and sends it only if its content is another one', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		await run(sending());
		await utimes(join(base, 'in/a.mov'), new Date(1e12), new Date(1e12));
		expect(await run(sending())).toEqual([]);
		await write('in/a.mov', 'b');
		expect((await run(sending())).map(names)).toEqual([['a.mov']]);
	});

	it('waits for a file that was copied a moment ago with its old date', async () => {
		const { run } = await open({}, { newExecutions: true });
		await write('in/a.mov', 'a');
		await utimes(join(base, 'in/a.mov'), new Date(1e12), new Date(1e12));
		const [item] = await run(sending({ waitSeconds: 3600, newFiles: { whenNothingIsNew: 'item' } }));
		expect(item).toMatchObject({ sent: 0, waiting: [{ path: join(base, 'in/a.mov') }] });
	});
});
