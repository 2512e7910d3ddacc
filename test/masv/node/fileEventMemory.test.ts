import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEventMemory } from '../../../masv/node/fileEventMemory';
import type { Clock } from '../../../masv/clock';

let folder: string;
let file: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-events-'));
	file = join(folder, 'deeper', 'node');
});
afterEach(async () => await rm(folder, { recursive: true }));

const failOnError = (error: unknown): never => {
	throw error;
};
/** Ends when it is told to, and never by itself. */
const endless: Pick<Clock, 'sleep'> = {
	sleep: async (_, signal) => await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject)),
};
const open = (clock = endless) => createEventMemory(file, clock, failOnError);

describe('the memory of events', () => {
	it('gives each event to one of several who ask at the same moment', async () => {
		const memory = open();
		const keys = Array.from({ length: 50 }, (_, index) => `e${index % 5}`);
		const claims = await Promise.all(
			keys.map(async (key) => {
				const claim = await memory.claim(key);
				if (claim === 'granted') memory.keep(key);
				return claim;
			}),
		);
		expect(claims.filter((claim) => claim === 'granted')).toHaveLength(5);
		expect(claims.filter((claim) => claim === 'known')).toHaveLength(45);
	});

	it('gives an event to the next who waits for it when the first one fails', async () => {
		const memory = open();
		await memory.claim('a');
		const others = [memory.claim('a'), memory.claim('a')];
		memory.release('a');
		expect(await Promise.race(others)).toBe('granted');
		memory.keep('a');
		expect((await Promise.all(others)).sort()).toEqual(['granted', 'known']);
	});

	it('does not wait for ever, and does not call known what is not', async () => {
		const memory = open({ sleep: async () => await Promise.resolve() });
		await memory.claim('a');
		expect(await memory.claim('a')).toBe('undecided');
		memory.release('a');
		expect(await memory.claim('a')).toBe('granted');
	});

	it('knows after a restart what was handed over, and only that', async () => {
		const before = open();
		expect([await before.claim('kept'), await before.claim('under way')]).toEqual(['granted', 'granted']);
		before.keep('kept');
		const after = open();
		expect([await after.claim('kept'), await after.claim('under way')]).toEqual(['known', 'granted']);
	});

	it('lets an event come again whose execution could not be begun', async () => {
		const memory = open();
		await memory.claim('a');
		memory.release('a');
		expect(await memory.claim('a')).toBe('granted');
	});

	it('sees what another process has handed over meanwhile', async () => {
		const [one, other] = [open(), open()];
		expect(await one.claim('first')).toBe('granted');
		one.keep('first');
		await other.claim('second');
		other.keep('second');
		expect([await one.claim('second'), await other.claim('first')]).toEqual(['known', 'known']);
	});

	it('keeps the last 10,000 and a file of some times that', async () => {
		const memory = open();
		const key = (index: number): string => String(index).padStart(32, '0');
		await memory.claim(key(0));
		for (let index = 0; index < 45_000; index++) memory.keep(key(index));
		expect((await stat(file)).size).toBeLessThan(45_000 * 33);
		const after = open();
		expect([await after.claim(key(44_999)), await after.claim(key(35_000)), await after.claim(key(34_000))]).toEqual([
			'known',
			'known',
			'granted',
		]);
	});

	it('forgets everything', async () => {
		const memory = open();
		await memory.claim('a');
		memory.keep('a');
		await memory.forget();
		await expect(stat(file)).rejects.toThrow('ENOENT');
		expect(await memory.claim('a')).toBe('granted');
	});

	it('forgets nothing of what is under way: whoever waits for it gets no second turn', async () => {
		const memory = open();
		await memory.claim('a');
		const waiting = memory.claim('a');
		await memory.forget();
		memory.keep('a');
		expect(await waiting).toBe('known');
	});

	it('goes on without a file, and says so once', async () => {
		await writeFile(join(folder, 'deeper'), 'a file where the folder should be');
		const errors: unknown[] = [];
		const memory = createEventMemory(file, endless, (error) => errors.push(error));
		expect(await memory.claim('a')).toBe('granted');
		memory.keep('a');
		expect(await memory.claim('a')).toBe('known');
		expect(errors).toHaveLength(1);
	});

	it('writes nothing but keys', async () => {
		const memory = open();
		await memory.claim('0123abc');
		memory.keep('0123abc');
		expect(await readFile(file, 'utf8')).toBe('0123abc\n');
	});
});
