import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEventMemory } from '../../masv/eventMemory';

let folder: string;
let file: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-events-'));
	file = join(folder, 'deeper', 'node');
});
afterEach(async () => await rm(folder, { recursive: true }));

const noTrouble = (error: unknown): never => {
	throw error;
};
const open = () => createEventMemory(file, noTrouble);

describe('the memory of events', () => {
	it('gives each event to one of several who ask at the same moment', async () => {
		const memory = open();
		const claims = await Promise.all(
			Array.from({ length: 50 }, async (_, index) => await memory.claim(`e${index % 5}`)),
		);
		expect(claims.filter((isFirst) => isFirst)).toHaveLength(5);
	});

	it('knows after a restart what was handed over, and only that', async () => {
		const before = open();
		expect([await before.claim('kept'), await before.claim('under way')]).toEqual([true, true]);
		before.keep('kept');
		const after = open();
		expect([await after.claim('kept'), await after.claim('under way')]).toEqual([false, true]);
	});

	it('lets an event come again whose execution could not be begun', async () => {
		const memory = open();
		await memory.claim('a');
		memory.release('a');
		expect(await memory.claim('a')).toBe(true);
	});

	it('sees what another process has handed over meanwhile', async () => {
		const [one, other] = [open(), open()];
		expect(await one.claim('first')).toBe(true);
		one.keep('first');
		await other.claim('second');
		other.keep('second');
		expect([await one.claim('second'), await other.claim('first')]).toEqual([false, false]);
	});

	it('keeps the last 10,000 and a file of some times that', async () => {
		const memory = open();
		const key = (index: number): string => String(index).padStart(32, '0');
		await memory.claim(key(0));
		for (let index = 0; index < 45_000; index++) memory.keep(key(index));
		expect((await stat(file)).size).toBeLessThan(45_000 * 33);
		const after = open();
		expect([await after.claim(key(44_999)), await after.claim(key(35_000)), await after.claim(key(34_000))]).toEqual([
			false,
			false,
			true,
		]);
	});

	it('forgets everything', async () => {
		const memory = open();
		await memory.claim('a');
		memory.keep('a');
		await memory.forget();
		await expect(stat(file)).rejects.toThrow('ENOENT');
		expect(await memory.claim('a')).toBe(true);
	});

	it('goes on without a file, and says so once', async () => {
		await writeFile(join(folder, 'deeper'), 'a file where the folder should be');
		const troubles: unknown[] = [];
		const memory = createEventMemory(file, (error) => troubles.push(error));
		expect([await memory.claim('a'), await memory.claim('a')]).toEqual([true, false]);
		memory.keep('a');
		expect(await memory.claim('a')).toBe(false);
		expect(troubles).toHaveLength(1);
	});

	it('writes nothing but keys', async () => {
		const memory = open();
		await memory.claim('0123abc');
		memory.keep('0123abc');
		expect(await readFile(file, 'utf8')).toBe('0123abc\n');
	});
});
