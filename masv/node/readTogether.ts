import type { BigIntStats } from 'node:fs';

import type { RangeSource, WholeFile } from '../transfer/source';
import type { FileCalls } from './fileCalls';
import { fileCalls } from './fileCalls';
import { toStamp } from './fileStamp';
import { checkOpened, openUnchecked } from './openAt';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';

/** How long to wait for a group. A file that takes longer is read on its own, with the limit for one file. */
const groupMs = 10_000;

/** A source, how far it has come, and what has been found. */
interface Reading {
	source: RangeSource;
	buffer: Uint8Array;
	file?: number;
	/** Whether a call is running. */
	isBusy: boolean;
	bytes: number;
	stats?: BigIntStats;
	whole?: WholeFile;
}

/**
 * Reads small files on disk step by step: opens all of them, then reads all, and so on. Waking a thread of Node's thread pool
 * takes much longer than any of these calls, while a running thread takes the next one at once.
 */
export async function readTogether(
	sources: RangeSource[],
	{ calls = fileCalls, timer = systemTimer }: { calls?: FileCalls; timer?: Timer } = {},
): Promise<Array<WholeFile | undefined>> {
	const content = new Uint8Array(sources.reduce((sum, { bytes }) => sum + bytes, 0));
	let end = 0;
	const readings = sources.map((source): Reading => {
		const start = end;
		end += source.bytes;
		// Exactly its part: a file that has grown must not overwrite the next one.
		return { source, buffer: content.subarray(start, end), isBusy: false, bytes: 0 };
	});
	let isLate = false;
	const close = (reading: Reading): void => {
		if (reading.file !== undefined) calls.close(reading.file);
		reading.file = undefined;
	};
	/** One step of all files that have come so far. */
	const step = async (work: (reading: Reading) => Promise<unknown>): Promise<void> => {
		const steps = readings.map(async (reading) => {
			reading.isBusy = true;
			try {
				await work(reading);
			} catch {
				close(reading);
			}
			reading.isBusy = false;
			if (isLate) close(reading);
		});
		await Promise.all(steps);
	};
	/** The same without the files that could not be opened, or read. */
	const next = async (work: (reading: Reading, file: number) => Promise<unknown>): Promise<void> =>
		await step(async (reading) => reading.file !== undefined && (await work(reading, reading.file)));
	const readAll = async (): Promise<void> => {
		await step(async (reading) => (reading.file = await openUnchecked(locationOf(reading), 'file', calls)));
		await next(async (reading, file) => await fill(reading, file, calls));
		await next(async (reading, file) => (reading.stats = await calls.look(file)));
		await next(async (reading, file) => {
			const { source, stats, buffer, bytes } = reading;
			if (stats === undefined) return;
			// Only now: what was read from another file is given to nobody.
			await checkOpened(locationOf(reading), 'file', { file, stats }, source.stamp, calls);
			reading.whole = { content: buffer.subarray(0, bytes), stamp: toStamp(stats) };
		});
		readings.forEach(close);
	};
	await new Promise<void>((resolve) => {
		const stop = timer(() => {
			isLate = true;
			for (const reading of readings) if (!reading.isBusy) close(reading);
			resolve();
		}, groupMs);
		void readAll().finally(() => {
			stop();
			resolve();
		});
	});
	return readings.map(({ whole }) => whole);
}

/** Some network drives give less than was asked for. */
async function fill(reading: Reading, file: number, calls: FileCalls): Promise<void> {
	const { buffer } = reading;
	for (let count = 1; count > 0 && reading.bytes < buffer.length; reading.bytes += count) {
		const into = reading.bytes === 0 ? buffer : buffer.subarray(reading.bytes);
		count = await calls.read(file, into, reading.bytes);
	}
}

function locationOf({ source }: Reading): string {
	return source.location ?? '';
}
