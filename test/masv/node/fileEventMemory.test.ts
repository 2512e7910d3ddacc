import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EventLog } from '../../../masv/node/eventLog';
import { createEventMemory, defaultEventTimes } from '../../../masv/node/fileEventMemory';
import { systemClock } from '../../../masv/node/systemClock';
import type { EventMemory } from '../../../masv/webhooks/eventMemory';
import { describeEventMemory } from '../../contracts/eventMemory';
import { forkSource } from '../../support/forkSource';
import { steppedClock } from '../../support/steppedClock';

const failOnError = (error: unknown): never => {
	throw error;
};

async function openWorld() {
	const parent = await mkdtemp(join(tmpdir(), 'masv-events-'));
	const clock = steppedClock();
	const dead = new Set<EventMemory>();
	const joinMemory = (): EventMemory => {
		const memory: EventMemory = createEventMemory(
			join(parent, 'deeper', 'node'),
			{
				timeout: (ms) => clock.timeout(ms),
				// A dead process never gets on.
				sleep: async (ms, signal) => {
					await clock.sleep(ms, signal);
					if (dead.has(memory)) await new Promise(() => {});
				},
			},
			failOnError,
		);
		return memory;
	};
	return {
		join: joinMemory,
		kill: (memory: EventMemory) => void dead.add(memory),
		advance: clock.advance,
		maxWaitMs: defaultEventTimes.maxWaitMs,
		close: async () => {
			await clock.advance(1);
			await rm(parent, { recursive: true });
		},
	};
}

describeEventMemory('a folder', openWorld);

describe('a process that gives no sign of life for a while', () => {
	let world: Awaited<ReturnType<typeof openWorld>>;
	beforeEach(async () => (world = await openWorld()));
	afterEach(async () => await world.close());

	it('keeps its event for as long as it may be busy, and loses it when it has died', async () => {
		const [dead, other] = [world.join(), world.join()];
		const first = dead.claim('e1');
		await world.advance(1);
		expect(await first).toBe('granted');
		world.kill(dead);
		const claims: string[] = [];
		while (claims.length < 5 && claims.at(-1) !== 'granted') {
			const attempts = claims.length;
			void other.claim('e1').then((claim) => claims.push(claim));
			while (claims.length === attempts) await world.advance(500);
		}
		// Each of them waits for ten seconds, and the process is silent for thirty.
		expect(claims).toEqual(['undecided', 'undecided', 'undecided', 'granted']);
		other.keep('e1');
	});
});

let parent: string;
let folder: string;
beforeEach(async () => {
	parent = await mkdtemp(join(tmpdir(), 'masv-events-'));
	folder = join(parent, 'node');
});
afterEach(async () => await rm(parent, { recursive: true }));

/** A memory that nobody else uses at the moment, so that it never waits. */
const open = (onError: (error: unknown) => void = failOnError) => createEventMemory(folder, systemClock, onError);

/** Waits until what happens after an event was kept or released has left only these files. */
const isLeft = async (...names: string[]): Promise<void> => {
	while (String((await filesLeft()).sort()) !== String(names)) await new Promise(setImmediate);
};

/** Each process has files of its own: without the part of their names that differs. */
const filesLeft = async (): Promise<string[]> =>
	(await readdir(folder)).map((name) => name.replace(/-[0-9a-f-]{36}(?=\.events$)/, ''));

/** What is in the files of this number. */
const readNumber = async (number: number): Promise<{ text: string; mode: number }> => {
	const [name = ''] = (await readdir(folder)).filter((each) => each.startsWith(`${number}-`));
	const file = join(folder, name);
	return { text: await readFile(file, 'utf8'), mode: (await stat(file)).mode & 0o777 };
};

