import { MasvCancelledError } from '../../../masv/errors';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { FileSource, OpenStream, RangeReader, RangeSource } from '../../../masv/transfer/source';
import { createMd5List } from '../../../masv/upload/md5List';
import type { UploadedFile } from '../../../masv/upload/uploadedFile';
import { failureOf } from '../../support/failureOf';
import { instantClock } from '../../support/instantClock';
import { nockClient } from '../../support/nockMasv';

const client = nockClient();
const fileOf = (name: string, changed = '1'): FileSource => {
	const source = bufferSource(Buffer.from(name), { name, path: '', modifiedAt: new Date(0) });
	const stamp = { bytes: source.bytes, modified: '1', changed, device: '1', inode: '1' };
	return { ...source, stamp, open: async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) }) };
};

const never = <T>(): Promise<T> => new Promise(() => {});
const hangingReader = async (): Promise<RangeReader> =>
	await Promise.resolve({ read: () => never(), look: () => never(), close: () => undefined });
const hangingStream = async (): Promise<OpenStream> => {
	const pieces = { [Symbol.asyncIterator]: () => ({ next: never<IteratorResult<Uint8Array>> }) };
	return await Promise.resolve({ pieces, close: () => undefined });
};

describe('a list of MD5s to send', () => {
	it('is sorted by code point, as sort does it', async () => {
		const names = ['\u{1F600}', '\uFF21', 'b', '\u00E9'];
		const list = await createMd5List(
			client,
			'MD5SUMS',
			names.map((name) => fileOf(name)),
		);
		await list.fill([]);
		const content = new Uint8Array(list.source.bytes);
		await (await list.source.open()).read(content, 0);
		const lines = new TextDecoder().decode(content).trimEnd().split('\n');
		expect(lines.map((line) => line.slice(34))).toEqual(['b', '\u00E9', '\uFF21', '\u{1F600}']);
	});

	it.each<[string, (name: string) => FileSource]>([
		['a file', (name) => ({ ...fileOf(name), kind: 'range', open: async () => await hangingReader() })],
		['a stream', (name) => ({ ...fileOf(name), kind: 'stream', open: async () => await hangingStream() })],
	])('ends reading %s when the run is stopped, also if the disk hangs', async (_, toSource) => {
		const stop = new AbortController();
		const list = await createMd5List(nockClient({ signal: stop.signal }), 'MD5SUMS', ['a', 'b'].map(toSource));
		const filling = list.fill([]);
		stop.abort();
		expect(await failureOf(filling)).toBeInstanceOf(MasvCancelledError);
	});

	it('leaves no file open that was read for it, whole or in vain', async () => {
		let open = 0;
		const toSource = (isBroken: boolean): FileSource => {
			const source = fileOf('a') as RangeSource;
			const openCounted = async (): Promise<RangeReader> => {
				const reader = await source.open();
				open++;
				const broken = { read: async () => await Promise.reject(new Error('broken')) };
				return { ...reader, ...(isBroken && broken), close: () => void open-- };
			};
			return { ...source, open: openCounted };
		};
		const fill = async (isBroken: boolean): Promise<void> =>
			await (await createMd5List(client, 'MD5SUMS', [toSource(isBroken)])).fill([]);
		await fill(false);
		expect(open).toBe(0);
		expect(await failureOf(fill(true))).toMatchObject({ message: expect.stringContaining('broken') as string });
		expect(open).toBe(0);
	});

	it('has changed if a file has, also if its modification time was set back', async () => {
		const stampFor = async (changed: string) =>
			(await createMd5List(client, 'MD5SUMS', [fileOf('a', changed)])).source.stamp;
		expect(await stampFor('1')).toEqual(await stampFor('1'));
		expect(await stampFor('2')).not.toEqual(await stampFor('1'));
	});

	it('is made of many files in turns with other work of the process', async () => {
		const clock = instantClock();
		const names = Array.from({ length: 3_000 }, (_, index) => `${(index * 7_919) % 3_000}`);
		const list = await createMd5List(
			nockClient({ clock }),
			'MD5SUMS',
			names.map((name) => fileOf(name)),
		);
		expect(clock.slept.length).toBeGreaterThan(6);
		const before = clock.slept.length;
		await list.fill(names.map((name) => ({ name, path: '', md5: 'a'.repeat(32) }) as UploadedFile));
		expect(clock.slept.length - before).toBe(6);
		const content = new Uint8Array(list.source.bytes);
		await (await list.source.open()).read(content, 0);
		const lines = names.toSorted().map((name) => `${'a'.repeat(32)}  ${name}\n`);
		expect(new TextDecoder().decode(content)).toBe(lines.join(''));
	});
});
