import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createCallChooser, createLocalCalls, localCalls } from '../../../masv/node/localCalls';
import type { OpenFolder } from '../../../masv/node/openFolder';
import { writeCalls } from '../../../masv/node/writeCalls';

/** A folder on this device, asked about at this path. */
function folderAt(path: string, device: bigint): OpenFolder {
	const nothing = { sync: () => Promise.resolve(), close: () => undefined };
	return { location: path, device, at: () => path, isInPlace: () => false, ...nothing };
}

it('looks at files without the thread pool only on a disk of this machine', async () => {
	const callsIn = createCallChooser();
	expect(await callsIn(folderAt('/dev/shm', 1n))).toBe(localCalls);
	// A file system, but no disk.
	expect(await callsIn(folderAt('/proc', 2n))).toBe(writeCalls);
	expect(await callsIn(folderAt('/missing', 3n))).toBe(writeCalls);
});

it('asks once per disk', async () => {
	const callsIn = createCallChooser();
	await callsIn(folderAt('/dev/shm', 1n));
	expect(await callsIn(folderAt('/missing', 1n))).toBe(localCalls);
});

describe('without the thread pool', () => {
	let folder: string;
	/** Milliseconds. */
	let now = 0;
	/** How long each call takes. */
	let callMs = 0;
	let isCall = false;
	// The clock is read before and after a call.
	const calls = createLocalCalls(() => {
		if (isCall) now += callMs;
		isCall = !isCall;
		return now;
	});
	/** Of each of these calls, whether it went through the thread pool. */
	const looks = async (ms: number): Promise<boolean> => {
		callMs = ms;
		isCall = false;
		const pooled = jest.spyOn(writeCalls, 'lookAt').mockClear();
		await calls.lookAt(folder);
		return pooled.mock.calls.length > 0;
	};

	beforeEach(async () => {
		folder = await mkdtemp(join(tmpdir(), 'masv-local-'));
	});

	afterEach(async () => {
		jest.restoreAllMocks();
		await rm(folder, { recursive: true });
	});

	it('lets a slow disk not hold up the process again for 20 times as long', async () => {
		expect(await looks(2)).toBe(false);
		expect(await looks(10)).toBe(false);
		expect(await looks(10)).toBe(true);
		now += 199;
		expect(await looks(10)).toBe(true);
		now += 1;
		expect(await looks(1)).toBe(false);
		expect(await looks(1)).toBe(false);
	});

	it('also after a slow call that failed', async () => {
		callMs = 10;
		isCall = false;
		await expect(calls.lookAt(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
		expect(await looks(1)).toBe(true);
		now += 200;
	});

	it('writes and reads only small pieces', async () => {
		callMs = 0;
		isCall = false;
		const file = await open(join(folder, 'file'), 'w+');
		const [pooled, pooledReads] = [jest.spyOn(writeCalls, 'write'), jest.spyOn(writeCalls, 'read')];
		try {
			expect(await calls.write(file.fd, new Uint8Array(64 * 1024), 0)).toBe(64 * 1024);
			expect(pooled).not.toHaveBeenCalled();
			expect(await calls.write(file.fd, new Uint8Array(64 * 1024 + 1), 64 * 1024)).toBe(64 * 1024 + 1);
			expect(pooled).toHaveBeenCalledTimes(1);
			expect(await calls.read(file.fd, new Uint8Array(64 * 1024), 1)).toBe(64 * 1024);
			expect(pooledReads).not.toHaveBeenCalled();
			expect(await calls.read(file.fd, new Uint8Array(64 * 1024 + 1), 0)).toBe(64 * 1024 + 1);
			expect(pooledReads).toHaveBeenCalledTimes(1);
		} finally {
			await file.close();
		}
		expect((await stat(join(folder, 'file'))).size).toBe(128 * 1024 + 1);
	});
});
