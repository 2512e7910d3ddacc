import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MasvCancelledError } from '../../masv/errors';
import type { Transport } from '../../masv/transport';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { FileSource } from '../../masv/transfer/source';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import { diskSource } from '../../masv/node/diskSource';

const mebibyte = 1024 * 1024;

describe('canceling a delivery', () => {
	let masv: TestMasv;
	let folder: string;
	let stop: AbortController;
	beforeEach(async () => {
		stop = new AbortController();
		masv = await startTestMasv();
		folder = await mkdtemp(join(tmpdir(), 'masv-cancel-'));
	});
	afterEach(async () => {
		await masv.close();
		await rm(folder, { recursive: true, force: true });
	});

	const diskFile = async (): Promise<FileSource> => {
		const location = join(folder, 'large.bin');
		await writeFile(location, '');
		await truncate(location, 40 * mebibyte);
		return diskSource(location, {
			name: 'large.bin',
			path: '',
			bytes: 40 * mebibyte,
			modifiedAt: await mtime(location),
		});
	};

	/** A stream that never yields its second piece. */
	const stalledStream = (): Promise<FileSource> =>
		Promise.resolve({
			kind: 'stream',
			name: 'stuck.bin',
			path: '',
			bytes: 40 * mebibyte,
			modifiedAt: new Date(),
			open: () => Promise.resolve({ pieces: stall(() => stop.abort(new Error('stop button'))), close: () => {} }),
		});

	it.each<[string, () => Promise<FileSource>, 'keep' | 'delete']>([
		['from disk, keeping the package', diskFile, 'keep'],
		['from disk, deleting the package', diskFile, 'delete'],
		['from a stalled stream', stalledStream, 'keep'],
	])('stops all work %s', async (_, makeSource, unfinished) => {
		const source = await makeSource();
		const openFiles = countOpen(folder);
		const dispatcher = createDispatcher();
		const transport = createTransport(dispatcher);
		let active = 0;
		const cancelingTransport: Transport = async (request) => {
			active++;
			try {
				const response = transport(request);
				if (request.url.includes('partNumber=2')) stop.abort(new Error('stop button'));
				return await response;
			} finally {
				active--;
			}
		};
		const error: unknown = await sendPackage(masv.client({ transport: cancelingTransport, signal: stop.signal }), {
			target: { kind: 'team', request: { name: 'stopped', description: '', recipients: [] } },
			sources: [source],
			partBytes: 5 * mebibyte,
			unfinished,
		}).catch((thrown: unknown) => thrown);

		expect(error).toBeInstanceOf(MasvCancelledError);
		expect(active).toBe(0);
		// Closing has no promise. The time limit of the test ends this if a descriptor is never closed.
		while (countOpen(folder) > openFiles) await new Promise((resolve) => setImmediate(resolve));
		const named = masv.sandbox.packages().filter(({ name }) => name === 'stopped');
		expect(named.filter(({ state }) => state === 'finalized')).toEqual([]);
		if (unfinished === 'delete') expect(named.filter(({ state }) => state === 'new')).toEqual([]);
		await dispatcher.destroy();
	});
});

async function* stall(onStall: () => void): AsyncGenerator<Uint8Array> {
	yield Buffer.alloc(mebibyte);
	setImmediate(onStall);
	await new Promise(() => undefined);
}

async function mtime(location: string): Promise<Date> {
	return new Date(Math.trunc((await stat(location)).mtimeMs));
}

/** File descriptors open in the folder. 0 on systems without /proc. */
function countOpen(folder: string): number {
	try {
		return readdirSync('/proc/self/fd').filter((fd) => {
			try {
				return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
			} catch {
				return false;
			}
		}).length;
	} catch {
		return 0;
	}
}
