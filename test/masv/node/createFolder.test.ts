import type fs from 'node:fs';
import { mkdirSync } from 'node:fs';
import type fsPromises from 'node:fs/promises';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createFolder, createOwnFolder, createOwnFolderSync } from '../../../masv/node/createFolder';
import { diskTarget } from '../../../masv/node/diskTarget';
import { failureOf } from '../../support/failureOf';

jest.mock('node:fs', () => {
	const all = jest.requireActual<typeof fs>('node:fs');
	return { ...all, mkdirSync: jest.fn(all.mkdirSync) };
});
jest.mock('node:fs/promises', () => {
	const all = jest.requireActual<typeof fsPromises>('node:fs/promises');
	return { ...all, mkdir: jest.fn(all.mkdir) };
});

const actual = jest.requireActual<typeof fs>('node:fs');

let base: string;

beforeEach(async () => {
	base = await mkdtemp(join(tmpdir(), 'masv-create-'));
});

afterEach(async () => {
	jest.mocked(mkdir).mockImplementation(actual.promises.mkdir);
	jest.mocked(mkdirSync).mockImplementation(actual.mkdirSync);
	await rm(base, { recursive: true, force: true });
});

/** File systems refuse it. */
const tooLong = 'x'.repeat(300);

const ways: Array<[name: string, create: (path: string) => Promise<void>]> = [
	['a folder', createFolder],
	['a folder of our own', createOwnFolder],
	['a folder of our own, at once', async (path) => await Promise.resolve(path).then(createOwnFolderSync)],
];

describe.each(ways)('%s that is created', (name, create) => {
	it('may exist, or lack those above it', async () => {
		const path = join(base, 'a', 'b');
		await create(path);
		await create(path);
		const { mode } = await stat(path);
		if (name !== 'a folder') expect(mode & 0o777).toBe(0o700);
	});

	it.each([tooLong, join(tooLong, 'below'), join('a', tooLong, 'below', 'it')])(
		'fails with the error of the system',
		async (path) => {
			await mkdir(join(base, 'a'));
			expect(await failureOf(create(join(base, path)))).toMatchObject({ code: 'ENAMETOOLONG' });
		},
	);

	it('fails with the error of the system on a disk that can only be read', async () => {
		const refused = (code: string): Error => Object.assign(new Error(code), { code });
		// As Node does, for example with version 24.
		const mkdirOnReadOnlyDisk = (path: unknown, options: unknown): string => {
			if ((options as { recursive?: boolean }).recursive === true) throw refused('ENOENT');
			throw refused(path === join(base, 'a') ? 'EROFS' : 'ENOENT');
		};
		jest.mocked(mkdirSync).mockImplementation(mkdirOnReadOnlyDisk);
		jest
			.mocked(mkdir)
			.mockImplementation(async (path, options) => await Promise.resolve(mkdirOnReadOnlyDisk(path, options)));
		expect(await failureOf(create(join(base, 'a', 'b')))).toMatchObject({ code: 'EROFS' });
	});

	it('fails where a link leads to nothing, and does not say that something exists', async () => {
		await symlink(join(base, 'gone'), join(base, 'link'));
		expect(await failureOf(create(join(base, 'link')))).toMatchObject({ code: 'ENOENT' });
		// Node reports either, depending on whether it waits.
		expect(await failureOf(create(join(base, 'link', 'below')))).toMatchObject({
			code: expect.stringMatching(/^(ENOENT|ENOTDIR)$/) as string,
		});
	});

	it('fails behind a file', async () => {
		await writeFile(join(base, 'file'), '');
		expect(await failureOf(create(join(base, 'file', 'below')))).toMatchObject({ code: 'ENOTDIR' });
	});
});

it('tells why a folder for received files cannot be created', async () => {
	expect(await failureOf(diskTarget(join(base, tooLong), { checkAllowed: () => undefined }))).toMatchObject({
		code: 'file_not_writable',
		message: `"${join(base, tooLong)}" cannot be written: its path is too long for the system (ENAMETOOLONG)`,
	});
});