describe('a memory of events in a folder', () => {
	it('has files with nothing but keys, of events that were kept', async () => {
		const memory = open();
		for (const key of ['0123abc', '4567def', '89']) await memory.claim(key);
		memory.keep('0123abc');
		memory.keep('4567def');
		memory.release('89');
		await isLeft('1.events');
		expect(await readNumber(1)).toEqual({ text: '\n0123abc\n4567def', mode: 0o600 });
		expect((await stat(folder)).mode & 0o777).toBe(0o700);
	});

	it('loses only the event whose line a crash truncated', async () => {
		await mkdir(folder);
		await writeFile(join(folder, '1-crashed.events'), '\naaaa\nbb');
		const memory = open();
		await memory.claim('cccc');
		memory.keep('cccc');
		await isLeft('1-crashed.events', '1.events');
		const after = open();
		expect([await after.claim('aaaa'), await after.claim('bbbb'), await after.claim('cccc')]).toEqual([
			'known',
			'granted',
			'known',
		]);
		after.release('bbbb');
		await isLeft('1-crashed.events', '1.events');
	});

	const key = (index: number): string => String(index).padStart(32, '0');

	it('keeps at least the last 10,000 events, in two files of limited size', async () => {
		const memory = open();
		for (let index = 0; index < 45_000; index++) memory.keep(key(index));
		expect((await filesLeft()).sort()).toEqual(['4.events', '5.events']);
		const after = open();
		for (const memory_ of [memory, after]) {
			expect([await memory_.claim(key(44_999)), await memory_.claim(key(34_999))]).toEqual(['known', 'known']);
			expect(await memory_.claim(key(29_999))).toBe('granted');
			memory_.release(key(29_999));
			await isLeft('4.events', '5.events');
		}
	});

	it('loses no event of another process when it begins a new file', async () => {
		const [memory, other] = [open(), open()];
		for (let index = 0; index < 10_000; index++) memory.keep(key(index));
		expect(await other.claim('other')).toBe('granted');
		memory.keep(key(10_000));
		other.keep('other');
		await isLeft('1.events', '2.events', '2.events');
		expect([await memory.claim('other'), await other.claim(key(10_000))]).toEqual(['known', 'known']);
		expect([await open().claim('other'), await open().claim(key(10_000))]).toEqual(['known', 'known']);
	});

	it('appends to a file that no other process appends to, which on a network drive could lose a line', async () => {
		const [memory, other] = [open(), open()];
		memory.keep('a');
		other.keep('b');
		memory.keep('c');
		await isLeft('1.events', '1.events');
		const texts = (await readdir(folder)).map(async (name) => await readFile(join(folder, name), 'utf8'));
		expect((await Promise.all(texts)).sort()).toEqual(['\na\nc', '\nb']);
		expect([await other.claim('c'), await memory.claim('b'), await open().claim('a')]).toEqual(
			Array.from({ length: 3 }, () => 'known'),
		);
	});

	it('counts the events of all processes together', async () => {
		const [memory, other] = [open(), open()];
		for (let index = 0; index < 5_000; index++) memory.keep(key(index));
		for (let index = 5_000; index < 10_000; index++) other.keep(key(index));
		expect(await memory.claim('next')).toBe('granted');
		memory.keep('next');
		await isLeft('1.events', '1.events', '2.events');
		expect(await open().claim(key(0))).toBe('known');
	});

	it('removes everything when it is forgotten', async () => {
		const memory = open();
		for (const each of ['a', 'b', 'c']) await memory.claim(each);
		memory.keep('a');
		memory.release('b');
		await memory.forget();
		expect(await readdir(parent)).toEqual([]);
		memory.release('c');
		await memory.forget();
		expect(await readdir(parent)).toEqual([]);
	});

	it('continues without a folder, and reports that once', async () => {
		await writeFile(folder, 'a file where the folder should be');
		const errors: unknown[] = [];
		const memory = open((error) => errors.push(error));
		expect(await memory.claim('a')).toBe('granted');
		memory.keep('a');
		expect(await memory.claim('a')).toBe('known');
		expect(await memory.claim('b')).toBe('granted');
		memory.release('b');
		expect(await memory.claim('b')).toBe('granted');
		await memory.forget();
		expect(errors).toEqual([expect.objectContaining({ code: 'ENOTDIR' })]);
		await rm(folder, { force: true });
	});

	it('knows an event in this process although its line could not be written', async () => {
		await mkdir(join(folder, '1-writer.events'), { recursive: true });
		const log = new EventLog(folder, 'writer');
		expect(() => log.append('a')).toThrow(expect.objectContaining({ code: 'EISDIR' }) as Error);
		expect(log.has('a')).toBe(true);
	});
});

describe('processes that get the same events at the same moment', () => {
	const keys = Array.from({ length: 100 }, (_, index) => `event${index}`);
	let children: ChildProcess[];
	afterEach(async () => {
		const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
		const exits = running.map(async (child) => void (await once(child, 'exit')));
		for (const child of running) child.kill('SIGKILL');
		await Promise.all(exits);
	});

	const start = async (count: number, keeps: boolean): Promise<void> => {
		children = Array.from({ length: count }, () =>
			forkSource('eventReceiver.ts', { folder, log: join(parent, 'log'), keys, keeps }),
		);
		await Promise.all(children.map(async (child) => void (await once(child, 'message'))));
	};
	const go = async (): Promise<void> => {
		const done = children.map(async (child) => {
			expect(await Promise.race([once(child, 'message'), once(child, 'exit')])).toEqual(['done', undefined]);
		});
		for (const child of children) child.send('go');
		await Promise.all(done);
	};
	const granted = async (): Promise<string[]> => (await readFile(join(parent, 'log'), 'utf8')).trim().split('\n');

	it('start one execution for each', async () => {
		await start(3, true);
		await go();
		expect((await granted()).sort()).toEqual([...keys].sort());
	});

	it('leave those for a later attempt that a killed process had claimed', async () => {
		await start(1, false);
		await go();
		children[0]?.kill('SIGKILL');
		const memory = createEventMemory(folder, systemClock, failOnError, {
			beatMs: 50,
			silenceMs: 500,
			maxWaitMs: 30_000,
		});
		const claims = await Promise.all(keys.map(async (key) => await memory.claim(key)));
		expect(new Set(claims)).toEqual(new Set(['granted']));
		for (const key of keys) memory.keep(key);
		await isLeft('1.events');
	});
});
