import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { FileSink, OpenSink } from '../../masv/transfer/sink';
import { failureOf } from '../support/failureOf';
import { randomOf } from '../support/random';
import { patternBytes } from '../support/testSources';

export interface SinkUnderTest {
	sink: FileSink;
	/** Where the file and its partial file are. */
	location: string;
	partial: string;
}

const modifiedAt = new Date('2019-08-07T06:05:04.321Z');

/** What every sink that can be written at any place must do (port `masv/transfer/sink.ts`). */
export function describeFileSink(name: string, create: () => SinkUnderTest | Promise<SinkUnderTest>): void {
	describe(name, () => {
		let tested: SinkUnderTest;
		let opened: OpenSink[];
		beforeEach(async () => {
			tested = await create();
			opened = [];
		});
		afterEach(async () => {
			for (const each of opened) await each.close();
		});
		const open = async (): Promise<OpenSink> => {
			const sink = await tested.sink.open();
			opened.push(sink);
			return sink;
		};
		const write = async (sink: OpenSink, text: string, position = 0) => await sink.write(Buffer.from(text), position);

		it('stores pieces of any size in any order, and the file appears whole', async () => {
			const content = patternBytes(700_001);
			const random = randomOf(7);
			const sink = await open();
			const cuts = [0, ...Array.from({ length: 30 }, () => random(0, content.length)), content.length].sort(
				(a, b) => a - b,
			);
			const pieces = cuts.slice(1).map((end, index) => [cuts[index] ?? 0, end] as const);
			pieces.sort(() => random(0, 3) - 1);
			await Promise.all(pieces.map(async ([start, end]) => await sink.write(content.subarray(start, end), start)));
			expect(await failureOf(stat(tested.location))).toMatchObject({ code: 'ENOENT' });
			expect(await sink.finish({ bytes: content.length, modifiedAt })).toBe(tested.location);
			expect(hashOf(await readFile(tested.location))).toBe(hashOf(content));
		});

		it('leaves nothing but the file, with its modification time', async () => {
			const sink = await open();
			await write(sink, 'content');
			await sink.finish({ bytes: 7, modifiedAt });
			await sink.close();
			expect(await readdir(dirname(tested.location))).not.toContain(tested.partial);
			expect((await stat(tested.location)).mtime).toEqual(modifiedAt);
		});

		it('can be empty, and have an unknown modification time', async () => {
			const sink = await open();
			await sink.finish({ bytes: 0, modifiedAt: undefined });
			await sink.close();
			expect((await stat(tested.location)).size).toBe(0);
		});

		it('has written a piece when it says so, so that the buffer can be used again', async () => {
			const sink = await open();
			const buffer = Buffer.from('first');
			await sink.write(buffer, 0);
			buffer.write('again');
			await sink.write(buffer, 5);
			await sink.finish({ bytes: 10, modifiedAt });
			expect(await readFile(tested.location, 'utf8')).toBe('firstagain');
		});

		it('begins another partial file, which has nothing of the former one', async () => {
			const sink = await open();
			await write(sink, 'former content');
			const { partial } = sink;
			await sink.restart?.();
			expect([partial === undefined || sink.partial !== partial, await sink.read(new Uint8Array(4), 0)]).toEqual([
				true,
				0,
			]);
			await write(sink, 'new');
			await sink.finish({ bytes: 3, modifiedAt });
			await sink.close();
			expect(await readFile(tested.location, 'utf8')).toBe('new');
			expect(await readdir(dirname(tested.location))).not.toContain(tested.partial);
		});

		it('reads what was written, up to its end', async () => {
			const sink = await open();
			await write(sink, 'content');
			const into = new Uint8Array(4);
			expect([await sink.read(into, 3), Buffer.from(into).toString()]).toEqual([4, 'tent']);
			expect([await sink.read(into, 6), await sink.read(into, 7)]).toEqual([1, 0]);
		});

		it('continues what an earlier run has left, and knows it again', async () => {
			const first = await open();
			await write(first, 'con');
			await first.sync();
			await first.close();
			const second = await open();
			expect([typeof second.partial, second.partial]).toEqual(['string', first.partial]);
			await write(second, 'tent', 3);
			await second.finish({ bytes: 7, modifiedAt });
			expect(await readFile(tested.location, 'utf8')).toBe('content');
		});

		it('knows that a partial file was deleted and begun again', async () => {
			const first = await open();
			await write(first, 'con');
			await first.close();
			await rm(join(dirname(tested.location), tested.partial));
			expect((await open()).partial).not.toBe(first.partial);
		});

		it('removes what an earlier, longer version has left', async () => {
			const first = await open();
			await write(first, 'a longer version');
			await first.close();
			const second = await open();
			await write(second, 'content');
			await second.finish({ bytes: 7, modifiedAt });
			expect(await readFile(tested.location, 'utf8')).toBe('content');
		});

		it('gives no name to a file of which something is missing', async () => {
			const sink = await open();
			await write(sink, 'content');
			expect(await failureOf(sink.finish({ bytes: 8, modifiedAt }))).toMatchObject({ code: 'partial_file_changed' });
			expect(await failureOf(stat(tested.location))).toMatchObject({ code: 'ENOENT' });
		});

		it('leaves no partial file if nothing was written, and may be closed twice', async () => {
			const sink = await open();
			await sink.close();
			await sink.close();
			expect(await readdir(dirname(tested.location))).toEqual([]);
		});

		it('does not break a write that is running when it is closed', async () => {
			const sink = await open();
			const writing = write(sink, 'content');
			await sink.close();
			await writing;
			expect(await readFile(join(dirname(tested.location), tested.partial), 'utf8')).toBe('content');
		});
	});
}

function hashOf(content: Buffer): string {
	return createHash('sha256').update(content).digest('hex');
}
