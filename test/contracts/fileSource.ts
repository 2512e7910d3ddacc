import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { appendFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { FileStamp, RangeReader, RangeSource, StreamSource } from '../../masv/transfer/source';
import { compareStamps } from '../../masv/transfer/unchanged';
import { failureOf } from '../support/failureOf';
import { randomOf } from '../support/random';
import { patternBytes } from '../support/testSources';

export interface RangeSourceUnderTest {
	source: RangeSource;
	/** Of the file behind it, with no link in its path. Absent: it is in memory, where nothing changes or is missing. */
	location?: string;
}

/**
 * What every source that can be read at any place must do (port `masv/transfer/source.ts`).
 * @param create a source of the given bytes
 */
export function describeRangeSource(
	name: string,
	create: (content: Buffer) => RangeSourceUnderTest | Promise<RangeSourceUnderTest>,
	{ isFile }: { isFile: boolean },
): void {
	describe(name, () => {
		const sourceOf = async (content: Buffer) => (await create(content)).source;
		const small = Buffer.from('content');

		it('can be read at any place, up to its end', async () => {
			const reader = await (await sourceOf(small)).open();
			const into = new Uint8Array(4);
			expect([await reader.read(into, 3), Buffer.from(into).toString()]).toEqual([4, 'tent']);
			expect([await reader.read(into, 6), await reader.read(into, 7), await reader.read(into, 99)]).toEqual([1, 0, 0]);
			expect((await reader.look()).bytes).toBe(7);
			reader.close();
		});

		it('says what it is before it is read, and the same while it is read', async () => {
			const source = await sourceOf(small);
			expect([source.kind, source.bytes, source.modifiedAt]).toEqual(['range', 7, expect.any(Date)]);
			const reader = await source.open();
			const now = await reader.look();
			if (isFile) expect(now).toEqual(source.stamp);
			expect([now.bytes, millisecondsOf(now.modified)]).toEqual([7, source.modifiedAt.getTime()]);
			reader.close();
		});

		it('can be empty', async () => {
			const source = await sourceOf(Buffer.alloc(0));
			expect(source.bytes).toBe(0);
			const reader = await source.open();
			expect([await reader.read(new Uint8Array(1), 0), (await reader.look()).bytes]).toEqual([0, 0]);
			reader.close();
		});

		it('writes nothing but what it has read, and only where it was told to', async () => {
			const reader = await (await sourceOf(small)).open();
			const whole = Buffer.from('________');
			expect(await reader.read(whole.subarray(2, 6), 5)).toBe(2);
			expect(whole.toString()).toBe('__nt____');
			expect(await reader.read(whole.subarray(0, 0), 0)).toBe(0);
			expect(whole.toString()).toBe('__nt____');
			reader.close();
		});

		// The sizes lie on both sides of the limit for files that are read ahead.
		it.each([1_000, 300_000])('gives %i bytes to several readers at once, in any order', async (length) => {
			const random = randomOf(length);
			const content = patternBytes(length);
			const source = await sourceOf(content);
			const readers = await Promise.all([source.open(), source.open(), source.open()]);
			const same = await Promise.all(
				Array.from({ length: 60 }, async (_, turn) => {
					const start = random(0, length);
					const wanted = random(0, length - start);
					const got = await readFrom(readers[turn % readers.length] as RangeReader, start, wanted);
					return got.equals(content.subarray(start, start + wanted));
				}),
			);
			expect(same).toEqual(same.map(() => true));
			for (const reader of readers) reader.close();
		});

		it('does not end for one reader when another is closed', async () => {
			const source = await sourceOf(small);
			const [a, b] = [await source.open(), await source.open()];
			a.close();
			expect((await readFrom(b, 0, 7)).toString()).toBe('content');
			b.close();
		});

		it('does not break a read that is running when it is closed, and may be closed twice', async () => {
			const reader = await (await sourceOf(small)).open();
			const into = new Uint8Array(7);
			const reading = reader.read(into, 0);
			reader.close();
			reader.close();
			expect([await reading, Buffer.from(into).toString()]).toEqual([7, 'content']);
		});

		it('can be opened again', async () => {
			const source = await sourceOf(small);
			for (let turn = 0; turn < 3; turn++) {
				const reader = await source.open();
				expect((await readFrom(reader, 0, 7)).toString()).toBe('content');
				reader.close();
			}
		});

		if (!isFile) return;

		const createFile = async (content: Buffer) => (await create(content)) as Required<RangeSourceUnderTest>;

		it('sees that the file has changed since it was opened', async () => {
			const { source, location } = await createFile(small);
			const reader = await source.open();
			await appendFile(location, ' and more');
			expect((await reader.look()).bytes).toBe(16);
			reader.close();
		});

		it('sees that the file was modified since it was opened, even if its size is the same', async () => {
			const { source, location } = await createFile(small);
			const reader = await source.open();
			await utimes(location, 1_000, 1_000);
			expect((await reader.look()).modified).toBe('1000000000000');
			reader.close();
		});

		it('says where it is and what it was like, to the nanosecond', async () => {
			const { source, location } = await createFile(small);
			const { mtimeNs, ctimeNs, dev, ino } = await stat(location, { bigint: true });
			const [modified, changed, device, inode] = [mtimeNs, ctimeNs, dev, ino].map(String);
			// When it was created is told only if the clock of the disk has ticked since.
			const { born: _, ...stamp } = source.stamp as FileStamp;
			expect([source.location, stamp]).toEqual([location, { bytes: 7, modified, changed, device, inode }]);
		});

		it('sees that a program has changed the content and set the time back', async () => {
			const { source, location } = await createFile(small);
			const reader = await source.open();
			const { atime, mtime } = await stat(location);
			await writeFile(location, 'CONTENT');
			await utimes(location, atime, mtime);
			const { stamp } = source as { stamp: FileStamp };
			expect(compareStamps(stamp, { ...(await reader.look()), modified: stamp.modified })).toBe('unsure');
			reader.close();
		});

		it.each(['file', 'folder'])('is not opened through a link in the place of its %s', async (what) => {
			const { source, location } = await createFile(small);
			const place = what === 'file' ? location : dirname(location);
			await rename(place, `${place} moved`);
			try {
				await symlink(`${place} moved`, place);
				expect(await failureOf(source.open())).toMatchObject({ code: 'ELOOP' });
			} finally {
				await rm(place);
				await rename(`${place} moved`, place);
			}
		});

		it('is not opened as a pipe, and does not wait for its other end', async () => {
			const { source, location } = await createFile(small);
			await rm(location);
			execFileSync('mkfifo', [location]);
			expect(await failureOf(source.open())).toMatchObject({ code: 'ENXIO' });
			await rm(location);
		});

		it('fails with the code of the system when the file is missing', async () => {
			const { source, location } = await createFile(small);
			await rm(location);
			expect(await failureOf(source.open())).toMatchObject({ code: 'ENOENT' });
		});

		// Only Linux says which file a descriptor belongs to.
		(existsSync('/proc/self/fd') ? it : it.skip)('holds one descriptor from open to close', async () => {
			const { source, location } = await createFile(small);
			await closingEnds(location);
			const readers = await Promise.all([source.open(), source.open()]);
			expect(descriptorsOf(location)).toBe(2);
			for (const reader of readers) reader.close();
			await closingEnds(location);
		});
	});
}

export interface StreamSourceUnderTest {
	source: StreamSource;
	/** Whether what `open` gave has been let go of. Default: it gives nothing more. */
	isEnded?: (pieces: AsyncIterable<Uint8Array>) => boolean;
}

/**
 * What every source that is read once, from its beginning, must do (port `masv/transfer/source.ts`).
 * @param create a source of the given bytes
 */
export function describeStreamSource(
	name: string,
	create: (content: Buffer) => StreamSourceUnderTest | Promise<StreamSourceUnderTest>,
): void {
	describe(name, () => {
		it.each([1, 7, 1_000, 300_000])('gives %i bytes whole and in their order', async (length) => {
			const content = patternBytes(length);
			const { source } = await create(content);
			expect([source.kind, source.bytes]).toEqual(['stream', length]);
			const pieces: Uint8Array[] = [];
			for await (const piece of (await source.open()).pieces) {
				expect(piece).toBeInstanceOf(Uint8Array);
				pieces.push(piece);
			}
			expect(Buffer.concat(pieces).equals(content)).toBe(true);
		});

		it('can be empty', async () => {
			const { source } = await create(Buffer.alloc(0));
			let bytes = 0;
			for await (const piece of (await source.open()).pieces) bytes += piece.length;
			expect([source.bytes, bytes]).toEqual([0, 0]);
		});

		it('is ended by who stops reading', async () => {
			const { source, isEnded = givesNothingMore } = await create(patternBytes(300_000));
			const { pieces } = await source.open();
			for await (const _ of pieces) break;
			expect(await isEnded(pieces)).toBe(true);
		});

		it('is ended when it was read to its end', async () => {
			const { source, isEnded = givesNothingMore } = await create(patternBytes(1_000));
			const { pieces } = await source.open();
			for await (const _ of pieces);
			expect(await isEnded(pieces)).toBe(true);
		});

		it('is not ended by itself', async () => {
			const { source, isEnded = givesNothingMore } = await create(patternBytes(1_000));
			const { pieces } = await source.open();
			expect(await isEnded(pieces)).toBe(false);
		});

		it.each([
			['before it is read', 0],
			['after its first piece', 1],
		])('is ended by closing it %s, and closing it again does no harm', async (_, reads) => {
			const { source, isEnded = givesNothingMore } = await create(patternBytes(300_000));
			const { pieces, close } = await source.open();
			const iterator = pieces[Symbol.asyncIterator]();
			for (let read = 0; read < reads; read++) await iterator.next();
			close();
			close();
			expect(await isEnded(pieces)).toBe(true);
		});
	});
}

async function givesNothingMore(pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
	return (await pieces[Symbol.asyncIterator]().next()).done === true;
}

/** @param nanoseconds as decimal text */
function millisecondsOf(nanoseconds: string): number {
	return Number(BigInt(nanoseconds) / 1_000_000n);
}

/** All bytes of a range, however many a read gives at once. */
async function readFrom(reader: RangeReader, start: number, length: number): Promise<Buffer> {
	const into = Buffer.alloc(length);
	for (let filled = 0; filled < length;) {
		const read = await reader.read(into.subarray(filled), start + filled);
		if (read === 0) return into.subarray(0, filled);
		filled += read;
	}
	return into;
}

/** Closing has no promise. The time limit of the test ends this if a descriptor is never closed. */
async function closingEnds(location: string): Promise<void> {
	while (descriptorsOf(location) > 0) await new Promise((resolve) => setImmediate(resolve));
}

function descriptorsOf(location: string): number {
	return readdirSync('/proc/self/fd').filter((descriptor) => {
		try {
			return readlinkSync(`/proc/self/fd/${descriptor}`) === location;
		} catch {
			return false; // The descriptor that the folder itself was read with.
		}
	}).length;
}
