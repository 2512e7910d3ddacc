import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RangeSource } from '../../../masv/transfer/source';
import { diskSource } from '../../../masv/node/diskSource';
import { bufferSource } from '../../../masv/transfer/bufferSource';

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
