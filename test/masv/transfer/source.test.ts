import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MasvInputError, MasvTransferError } from '../../../masv/errors';
import type { RangeSource } from '../../../masv/transfer/source';
import { failureOf } from '../../support/failureOf';
import { diskSource } from '../../../masv/node/diskSource';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { checkDistinct, checkFileName, labelOf, toPackagePath } from '../../../masv/transfer/places';
import { checkUnchanged } from '../../../masv/transfer/unchanged';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');

describe('sources', () => {
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'masv-source-'));
		await writeFile(join(folder, 'a'), 'content');
	});
	afterAll(async () => await rm(folder, { recursive: true }));

	const disk = () => diskSource(join(folder, 'a'), { name: 'a', path: '', bytes: 7, modifiedAt });
	const buffer = () => bufferSource(Buffer.from('content'), { name: 'a', path: '', modifiedAt });

	it.each<[string, () => RangeSource]>([
		['a file', disk],
		['a buffer', buffer],
	])('%s can be read at any place, up to its end', async (_, make) => {
		const reader = await make().open();
		const into = new Uint8Array(4);
		expect([await reader.read(into, 3), Buffer.from(into).toString()]).toEqual([4, 'tent']);
		expect([await reader.read(into, 6), await reader.read(into, 7), await reader.read(into, 99)]).toEqual([1, 0, 0]);
		expect(reader.look().bytes).toBe(7);
		reader.close();
	});
});

describe('checkUnchanged', () => {
	const check = async (now: { bytes: number; modifiedMs: number }) => {
		const source = bufferSource(Buffer.alloc(7), { name: 'a', path: 'b', modifiedAt });
		checkUnchanged(source, { ...(await source.open()), look: () => now });
	};

	it('is content with the same size and time', async () => {
		await check({ bytes: 7, modifiedMs: modifiedAt.getTime() });
	});

	it.each([
		[{ bytes: 8, modifiedMs: modifiedAt.getTime() }, 'its size changed from 7 to 8 bytes'],
		[{ bytes: 7, modifiedMs: modifiedAt.getTime() + 1 }, 'its modification time changed'],
	])('refuses %j', async (now, how) => {
		const error = await failureOf(check(now));
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error.message).toBe(`"b/a" changed during the upload: ${how}`);
	});
});

describe('toPackagePath', () => {
	it.each([
		['', ''],
		['/', ''],
		['/day 1//camera A/', 'day 1/camera A'],
		['day 1\\camera A', 'day 1/camera A'],
		['./a/./b', 'a/b'],
		['..a/b..', '..a/b..'],
		['Größe/映画', 'Größe/映画'],
	])('makes %j to %j', (text, path) => expect(toPackagePath(text, 'Folder')).toBe(path));

	it.each(['..', 'a/../b', 'a\\..', 'a\nb', 'a\u0000b'])('refuses %j', (text) => {
		expect(() => toPackagePath(text, 'Folder')).toThrow(MasvInputError);
	});
});

describe('checkFileName', () => {
	it.each(['a', '.hidden', '...', ' a ', 'Größe 映画 🎬.mov'])('takes %j as it is', (name) => {
		expect(checkFileName(name, 'Files')).toBe(name);
	});

	it.each(['', '.', '..', 'a/b', 'a\\b', 'a\nb', 'a\u0000'])('refuses %j', (name) => {
		expect(() => checkFileName(name, 'Files')).toThrow(MasvInputError);
	});
});

describe('checkDistinct', () => {
	const at = (path: string, name: string, origin?: string) => ({ path, name, origin });

	it('takes the same name in different folders', () => {
		expect(() => checkDistinct([at('', 'a'), at('b', 'a'), at('', 'A')])).not.toThrow();
	});

	it('names the place and where both files come from', () => {
		expect(() => checkDistinct([at('b', 'a', 'Item 1'), at('b', 'a', 'Item 2')])).toThrow(
			'Two files map to the same path "b/a" in the package (Item 1 and Item 2)',
		);
	});

	it('sees through places that are written differently', () => {
		expect(() => checkDistinct([at('', 'a'), at('', 'a')])).toThrow(
			`Two files map to the same path "${labelOf(at('', 'a'))}"`,
		);
	});
});
