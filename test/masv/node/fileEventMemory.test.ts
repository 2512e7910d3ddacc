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
/** Only the signal ends it. */
const endless: Pick<Clock, 'sleep'> = {
	sleep: async (_, signal) => await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject)),
};
const open = (clock = endless) => createEventMemory(file, clock, failOnError);

describe('createEventMemory', () => {
	it('grants each event to only one of several simultaneous claims', async () => {
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

	it('grants an event to the next waiting claim when the first delivery fails', async () => {
		const memory = open();
		await memory.claim('a');
		const others = [memory.claim('a'), memory.claim('a')];
		memory.release('a');
		expect(await Promise.race(others)).toBe('granted');
		memory.keep('a');
		expect((await Promise.all(others)).sort()).toEqual(['granted', 'known']);
	});

	it('stops waiting after the maximum, without reporting the event as known', async () => {
		const memory = open({ sleep: async () => await Promise.resolve() });
		await memory.claim('a');
		expect(await memory.claim('a')).toBe('undecided');
		memory.release('a');
		expect(await memory.claim('a')).toBe('granted');
	});

	it('remembers after a restart only the events that were kept', async () => {
		const before = open();
		expect([await before.claim('kept'), await before.claim('under way')]).toEqual(['granted', 'granted']);
		before.keep('kept');
		const after = open();
		expect([await after.claim('kept'), await after.claim('under way')]).toEqual(['known', 'granted']);
	});

	it('grants an event again after it was released', async () => {
		const memory = open();
		await memory.claim('a');
		memory.release('a');
		expect(await memory.claim('a')).toBe('granted');
	});

	it('knows the events that another process has kept in the meantime', async () => {
		const [one, other] = [open(), open()];
		expect(await one.claim('first')).toBe('granted');
		one.keep('first');
		await other.claim('second');
		other.keep('second');
		expect([await one.claim('second'), await other.claim('first')]).toEqual(['known', 'known']);
	});

	it('keeps the last 10,000 events and limits the size of the file', async () => {
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

	it('deletes the file and forgets all events', async () => {
		const memory = open();
		await memory.claim('a');
		memory.keep('a');
		await memory.forget();
		await expect(stat(file)).rejects.toThrow('ENOENT');
		expect(await memory.claim('a')).toBe('granted');
	});

	it('sees what another process has handed over since it forgot everything', async () => {
		const [one, other] = [open(), open()];
		await one.claim('a');
		one.keep('a');
		await one.forget();
		await other.claim('b');
		other.keep('b');
		expect(await one.claim('b')).toBe('known');
	});

	it('does not forget deliveries in progress: a waiting claim is not granted', async () => {
		const memory = open();
		await memory.claim('a');
		const waiting = memory.claim('a');
		await memory.forget();
		memory.keep('a');
		expect(await waiting).toBe('known');
	});

	it('continues without a file and reports the error once', async () => {
		await writeFile(join(folder, 'deeper'), 'a file where the folder should be');
		const errors: unknown[] = [];
		const memory = createEventMemory(file, endless, (error) => errors.push(error));
		expect(await memory.claim('a')).toBe('granted');
		memory.keep('a');
		expect(await memory.claim('a')).toBe('known');
		expect(errors).toHaveLength(1);
	});

	it('writes only keys', async () => {
		const memory = open();
		await memory.claim('0123abc');
		memory.keep('0123abc');
		expect(await readFile(file, 'utf8')).toBe('0123abc\n');
	});
});
