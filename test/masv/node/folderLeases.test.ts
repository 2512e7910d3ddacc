import { once } from 'node:events';
import { constants } from 'node:fs';
import type * as fs from 'node:fs/promises';
import { mkdir, mkdtemp, open, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FolderLeases } from '../../../masv/node/folderLeases';
import { folderLeases } from '../../../masv/node/folderLeases';
import type { Lease, Leases } from '../../../masv/transfer/lease';
import { describeLeases } from '../../contracts/leases';
import { forkSource } from '../../support/forkSource';
import { steppedClock } from '../../support/steppedClock';

jest.mock('node:fs/promises', () => {
	const actual = jest.requireActual<typeof fs>('node:fs/promises');
	return { ...actual, open: jest.fn(actual.open), readdir: jest.fn(actual.readdir) };
});

const actual = jest.requireActual<typeof fs>('node:fs/promises');
const create = open as jest.MockedFunction<typeof open>;

const times = { beatMs: 5_000, silenceMs: 30_000 };

async function openWorld() {
	const folder = await mkdtemp(join(tmpdir(), 'masv-leases-'));
	const clock = steppedClock();
	const frozen = new Set<Leases>();
	const join_ = (): FolderLeases => {
		const leases: FolderLeases = folderLeases(
			folder,
			{
				...clock,
				// A frozen process never gets on.
				sleep: async (ms, signal) => {
					await clock.sleep(ms, signal);
					if (frozen.has(leases)) await new Promise(() => {});
				},
			},
			times,
		);
		return leases;
	};
	return {
		folder,
		join: join_,
		advance: clock.advance,
		freeze: (leases: Leases) => void frozen.add(leases),
		silenceMs: times.silenceMs,
		close: async () => await rm(folder, { recursive: true, force: true }),
	};
}

describeLeases('a folder', openWorld);

