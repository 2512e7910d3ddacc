import { mkdir, mkdtemp, realpath, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { FoldersInUse } from '../../../masv/node/foldersInUse';
import { localCalls } from '../../../masv/node/localCalls';
import type { OpenFolder } from '../../../masv/node/openFolder';
import { openFolder } from '../../../masv/node/openFolder';
import type { WriteCalls } from '../../../masv/node/writeCalls';
import { writeCalls } from '../../../masv/node/writeCalls';
import { failureOf } from '../../support/failureOf';

let base: string;
let root: OpenFolder;
/** Descriptors, as long as they are open. */
let opened: Set<number>;
beforeEach(async () => {
	base = await realpath(await mkdtemp(join(tmpdir(), 'masv-in-use-')));
	await mkdir(at('in', 'a', 'b'), { recursive: true });
	root = await openFolder(at('in'), writeCalls);
	opened = new Set();
});
afterEach(async () => {
	root.close();
	await rm(base, { recursive: true });
});

const at = (...names: string[]) => join(base, ...names);

const counting: WriteCalls = {
	...writeCalls,
	open: async (path, flags) => {
		const file = await writeCalls.open(path, flags);
		opened.add(file);
		return file;
	},
	close: (file) => {
		expect(opened.delete(file)).toBe(true);
		// At once, so that the next file that is opened has the same descriptor.
		localCalls.close(file);
	},
};

/** @param files the calls for files */
function foldersWith(files: WriteCalls = localCalls) {
	const folders = new FoldersInUse(root, async () => await Promise.resolve(files));
	const anything = () => undefined;
	return async (checkAllowed: (location: string) => void = anything) =>
		await folders.open(['a', 'b'], { create: true, checkAllowed }, counting);
}

it('shares a folder until nobody uses it any more', async () => {
	const open = foldersWith();
	const first = await open();
	const others = [await open(), await open()];
	expect(others.map(({ folder }) => folder)).toEqual([first.folder, first.folder]);
	expect(opened.size).toBe(1);
	first.close();
	expect((await open()).folder).toBe(first.folder);
	for (const other of others) other.close();
	expect(opened.size).toBe(1);
});

it('opens it anew after that', async () => {
	const open = foldersWith();
	const first = await open();
	first.close();
	expect(opened.size).toBe(0);
	// What has its descriptor now is at the same path.
	const others = [await openFolder(at('in', 'a', 'b'), counting), await openFolder(at('in', 'a', 'b'), counting)];
	expect(first.folder.isInPlace()).toBe(true);
	const second = await open();
	expect(second.folder).not.toBe(first.folder);
	for (const other of others) other.close();
	expect((await open()).folder).toBe(second.folder);
});

it('shares none on a disk that may be forgotten by its server', async () => {
	const open = foldersWith(writeCalls);
	const [first, second] = [await open(), await open()];
	expect(second.folder).not.toBe(first.folder);
	first.close();
	second.close();
	expect(opened.size).toBe(0);
});

it('shares none that was moved, and no link that has its name', async () => {
	const open = foldersWith();
	const first = await open();
	await rename(at('in', 'a'), at('in', 'moved'));
	await symlink(at('in', 'moved'), at('in', 'a'));
	expect(await failureOf(open())).toMatchObject({ code: 'ENOTDIR' });
	await rm(at('in', 'a'));
	const second = await open();
	expect(second.folder).not.toBe(first.folder);
	// What is open is the new one, also once nobody uses the former.
	first.close();
	expect((await open()).folder).toBe(second.folder);
	expect(opened.size).toBe(1);
});

it('asks for each file whether each location is allowed', async () => {
	const open = foldersWith();
	await open();
	const asked: string[] = [];
	await open((location) => void asked.push(location));
	expect(asked).toEqual([at('in', 'a'), at('in', 'a', 'b')]);
	const refusal = new Error('not allowed');
	const refuse = (location: string) => {
		if (location === at('in', 'a', 'b')) throw refusal;
	};
	expect(await failureOf(open(refuse))).toBe(refusal);
});

it('closes a folder whose disk cannot be asked', async () => {
	const broken = new Error('broken');
	const folders = new FoldersInUse(root, () => Promise.reject(broken));
	const options = { create: false, checkAllowed: () => undefined };
	expect(await failureOf(folders.open(['a', 'b'], options, counting))).toBe(broken);
	expect(opened.size).toBe(0);
});
