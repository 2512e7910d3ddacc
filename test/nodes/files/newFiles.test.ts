import { mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { toItems } from '../../../nodes/Masv/shownNewFiles';
import { isUnmounted, plannedSource } from '../../../nodes/Masv/files/newFiles';

/** As a ledger has it. */
const file = {
	...{ location: '/media/a.mov', path: '', name: 'a.mov', bytes: 7, device: '1', inode: '2', sum: null },
	...{ modified: '9000000000000000000000', changed: '1' },
};

describe('a file whose time is later than any date', () => {
	it('is sent with the last one', () => {
		expect(plannedSource(file).modifiedAt).toEqual(new Date(8.64e15));
	});

	it('is shown with the last one that MASV takes', () => {
		const none = { sent: [], failed: [], marked: 0, moved: 0, unchanged: 0, warnings: [], ledger: undefined };
		const done = { ...none, waiting: [file], failure: undefined };
		const [item] = toItems(done, [], { isShown: true, stopAtFirst: true });
		expect(item).toMatchObject({ json: { waiting: [{ modified_at: '9999-12-31T23:59:59.999Z' }] } });
	});
});

describe('a file that is not listed any more', () => {
	let folder: string;
	beforeEach(async () => (folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-new-')))));
	afterEach(async () => await rm(folder, { recursive: true }));

	it('is on a disk that is not mounted if an empty folder of another disk is left of its path', async () => {
		const missing = { ...file, location: join(folder, 'day', 'a.mov'), device: 'another' };
		expect(await isUnmounted(missing, new Set(['yet another']))).toBe(true);
		await writeFile(join(folder, 'b.mov'), '');
		expect(await isUnmounted(missing, new Set())).toBe(false);
	});

	it('is gone if that disk is one on which files are listed: a share has another number after it was mounted again', async () => {
		const missing = { ...file, location: join(folder, 'day', 'a.mov'), device: 'another' };
		const mounted = String((await stat(folder, { bigint: true })).dev);
		expect(await isUnmounted(missing, new Set([mounted]))).toBe(false);
	});
});