describe('leases in a folder', () => {
	let world: Awaited<ReturnType<typeof openWorld>>;
	let keyFolder: string;
	beforeEach(async () => {
		world = await openWorld();
		keyFolder = join(world.folder, 'key.lease');
	});
	afterEach(async () => {
		create.mockImplementation(actual.open);
		await world.close();
	});

	const put = async (generation: string, text: string): Promise<void> => {
		await mkdir(keyFolder, { recursive: true });
		await writeFile(join(keyFolder, generation), text);
	};
	/** The result of a take, while time passes. */
	const settle = async <T>(taking: Promise<T>): Promise<T> => {
		let isSettled = false;
		const done = taking.finally(() => (isSettled = true));
		done.catch(() => undefined);
		for (let turn = 0; turn < 1_000 && !isSettled; turn++) await world.advance(times.silenceMs / 20);
		return await done;
	};
	const granted = async (leases = world.join()): Promise<Lease> => {
		const lease = await settle(leases.take('key'));
		if (typeof lease !== 'object') throw new Error(`The lease is ${lease}`);
		return lease;
	};

	it.each<[string, () => Promise<void>]>([
		['a file that its holder died before writing', async () => await put('7', '')],
		['a file that is not a lease', async () => await put('7', 'hello')],
		['a folder in place of the file', async () => void (await mkdir(join(keyFolder, '7'), { recursive: true }))],
		['a link in place of the file', async () => (await put('6', ''), await symlink('nowhere', join(keyFolder, '7')))],
	])('take over %s', async (_, prepare) => {
		await prepare();
		expect(await granted()).toMatchObject({ fence: 8 });
	});

	it.each([
		['the future', 365 * 86_400_000],
		['the past', -365 * 86_400_000],
	])('do not depend on the date of a file: one from %s', async (_, aheadMs) => {
		const date = new Date(Date.now() + aheadMs);
		await put('7', '{"holder":"x","beat":3,"released":false}');
		await utimes(join(keyFolder, '7'), date, date);
		expect(await granted()).toMatchObject({ fence: 8 });

		const holder = await granted(world.join()).catch((error: Error) => error.message);
		expect(holder).toBe('The lease is held');
	});

	it('leave nothing behind if they are to be forgotten', async () => {
		for (let time = 1; time <= 2; time++) {
			const lease = await granted();
			expect(lease.fence).toBe(1);
			await lease.release({ forget: true });
			expect([await readdir(world.folder), await lease.isHeld()]).toEqual([[], false]);
		}
	});

	it.each(['the frozen one', 'its successor'])(
		'are not forgotten after a take-over, so that the frozen holder finds its successor: %s forgets',
		async (who) => {
			const frozen = world.join();
			const first = await granted(frozen);
			world.freeze(frozen);
			const second = await granted();
			if (who === 'its successor') await second.release({ forget: true });
			else await first.release({ forget: true });
			expect([await readdir(keyFolder), await first.isHeld()]).toEqual([['2'], false]);
		},
	);

	it('are forgotten by the second holder if the first one has released them, not by a later one', async () => {
		for (const holders of [2, 3]) {
			for (let holder = 1; holder < holders; holder++) await (await granted()).release();
			const last = await granted();
			await last.release({ forget: true });
			expect([await readdir(world.folder), await last.isHeld()]).toEqual([holders === 2 ? [] : ['key.lease'], false]);
		}
	});

	it('are not forgotten by a holder that finds another one under its number', async () => {
		const lease = await granted();
		await put('1', '{"holder":"x","beat":3,"released":false}');
		await lease.release({ forget: true });
		expect(await readFile(join(keyFolder, '1'), 'utf8')).toContain('"holder":"x"');
	});

	it('are granted to who waits while they are forgotten', async () => {
		const first = await granted();
		const taking = settle(world.join().take('key'));
		await first.release({ forget: true });
		const next = await taking;
		const lease = next === 'held' ? await granted() : next;
		expect(await lease?.isHeld()).toBe(true);
	});

	it('are not held by a process that was frozen before its first sign of life', async () => {
		let thaw = (): void => {};
		create.mockImplementation(async (path, flags, mode) => {
			const handle = await actual.open(path, flags, mode);
			if (String(path) !== join(keyFolder, '1')) return handle;
			const write = handle.writeFile.bind(handle);
			handle.writeFile = async (...args) => {
				await new Promise<void>((resolve) => (thaw = resolve));
				await write(...args);
			};
			return handle;
		});
		const frozen = world.join().take('key');
		await world.advance(1);
		const lease = await granted();
		expect(lease.fence).toBe(2);
		thaw();
		expect(await settle(frozen)).toBe('held');
		expect(await lease.isHeld()).toBe(true);
		await lease.release();
	});

	it('ignore what is not a generation', async () => {
		for (const name of ['0', '-3', '1e9', '99999999999999999999', 'x']) await put(name, '');
		expect(await granted()).toMatchObject({ fence: 1 });
	});

	it('leave only the file of their holder, and its last sign after the release', async () => {
		await put('1', '');
		await put('2', '{"holder":"x","beat":3,"released":true}');
		const lease = await granted();
		expect(await readdir(keyFolder)).toEqual(['3']);
		await lease.release();
		expect(JSON.parse(await readFile(join(keyFolder, '3'), 'utf8'))).toMatchObject({ released: true });
	});

	it.each([
		['and is gone', true],
		['while the holder has not removed older ones yet', false],
	])('are not granted to who comes late for a generation that was there %s', async (_, isRemoved) => {
		await put('1', '{"holder":"x","beat":3,"released":true}');
		const open_ = create.getMockImplementation() as typeof open;
		create.mockImplementation(async (path, flags, mode) => {
			// Two others have had the lease meanwhile; the second removes what was before.
			if (String(path) === join(keyFolder, '2') && (Number(flags) & constants.O_EXCL) !== 0) {
				await put('3', '{"holder":"y","beat":0,"released":true}');
				if (isRemoved) await rm(join(keyFolder, '1'));
			}
			return await open_(path, flags, mode);
		});
		expect(await granted()).toMatchObject({ fence: 4 });
		expect(await readdir(keyFolder)).toEqual(['4']);
	});

	it.each([1, 5])('are not taken from a holder who began again after they were forgotten: %d', async (generation) => {
		await put(String(generation), '{"holder":"x","beat":3,"released":true}');
		let begun: Promise<Lease> | undefined;
		create.mockImplementation(async (path, flags, mode) => {
			if (String(path) === join(keyFolder, String(generation + 1)) && begun === undefined) {
				await world.join().forget('key');
				begun = world.join().take('key') as Promise<Lease>;
				await begun;
			}
			return await actual.open(path, flags, mode);
		});
		expect(await settle(world.join().take('key'))).toBe('held');
		expect([(await begun)?.fence, await (await begun)?.isHeld()]).toEqual([1, true]);
		await (await begun)?.release();
	});

	it('see a live holder whose file they cannot read', async () => {
		await put('7', 'of another user');
		let beats = 0;
		create.mockImplementation(async (path, flags, mode) => {
			if (String(path) !== join(keyFolder, '7')) return await actual.open(path, flags, mode);
			await utimes(path, 1_000_000, ++beats);
			throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
		});
		expect(await settle(world.join().take('key'))).toBe('held');
	});

	it('report a wait once, also if they wait for several holders in turn', async () => {
		await put('1', '');
		let waits = 0;
		const taking = world.join().take('key', { onWait: () => waits++ });
		await world.advance(1);
		await put('2', '');
		await rm(join(keyFolder, '1'));
		expect(await settle(taking)).toMatchObject({ fence: 3 });
		expect(waits).toBe(1);
	});

	it('say nothing about a holder that has not been seen to be alive', async () => {
		const holder = world.join();
		await granted(holder);
		world.freeze(holder);
		const stop = new AbortController();
		let looks = 0;
		const taking = world.join().take('key', { signal: stop.signal });
		void taking.catch(() => undefined);
		for (; looks < 15; looks++) await world.advance(times.silenceMs / 20);
		stop.abort();
		await expect(taking).rejects.toMatchObject({ code: 'cancelled' });
	});

	it('stay released if a sign of life is still on its way', async () => {
		const lease = await granted();
		let finishBeat = (): void => {};
		create.mockImplementationOnce(async (path, flags, mode) => {
			const handle = await actual.open(path, flags, mode);
			const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>;
			handle.write = (async (...args: unknown[]) => {
				await new Promise<void>((resolve) => (finishBeat = resolve));
				return await write(...args);
			}) as typeof handle.write;
			return handle;
		});
		await world.advance(times.beatMs);
		const released = lease.release();
		await world.advance(1);
		finishBeat();
		await released;
		expect(JSON.parse(await readFile(join(keyFolder, '1'), 'utf8'))).toMatchObject({ beat: 1, released: true });
	});

	it('do not write into the file of another holder that has the same number', async () => {
		const lease = await granted();
		await put('1', '{"holder":"of another","beat":0,"released":false}');
		await world.advance(times.beatMs);
		expect(await lease.isHeld()).toBe(false);
		await lease.release();
		expect(await readFile(join(keyFolder, '1'), 'utf8')).toBe('{"holder":"of another","beat":0,"released":false}');
	});

	it('survive a disk that is full for a while', async () => {
		const holder = world.join();
		const lease = await granted(holder);
		create.mockImplementation(async (path, flags, mode) => {
			const handle = await actual.open(path, flags, mode);
			handle.write = async () => await Promise.reject(new Error('ENOSPC'));
			return handle;
		});
		await world.advance(times.beatMs);
		create.mockImplementation(actual.open);
		expect(await settle(world.join().take('key'))).toBe('held');
		expect(await lease.isHeld()).toBe(true);
		await lease.release();
	});

	it('are held, although their folder was deleted, until somebody takes the key', async () => {
		const lease = await granted();
		await rm(world.folder, { recursive: true });
		await world.advance(times.beatMs);
		expect(await lease.isHeld()).toBe(true);
		const next = await granted();
		expect([await lease.isHeld(), await next.isHeld()]).toEqual([false, true]);
		await lease.release();
		expect(await next.isHeld()).toBe(true);
		await next.release();
	});

	it('are refused with the code of the system if a file is in place of the folder', async () => {
		const leases = folderLeases(join(world.folder, 'a file'), steppedClock());
		await writeFile(join(world.folder, 'a file'), '');
		await expect(leases.take('key')).rejects.toMatchObject({ code: 'ENOTDIR' });
	});

	it('leave nothing if the disk is full', async () => {
		create.mockImplementation(async (path, flags, mode) => {
			const handle = await actual.open(path, flags, mode);
			handle.writeFile = async () => await Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
			return handle;
		});
		await expect(world.join().take('key')).rejects.toMatchObject({ code: 'ENOSPC' });
		expect(await readdir(world.folder)).toEqual([]);
	});

	it('are read among ten thousand others without listing them', async () => {
		const list = readdir as unknown as jest.Mock;
		list.mockClear();
		const lease = await granted();
		await lease.isHeld();
		expect(list.mock.calls.map(([path]) => String(path)).filter((path) => path !== keyFolder)).toEqual([world.folder]);
		await lease.release();
	});

	it('can be forgotten once they are released, but not while they are held', async () => {
		const leases = world.join();
		const lease = await granted(leases);
		await leases.forget('key');
		expect(await readdir(keyFolder)).toEqual(['1']);
		await lease.release();
		await leases.forget('key');
		expect(await readdir(world.folder)).toEqual([]);
		await leases.forget('key');
	});
});

describe('dead leases that four processes want at the same moment (row 4)', () => {
	it('are each granted to exactly one of them', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'masv-leases-'));
		try {
			const log = join(folder, 'log');
			const keys = Array.from({ length: 100 }, (_, index) => `key${index}`);
			// What a process leaves behind that dies while it holds a lease, or before it has written who it is.
			for (const [index, key] of keys.entries()) {
				await mkdir(join(folder, `${key}.lease`));
				await writeFile(
					join(folder, `${key}.lease`, '1'),
					index % 2 === 0 ? '' : '{"holder":"x","beat":3,"released":false}',
				);
			}
			const children = Array.from({ length: 4 }, () => forkSource('leaseContender.ts', { folder, log, keys }));
			await Promise.all(children.map(async (child) => void (await once(child, 'message'))));
			for (const child of children) child.kill('SIGKILL');
			expect((await readFile(log, 'utf8')).trim().split('\n').sort()).toEqual([...keys].sort());
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	});
});
