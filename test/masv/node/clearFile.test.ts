import {
	chmod,
	link,
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	realpath,
	rm,
	symlink,
	utimes,
	writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ClearOptions, SentFile } from '../../../masv/node/clearFile';
import { clearFile } from '../../../masv/node/clearFile';
import { nodeDisk } from '../../../masv/node/nodeDisk';
import { writeCalls } from '../../../masv/node/writeCalls';
import { MasvInputError } from '../../../masv/errors';

let base: string;
beforeEach(async () => {
	base = await realpath(await mkdtemp(join(tmpdir(), 'masv-clear-')));
	await mkdir(join(base, 'in', 'day'), { recursive: true });
});
afterEach(async () => await rm(base, { recursive: true }));

const anything = () => undefined;

/** Writes a file, which was sent as it is then. */
async function sent(name = 'clip.mov', content = 'content'): Promise<SentFile> {
	const location = join(base, 'in', 'day', name);
	await writeFile(location, content);
	const { stamp } = await nodeDisk.inspect(location);
	return { location, path: 'in/day', name, ...stamp };
}

/** A disk dates what happens within a few milliseconds alike. */
async function nextTick({ changed: before }: SentFile): Promise<void> {
	const probe = join(base, 'probe');
	do await writeFile(probe, '');
	while ((await nodeDisk.inspect(probe)).stamp.changed === before);
	await rm(probe);
}

const clear = async (file: SentFile, more: Partial<ClearOptions> = {}) =>
	await clearFile(file, { moveTo: undefined, checkAllowed: anything, ...more });
const tree = async () =>
	(await readdir(base, { recursive: true, withFileTypes: true }))
		.filter((entry) => !entry.isDirectory())
		.map(({ parentPath, name }) => join(parentPath, name).slice(base.length + 1))
		.sort();
const changed = { reason: 'it has changed since it was sent', isFinal: true };

/** Of a disk on which links fail with this code. Undefined: it has them. */
function callsOf(code: string | undefined): typeof writeCalls {
	if (code === undefined) return writeCalls;
	return { ...writeCalls, linkTo: () => Promise.reject(Object.assign(new Error(code), { code })) };
}

