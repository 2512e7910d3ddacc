import { MasvTransferError } from '../../../masv/errors';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { FileStamp } from '../../../masv/transfer/source';
import { checkUnchanged, compareStamps } from '../../../masv/transfer/unchanged';
import { failureOf } from '../../support/failureOf';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const stamp: FileStamp = {
	bytes: 7,
	modified: '1767323045678000000',
	changed: '1767323045678000000',
	device: '42',
	inode: '18446744073709551615',
};

describe('compareStamps', () => {
	it.each<[string, Partial<FileStamp>]>([
		['same', {}],
		['unsure', { changed: '1767323045678000001' }],
		['unsure', { device: '43' }],
		['unsure', { inode: '18446744073709551614' }],
		['modified', { modified: '1767323045678000001' }],
		['modified', { modified: '1767323045678000001', inode: '1' }],
		['resized', { bytes: 8 }],
		['resized', { bytes: 8, modified: '1', changed: '1', device: '1', inode: '1' }],
	])('is %s if this is different now: %j', (expected, change) => {
		expect(compareStamps(stamp, { ...stamp, ...change })).toBe(expected);
	});
});

describe('checkUnchanged', () => {
	const check = async (change: Partial<FileStamp>) => {
		const source = bufferSource(Buffer.alloc(7), { name: 'a', path: 'b', modifiedAt, stamp });
		const look = () => Promise.resolve({ ...stamp, ...change });
		return await checkUnchanged(source, { ...(await source.open()), look });
	};

	it.each<['same' | 'unsure', Partial<FileStamp>]>([
		['same', {}],
		['unsure', { inode: '1' }],
	])('leaves it to the caller what %s means for %j', async (expected, change) => {
		expect(await check(change)).toBe(expected);
	});

	it.each<[Partial<FileStamp>, string]>([
		[{ bytes: 8 }, 'its size changed from 7 to 8 bytes'],
		[{ modified: '1767323045678000001' }, 'its modification time changed'],
	])('refuses %j', async (change, how) => {
		const error = await failureOf(check(change));
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error.message).toBe(`"b/a" changed during the upload: ${how}`);
	});

	it('compares only the size of content that has no stamp', async () => {
		const source = bufferSource(Buffer.alloc(7), { name: 'a', path: 'b', modifiedAt });
		const withLook = async (now: FileStamp) => ({ ...(await source.open()), look: () => Promise.resolve(now) });
		expect(await checkUnchanged(source, await withLook({ ...stamp, modified: '1' }))).toBe('same');
		const error = await failureOf(checkUnchanged(source, await withLook({ ...stamp, bytes: 6 })));
		expect(error).toMatchObject({ code: 'file_changed' });
	});
});
