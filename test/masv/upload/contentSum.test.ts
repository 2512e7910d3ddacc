import { createHash } from 'node:crypto';

import { nodeHashing } from '../../../masv/node/nodeHashing';
import { createBufferPool } from '../../../masv/transfer/bufferPool';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { contentSum, isContentSum, readContentSum } from '../../../masv/upload/contentSum';
import type { PartNote } from '../../../masv/upload/partNote';
import { createLimit } from '../../../masv/workers';
import { patternBytes } from '../../support/testSources';

const facts = { name: 'a.mov', path: '', modifiedAt: new Date(0) };
const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function partsOf(content: Buffer, partBytes: number): Buffer[] {
	const count = Math.max(1, Math.ceil(content.length / partBytes));
	return Array.from({ length: count }, (_, index) => content.subarray(index * partBytes, (index + 1) * partBytes));
}

const sumOf = (content: Buffer, partBytes: number, toNote = (md5: string): PartNote => ({ etag: '"x"', md5 })) =>
	contentSum(
		nodeHashing,
		partBytes,
		partsOf(content, partBytes).map((part) => toNote(md5Of(part))),
		false,
	);

async function read(content: Buffer, like: string, signal?: AbortSignal, most = Infinity) {
	const source = bufferSource(content, facts);
	let bytes = 0;
	const reads = {
		limit: createLimit(3),
		buffers: createBufferPool(() => 1_000),
		onRead: (more: number) => void (bytes += more),
	};
	const opened = await source.open();
	const reader = {
		...opened,
		read: async (into: Uint8Array, at: number) => await opened.read(into.subarray(0, most), at),
	};
	const sum = await readContentSum({ hashing: nodeHashing, signal }, source, reader, like, reads);
	return { sum, bytes };
}

describe('the sum of what was sent', () => {
	it.each([0, 1, 999, 5_000, 5_001, 23_456])('is that of the same content, read again: %d bytes', async (bytes) => {
		const content = patternBytes(bytes, 3);
		const sum = sumOf(content, 5_000) as string;
		expect(isContentSum(sum)).toBe(true);
		expect(await read(content, sum)).toEqual({ sum, bytes });
	});

	it('does not depend on how much the disk returns at a time', async () => {
		const content = patternBytes(12_345, 3);
		const sum = sumOf(content, 5_000) as string;
		expect(await read(content, sum, undefined, 77)).toEqual({ sum, bytes: 12_345 });
	});

	it.each([0, 4_999, 5_000, 23_455])('differs if one byte does: %d', async (at) => {
		const content = patternBytes(23_456, 3);
		const sum = sumOf(content, 5_000) as string;
		const other = Buffer.from(content);
		other[at] = (other[at] as number) ^ 1;
		expect((await read(other, sum)).sum).not.toBe(sum);
	});

	it('differs if two parts have changed places, or parts have another size', () => {
		const [a, b] = [patternBytes(5_000, 1), patternBytes(5_000, 2)];
		expect(sumOf(Buffer.concat([a, b]), 5_000)).not.toBe(sumOf(Buffer.concat([b, a]), 5_000));
		expect(sumOf(Buffer.concat([a, b]), 5_000)).not.toBe(sumOf(Buffer.concat([a, b]), 6_000));
	});

	it('is the MD5 of a file with one part', () => {
		const content = patternBytes(4_000, 3);
		expect(sumOf(content, 5_000)).toBe(md5Of(content));
	});

	it('takes the ETag of a part that was not hashed for its MD5, unless ETags are something else', () => {
		const content = patternBytes(12_000, 3);
		const toEtag = (md5: string): PartNote => ({ etag: `"${md5.toUpperCase()}"`, crc32: '00000000' });
		expect(sumOf(content, 5_000, toEtag)).toBe(sumOf(content, 5_000));
		const notes = partsOf(content, 5_000).map((part) => toEtag(md5Of(part)));
		expect(contentSum(nodeHashing, 5_000, notes, true)).toBeUndefined();
	});

	it('is not known if there is only a CRC-32 of some part', () => {
		const notes: PartNote[] = [
			{ etag: '"x"', md5: md5Of(Buffer.from('a')) },
			{ etag: '"x-1"', crc32: '12345678' },
		];
		expect(contentSum(nodeHashing, 5_000, notes, false)).toBeUndefined();
	});

	it('equals nothing if its record was damaged: the file is not read in a billion parts', async () => {
		const content = patternBytes(10_001, 3);
		expect(await read(content, `${md5Of(content).slice(0, 24)}/1`)).toEqual({ sum: '', bytes: 0 });
	});

	it('is not known of a file that has become shorter: it has changed', async () => {
		const source = bufferSource(patternBytes(900, 3), facts);
		let ends = 0;
		const read = async (): Promise<number> => {
			if (++ends > 1) throw new Error('It is read on and on');
			return await Promise.resolve(0);
		};
		const reads = { limit: createLimit(1), buffers: createBufferPool(() => 1_000), onRead: () => undefined };
		const reader = { ...(await source.open()), read };
		const reading = readContentSum({ hashing: nodeHashing, signal: undefined }, source, reader, '0'.repeat(32), reads);
		await expect(reading).rejects.toMatchObject({ code: 'file_changed' });
	});

	it('is not read to the end by a run that is stopped', async () => {
		const content = patternBytes(20_000, 3);
		const stop = new AbortController();
		stop.abort();
		const sum = sumOf(content, 5_000) as string;
		await expect(read(content, sum, stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
	});

	it.each([
		'',
		'A'.repeat(32),
		`${'0'.repeat(24)}/`,
		`${'0'.repeat(24)}/0`,
		`${'0'.repeat(32)}/5`,
		`${'0'.repeat(31)}`,
		5,
		null,
	])('is not %p', (value) => expect(isContentSum(value)).toBe(false));
});