describe('a file that was sent', () => {
	it('is deleted', async () => {
		expect([await clear(await sent()), await tree()]).toEqual([undefined, []]);
	});

	it('is moved under its path in the package, with its content and time', async () => {
		const file = await sent();
		expect(await clear(file, { moveTo: join(base, 'sent', 'here') })).toBeUndefined();
		expect(await tree()).toEqual(['sent/here/in/day/clip.mov']);
		const { stamp } = await nodeDisk.inspect(join(base, 'sent/here/in/day/clip.mov'));
		expect([stamp.modified, stamp.bytes]).toEqual([file.modified, 7]);
	});

	it('gets a shorter name if its own is as long as the disk allows, and is taken', async () => {
		const name = `${'é'.repeat(125)}x.mov`;
		const moveTo = join(base, 'sent');
		await clear(await sent(name), { moveTo });
		expect(await clear(await sent(name), { moveTo })).toBeUndefined();
		expect((await tree()).map((path) => path.split('/').at(-1))).toEqual([`${'é'.repeat(123)} (2).mov`, name]);
	});

	it.each<[string, boolean, boolean, object | undefined]>([
		['its disk is not mounted', true, true, { reason: 'its disk is not mounted', isFinal: false }],
		['somebody has removed all files', false, true, undefined],
		['its disk was mounted again, and somebody has removed it', true, false, undefined],
	])('is missing because %s', async (_, isOnOtherDisk, isEmpty, expected) => {
		const file = await sent();
		await rm(join(base, 'in', 'day'), { recursive: true });
		if (!isEmpty) await writeFile(join(base, 'in', 'other'), '');
		const device = isOnOtherDisk ? `1${file.device}` : file.device;
		expect(await clear({ ...file, device })).toEqual(expected);
	});

	it.each([undefined, 'move'])(
		'is cleared although its share was mounted again, under another number: %s',
		async (after) => {
			const file = await sent();
			const moveTo = after && join(base, 'sent');
			expect(await clear({ ...file, device: `1${file.device}` }, { moveTo })).toBeUndefined();
			expect(await tree()).toEqual(after === undefined ? [] : ['sent/in/day/clip.mov']);
		},
	);

	it('gets its name from the next run if this one is killed when it has reserved the name', async () => {
		const file = await sent();
		const moveTo = join(base, 'sent');
		const killed = () => Promise.reject(new Error('killed'));
		// Nothing is taken back either.
		const remove = () => Promise.resolve();
		await clear(file, { moveTo, calls: { ...writeCalls, rename: killed, remove } });
		expect(await readFile(join(moveTo, 'in/day/clip.mov'), 'utf8')).toBe('content');
		expect(await clear(file, { moveTo })).toBeUndefined();
		expect(await tree()).toEqual(['sent/in/day/clip.mov']);
		expect(await readFile(join(moveTo, 'in/day/clip.mov'), 'utf8')).toBe('content');
	});

	it.each([
		['with', undefined],
		['without', 'EPERM'],
	])('is not lost if a network disk moves it, and reports that it is missing, %s links', async (_, code) => {
		const file = await sent();
		const moveTo = join(base, 'sent');
		const rename: typeof writeCalls.rename = async (from, to) => {
			await writeCalls.rename(from, to);
			// The response was lost, and the request is repeated.
			await writeCalls.rename(from, to);
		};
		const calls = { ...callsOf(code), rename };
		expect(await clear(file, { moveTo, calls })).toMatchObject({ isFinal: false });
		expect(await tree()).toEqual(['sent/in/day/clip.mov']);
		expect(await readFile(join(moveTo, 'in/day/clip.mov'), 'utf8')).toBe('content');
		expect(await clear(file, { moveTo })).toBeUndefined();
	});

	it.each([
		['with', undefined],
		['without', 'EPERM'],
	])('is not lost if such a disk has moved it, and a new file is at its place already, %s links', async (_, code) => {
		const file = await sent();
		const moveTo = join(base, 'sent');
		const rename: typeof writeCalls.rename = async (from, to) => {
			await writeCalls.rename(from, to);
			await writeFile(file.location, 'new');
			throw Object.assign(new Error('ETIMEDOUT'), { code: 'ETIMEDOUT' });
		};
		const calls = { ...callsOf(code), rename };
		expect(await clear(file, { moveTo, calls })).toMatchObject({ isFinal: false });
		expect(await readFile(join(moveTo, 'in/day/clip.mov'), 'utf8')).toBe('content');
	});

	it('leaves no empty file if it is removed while its name is reserved, on a disk without links', async () => {
		const file = await sent();
		const moveTo = join(base, 'sent');
		const rename: typeof writeCalls.rename = async (from, to) => {
			await rm(file.location);
			await writeCalls.rename(from, to);
		};
		await clear(file, { moveTo, calls: { ...callsOf('EPERM'), rename } });
		expect(await tree()).toEqual([]);
	});

	it.each([
		['with', undefined],
		['without', 'EPERM'],
	])('gets another name if its own is taken, and replaces nothing, on a disk %s links', async (_, code) => {
		const calls = callsOf(code);
		for (const content of ['first', 'second', 'third'])
			await clear(await sent('a.mov', content), { moveTo: join(base, 'sent'), calls });
		const names = ['a (2).mov', 'a (3).mov', 'a.mov'].map((name) => `sent/in/day/${name}`);
		expect(await tree()).toEqual(names);
		expect(await Promise.all(names.map(async (name) => await readFile(join(base, name), 'utf8')))).toEqual([
			'second',
			'third',
			'first',
		]);
	});

	it('leaves nothing to do if it is gone, or its folder is', async () => {
		const file = await sent();
		await rm(file.location);
		expect(await clear(file)).toBeUndefined();
		await rm(join(base, 'in'), { recursive: true });
		expect(await clear(file, { moveTo: join(base, 'sent') })).toBeUndefined();
	});

	it.each<[string, (location: string) => Promise<void>]>([
		['was written again', async (location) => await writeFile(location, 'other c')],
		['became longer', async (location) => await writeFile(location, 'content and more')],
		[
			'was written again with its old time',
			async (location) => {
				const { modifiedAt } = await nodeDisk.inspect(location);
				await writeFile(location, 'other c');
				await utimes(location, modifiedAt, modifiedAt);
			},
		],
		['has other permissions', async (location) => await chmod(location, 0o600)],
		['got a second name', async (location) => await link(location, `${location}.2`)],
		[
			'was replaced by a link',
			async (location) => {
				await rm(location);
				await symlink('/etc/passwd', location);
			},
		],
	])('stays if it %s', async (_, change) => {
		const file = await sent();
		await nextTick(file);
		await change(file.location);
		const before = await tree();
		expect(await clear(file)).toEqual(changed);
		expect(await clear(file, { moveTo: join(base, 'sent') })).toEqual(changed);
		expect(await tree()).toEqual(before);
	});

	it('is not searched for through a link in its path', async () => {
		const file = await sent();
		await rm(join(base, 'in', 'day'), { recursive: true });
		await mkdir(join(base, 'elsewhere'));
		await writeFile(join(base, 'elsewhere', 'clip.mov'), 'content');
		await symlink(join(base, 'elsewhere'), join(base, 'in', 'day'));
		expect(await clear(file)).toMatchObject({ isFinal: false });
		expect(await tree()).toContain('elsewhere/clip.mov');
	});

	it.each(['in/day', 'sent/in', 'sent/in/day/clip.mov'])(
		'stays where n8n does not allow changes in %s',
		async (path) => {
			const file = await sent();
			const checkAllowed = (location: string): void => {
				if (location === join(base, path) || (path === 'in/day' && location === file.location)) {
					throw new MasvInputError('not allowed', { code: 'file_not_allowed', field: 'f' });
				}
			};
			const left = await clear(file, { moveTo: join(base, 'sent'), checkAllowed });
			expect(left).toEqual({ reason: 'not allowed', isFinal: false });
			expect(await tree()).toEqual(['in/day/clip.mov']);
		},
	);

	it.each(['EXDEV', 'EPERM'])(
		'stays, and leaves nothing else, if the other folder is on another disk: %s',
		async (code) => {
			const file = await sent();
			const rename = () => Promise.reject(Object.assign(new Error('EXDEV'), { code: 'EXDEV' }));
			// Without links, too.
			const linkTo = () => Promise.reject(Object.assign(new Error(code), { code }));
			const calls = { ...writeCalls, rename, ...(code === 'EPERM' && { linkTo }) };
			const left = await clear(file, { moveTo: join(base, 'sent'), calls });
			// Two volumes of a container may be on one disk.
			expect(left).toEqual({ reason: 'the folder for sent files is on another disk or volume', isFinal: false });
			expect(await tree()).toEqual(['in/day/clip.mov']);
		},
	);

	it('stays, with the reason, if the disk does not allow it', async () => {
		const file = await sent();
		const remove = () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
		expect(await clear(file, { calls: { ...writeCalls, remove } })).toEqual({
			reason: 'it cannot be deleted: permission denied (EACCES)',
			isFinal: false,
		});
	});

	it('stays if the other folder cannot be written, which the reason names', async () => {
		const file = await sent();
		const moveTo = join(base, 'sent');
		const makeFolder = () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' }));
		expect(await clear(file, { moveTo, calls: { ...writeCalls, makeFolder } })).toEqual({
			reason: `it cannot be moved to "${moveTo}": the disk can only be read (EROFS)`,
			isFinal: false,
		});
	});
});
