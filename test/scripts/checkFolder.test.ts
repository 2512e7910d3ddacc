import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import type { Member } from '../../scripts/checkFolder/orders';
import { describeWinners, primitives } from '../../scripts/checkFolder/primitives';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-check-folder-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

/** @param preload code that its processes run first */
function start(args: string[], preload = ''): ChildProcessWithoutNullStreams {
	return spawn(process.execPath, [join(__dirname, '../../scripts/checkFolder.ts'), ...args], {
		env: {
			...process.env,
			// As npm sets it, which runs scripts in the folder of the package.
			INIT_CWD: folder,
			NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
		},
	});
}

async function run(...args: string[]): Promise<{ code: unknown; output: string; errors: string }> {
	return await ended(start(args));
}

async function ended(
	child: ChildProcessWithoutNullStreams,
): Promise<{ code: unknown; output: string; errors: string }> {
	const [output, errors, exit] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
	return { code: exit[0] as unknown, output, errors };
}

describe('npm run check:folder', () => {
	it('finds on a local disk everything that is needed, and leaves nothing there', async () => {
		const { code, output, errors } = await run(folder);
		expect({ code, errors }).toEqual({ code: 0, errors: '' });
		const needed = primitives.filter(({ without }) => without !== undefined);
		for (const { name } of needed) expect(output).toContain(`yes  ${name}\n`);
		expect(output).toContain('can share this folder');
		expect(await readdir(folder)).toEqual([]);
	});

	it.each([
		['a folder that does not exist', async () => await Promise.resolve(join(folder, 'nothing')), 'does not exist'],
		['a file', async () => await createFile(), 'is not a folder'],
		['something in a file', async () => join(await createFile(), 'below'), 'is not a folder'],
		// Read-only for everybody, root included.
		['a folder that cannot be written', async () => await Promise.resolve('/proc/self'), 'Nothing can be created in'],
	])('says what is wrong with %s', async (_what, givenPath, message) => {
		const path = await givenPath();
		const { code, output, errors } = await run(path);
		expect({ code, output }).toEqual({ code: 2, output: '' });
		expect(errors).toContain(path);
		expect(errors).toContain(message);
	});

	it('takes a relative path from where npm was called', async () => {
		const { code, errors } = await run('nothing');
		expect({ code, errors }).toEqual({ code: 2, errors: `${join(folder, 'nothing')} does not exist.\n` });
	});

	it.each([
		['no space is left', 'ENOSPC', 'There is no space left in the folder. '],
		['the quota is exhausted', 'EDQUOT', 'There is no space left in the folder for this user. '],
		['the folder becomes read-only', 'EROFS', 'The folder has become read-only. '],
	])('gives no verdict when %s', async (_what, code, message) => {
		const failing = `import fs from 'node:fs';
			import { syncBuiltinESMExports } from 'node:module';
			if (process.send) fs.writeSync = () => { throw Object.assign(new Error('said by the system'), { code: '${code}' }) };
			syncBuiltinESMExports();`;
		const { output, ...rest } = await ended(start([folder], failing));
		expect(rest).toEqual({ code: 2, errors: `${message}Whether it can be shared is not known: run this again.\n` });
		expect(output).not.toContain('Do not share');
		expect(await readdir(folder)).toEqual([]);
	});

	it('gives no verdict when one of its processes ends', async () => {
		const { code, errors } = await ended(start([folder], "process.on('message', () => process.exit(1))"));
		expect(code).toBe(2);
		expect(errors).toContain('One of the processes that try the folder has ended. ');
		expect(await readdir(folder)).toEqual([]);
	});

	/** Its processes give no sign of being ready, so it waits for ever. */
	const silent = 'if (process.send) process.send = () => true';

	it.each([
		['SIGHUP', 129],
		['SIGINT', 130],
		['SIGTERM', 143],
	] as const)('leaves nothing behind when it is interrupted by %s', async (signal, code) => {
		const child = start([folder], silent);
		await once(child.stdout, 'data');
		expect(await readdir(folder)).toHaveLength(1);
		child.kill(signal);
		expect(await ended(child)).toMatchObject({ code, errors: `Ended by ${signal}\n` });
		expect(await readdir(folder)).toEqual([]);
	});

	it('leaves nothing behind when nobody reads its output any more', async () => {
		const child = start([folder]);
		child.stdout.destroy();
		const exit = once(child, 'exit');
		expect(await text(child.stderr)).toBe('');
		expect(await exit).toEqual([141, null]);
		expect(await readdir(folder)).toEqual([]);
	});

	it.each([[[]], [['']]])('says how it is used, given %j', async (args) => {
		const { code, errors } = await run(...args);
		expect(code).toBe(2);
		expect(errors).toContain('npm run check:folder -- /');
	});
});

async function createFile(): Promise<string> {
	const file = join(folder, 'file');
	await writeFile(file, '');
	return file;
}

/** Tries the first primitive with this in its name, with members that report this. */
async function tryWith(name: string, reports: Partial<Record<string, (member: number) => unknown>>): Promise<unknown> {
	const primitive = primitives.find((each) => each.name.includes(name));
	const crew = [0, 1].map((member): Member => ({
		tell: async ({ do: what }) => (await Promise.resolve(reports[what]?.(member))) as never,
	}));
	return await primitive?.tryIt({ folder, crew });
}

describe('a folder on a drive that does less', () => {
	it.each([
		[
			'lets two processes create the same file',
			'exactly one',
			{ create: () => [join(folder, 'created-0000')] },
			'1 of 200 files were created by several',
		],
		[
			'shows others an old content',
			'opens the file reads',
			{ append: () => true, read: () => '0\n' },
			'after line 1 was written, 1 lines were read',
		],
		['lists an old state', 'in the list', { create: () => [] }, 'file 1 was not in it'],
		[
			'loses the file for a moment',
			'replaced by a rename',
			{ replace: () => true, readOften: () => ['ENOENT'] },
			'a process has read 6 characters (ENOENT)',
		],
		[
			'has other inodes for each process',
			'inode',
			{ identify: (member: number) => `${member} 1 2 3` },
			'0 1 2 3 and 1 1 2 3',
		],
		['keeps the name of what was removed', 'seen to be gone', { hasName: () => true }, 'it still has a name'],
	])('%s', async (_what, name, reports, seen) => {
		expect(await tryWith(name, reports)).toBe(seen);
	});

	it.each([
		['exactly one', 'create'],
		['replaced by a rename', 'readOften'],
		['replaced by a rename', 'replace'],
	])('waits for all processes when one fails: %s, %s', async (name, failing) => {
		let calls = 0;
		let ended = 0;
		const act = async (what: string, member: number): Promise<unknown> => {
			const isFailing =
				what === failing && (failing !== 'create' || member === 0) && (failing !== 'replace' || ended > 0);
			calls++;
			if (!isFailing) await new Promise(setImmediate);
			ended++;
			if (isFailing) throw new Error('no space');
			return [];
		};
		const reports = Object.fromEntries(
			['create', 'replace', 'readOften'].map((what) => [what, async (member: number) => await act(what, member)]),
		);
		await expect(tryWith(name, reports)).rejects.toThrow('no space');
		expect(ended).toBe(calls);
	});

	it('creates a file for nobody', () => {
		expect(describeWinners(['a', 'b'], ['a'])).toBe('1 of 2 files were created by none');
	});
});
