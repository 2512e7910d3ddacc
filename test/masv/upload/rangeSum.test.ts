import { nodeHashing } from '../../../masv/node/nodeHashing';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { FileStamp, RangeReader, RangeSource } from '../../../masv/transfer/source';
import { createFileSums } from '../../../masv/upload/fileSums';
import { createRangeSum } from '../../../masv/upload/rangeSum';
import { failureOf } from '../../support/failureOf';
import { patternBytes } from '../../support/testSources';

const mebibyte = 1024 * 1024;
const content = patternBytes(20 * mebibyte + 17, 3);
const md5Of = (bytes: Uint8Array): string => {
	const md5 = nodeHashing.md5();
	md5.update(bytes);
	return md5.hex();
};

/** A file that counts what is read of it, and how often it is open. */
function countingFile(change: (reader: RangeReader) => Partial<RangeReader> = () => ({})) {
	const source = bufferSource(content, { name: 'clip.mov', path: '', modifiedAt: new Date(0) });
	const count = { bytes: 0, open: 0 };
	const open = async (): Promise<RangeReader> => {
		const reader = await source.open();
		count.open++;
		const read = async (into: Uint8Array, position: number): Promise<number> => {
			const got = await reader.read(into, position);
			count.bytes += got;
			return got;
		};
		return { ...reader, read, close: () => void count.open--, ...change({ ...reader, read }) };
	};
	return { file: { ...source, open } satisfies RangeSource, count };
}

/** Reads a range as an upload does it. */
async function readRange(reader: RangeReader, start: number, end: number, pieceBytes = 512 * 1024): Promise<void> {
	for (let at = start; at < end; at += pieceBytes) {
		await reader.read(new Uint8Array(Math.min(pieceBytes, end - at)), at);
	}
}

describe('the MD5 of a whole file', () => {
	it('keeps the file open until it is let go', async () => {
		const { file, count } = countingFile();
		const sums = createFileSums(nodeHashing);
		const followed = sums.follow(file) as RangeSource;
		(await followed.open()).close();
		expect(count.open).toBe(1);
		sums.release(followed);
		expect(count.open).toBe(0);
	});

	it('needs no reading of its own if the file is read in order', async () => {
		const { file, count } = countingFile();
		const sum = createRangeSum(file, nodeHashing);
		const reader = await sum.source.open();
		await readRange(reader, 0, content.length);
		reader.close();
		expect(await sum.finish()).toBe(md5Of(content));
		expect(count.bytes).toBe(content.length);
	});

	it('does not count twice what a failed attempt has read already', async () => {
		const { file, count } = countingFile();
		const sum = createRangeSum(file, nodeHashing);
		const reader = await sum.source.open();
		await readRange(reader, 0, 3 * mebibyte);
		await readRange(reader, 0, content.length, 700_001);
		reader.close();
		expect(await sum.finish()).toBe(md5Of(content));
		expect(count.bytes).toBe(content.length + 3 * mebibyte);
	});

	it('follows parts that are read in parallel, and reads no byte more than once itself', async () => {
		const { file, count } = countingFile();
		const sum = createRangeSum(file, nodeHashing);
		const reader = await sum.source.open();
		const partBytes = 5 * mebibyte;
		const starts = [0, 1, 2, 3, 4].map((index) => index * partBytes);
		await Promise.all(
			starts.map(async (start) => await readRange(reader, start, Math.min(start + partBytes, content.length))),
		);
		const read = count.bytes;
		reader.close();
		expect(await sum.finish()).toBe(md5Of(content));
		expect(count.bytes).toBeLessThanOrEqual(2 * content.length);
		// Most of it was hashed while the parts were read.
		expect(count.bytes - read).toBeLessThan(content.length / 2);
	});

	it('reads what an earlier run has stored, once', async () => {
		const { file, count } = countingFile();
		const sum = createRangeSum(file, nodeHashing);
		const reader = await sum.source.open();
		await readRange(reader, 15 * mebibyte, content.length);
		reader.close();
		expect(await sum.finish()).toBe(md5Of(content));
		expect(count.bytes).toBeLessThanOrEqual(content.length + (content.length - 15 * mebibyte));
	});

	it('reads a file that nobody has read, and an empty one not at all', async () => {
		const { file, count } = countingFile();
		const sum = createRangeSum(file, nodeHashing);
		expect(await sum.finish()).toBe(md5Of(content));
		expect(await sum.finish()).toBe(md5Of(content));
		sum.release();
		expect(count).toEqual({ bytes: content.length, open: 0 });
		const empty = createRangeSum(bufferSource(new Uint8Array(0), file), nodeHashing);
		expect(await empty.finish()).toBe(md5Of(new Uint8Array(0)));
	});

	it('closes the file when it is released, also while it is being followed', async () => {
		const { file, count } = countingFile();
		const sum = createRangeSum(file, nodeHashing);
		const [one, two] = [await sum.source.open(), await sum.source.open()];
		await one.read(new Uint8Array(1), 4 * mebibyte);
		one.close();
		two.close();
		expect(count.open).toBe(1);
		sum.release();
		expect(count.open).toBe(0);
	});

	it('is of one state: it is computed again if the file was touched meanwhile, and is an error if it was modified', async () => {
		let stamp: FileStamp = { bytes: content.length, modified: '1', changed: '1', device: '0', inode: '0' };
		let bytes: Uint8Array = content;
		const look = (): Promise<FileStamp> => Promise.resolve(stamp);
		const read = (into: Uint8Array, position: number): Promise<number> => {
			const piece = bytes.subarray(position, position + into.length);
			into.set(piece);
			return Promise.resolve(piece.length);
		};
		const { file } = countingFile(() => ({ look, read }));
		const touched = createRangeSum(file, nodeHashing);
		await readRange(await touched.source.open(), 0, content.length);
		bytes = patternBytes(content.length, 9);
		stamp = { ...stamp, changed: '2' };
		expect(await touched.finish()).toBe(md5Of(bytes));

		const modified = createRangeSum(file, nodeHashing);
		await readRange(await modified.source.open(), 0, content.length);
		stamp = { ...stamp, modified: '2' };
		expect(await failureOf(modified.finish())).toMatchObject({ code: 'file_changed' });
	});

	it('is looked at again when it is asked for again, and is of the file that was opened last', async () => {
		const stampOf = (inode: string, changed: string): FileStamp => ({
			...{ bytes: content.length, modified: '1', changed, device: '0', inode },
		});
		let stamp = stampOf('1', '1');
		const other = patternBytes(content.length, 9);
		const { file, count } = countingFile(() => {
			const { inode } = stamp;
			return {
				look: () => Promise.resolve(stamp.inode === inode ? stamp : stampOf(inode, '1')),
				read: (into, position) => {
					const piece = (inode === '1' ? content : other).subarray(position, position + into.length);
					into.set(piece);
					count.bytes += piece.length;
					return Promise.resolve(piece.length);
				},
			};
		});
		const sum = createRangeSum(file, nodeHashing);
		(await sum.source.open()).close();
		expect([await sum.finish(), await sum.finish()]).toEqual([md5Of(content), md5Of(content)]);
		expect(count.bytes).toBe(content.length);
		stamp = stampOf('1', '2');
		expect(await sum.finish()).toBe(md5Of(content));
		expect(count.bytes).toBe(2 * content.length);
		stamp = stampOf('2', '1');
		expect(await sum.finish()).toBe(md5Of(content));
		(await sum.source.open()).close();
		expect(await sum.finish()).toBe(md5Of(other));
		expect(count.open).toBe(1);
		sum.release();
		expect(count.open).toBe(0);
	});

	it('is given up for a file that is touched again and again', async () => {
		let touches = 0;
		const look = (): Promise<FileStamp> =>
			Promise.resolve({ bytes: content.length, modified: '1', changed: `${++touches}`, device: '0', inode: '0' });
		const { file, count } = countingFile(() => ({ look }));
		expect(await failureOf(createRangeSum(file, nodeHashing).finish())).toMatchObject({ code: 'file_changed' });
		expect(count.bytes).toBe(3 * content.length);
	});

	it('names the file if what the upload has opened cannot be read to the end', async () => {
		const read = async () => await Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
		const sum = createRangeSum(countingFile(() => ({ read })).file, nodeHashing);
		(await sum.source.open()).close();
		expect(await failureOf(sum.finish())).toMatchObject({
			code: 'file_not_readable',
			message: '"clip.mov" cannot be read: the disk reported an error (EIO)',
		});
	});

	it('leaves an error to the upload, which reads the same', async () => {
		let isBroken = true;
		const { file } = countingFile((reader) => ({
			read: async (into, position) => {
				if (isBroken && position < mebibyte) throw new Error('EIO');
				return await reader.read(into, position);
			},
		}));
		const sum = createRangeSum(file, nodeHashing);
		const reader = await sum.source.open();
		await readRange(reader, 4 * mebibyte, content.length);
		isBroken = false;
		expect(await sum.finish()).toBe(md5Of(content));
	});
});
