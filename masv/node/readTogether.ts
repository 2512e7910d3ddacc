import type { BigIntStats } from 'node:fs';

import type { RangeSource, WholeFile } from '../transfer/source';
import type { FileCalls } from './fileCalls';
import { fileCalls } from './fileCalls';
import { toStamp } from './fileStamp';
import { localCallsAt } from './localCalls';
import { checkOpened, openUnchecked } from './openAt';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';

/** How long to wait for a group. A file that takes longer is read on its own, with the limit for one file. */
const groupMs = 10_000;

/** A source, how far it has come, and what has been found. */
interface Reading {
	source: RangeSource;
	calls: FileCalls;
	buffer: Uint8Array;
	file?: number;
	/** Whether a call is running. */
	isBusy: boolean;
	bytes: number;
	stats?: BigIntStats;
	whole?: WholeFile;
}

type OpenReading = Reading & { file: number };

export interface ReadOptions {
	calls?: FileCalls;
	/** Calls without the thread pool, if the file at this location is on a disk for which there are any. */
	quickCallsAt?: (location: string) => Promise<FileCalls | undefined>;
	timer?: Timer;
}

const defaults: ReadOptions = { quickCallsAt: localCallsAt };

/**
 * Reads small files on disk step by step: opens all of them, then reads all, and so on. Waking a thread of Node's thread pool
 * takes much longer than any of these calls, while a running thread takes the next one at once. The first file is always
 * read there: if its disk responds and there are calls without the pool for it, the others on this disk do without.
 */
export async function readTogether(
	sources: RangeSource[],
	into: Uint8Array,
	{ calls = fileCalls, quickCallsAt, timer = systemTimer }: ReadOptions = defaults,
): Promise<Array<WholeFile | undefined>> {
	let end = 0;
	const readings = sources.map((source): Reading => {
		const start = end;
		end += source.bytes;
		// Exactly its part: a file that has grown must not overwrite the next one.
		return { source, calls, buffer: into.subarray(start, end), isBusy: false, bytes: 0 };
	});
	let isLate = false;
	const close = (reading: Reading): void => {
		if (reading.file !== undefined) reading.calls.close(reading.file);
		reading.file = undefined;
	};
	/** One step of these files, and what becomes of its results. A file whose step fails is closed. */
	const step = async <R extends Reading, T>(
		those: R[],
		work: (reading: R) => Promise<T>,
		take: (reading: R, result: T) => void,
	): Promise<void> => {
		const end = (reading: Reading, isUseless: boolean): void => {
			reading.isBusy = false;
			if (isLate || isUseless) close(reading);
		};
		const steps = those.map((reading) => {
			reading.isBusy = true;
			// No async function: one per file and step would take longer than the steps themselves.
			return work(reading).then(
				(result) => {
					take(reading, result);
					end(reading, false);
				},
				() => end(reading, true),
			);
		});
		await Promise.all(steps);
	};
	const readThose = async (those: Reading[]): Promise<void> => {
		await step(
			those,
			(reading) => openUnchecked(locationOf(reading), 'file', reading.calls),
			(reading, file) => (reading.file = file),
		);
		await step(those.filter(isOpen), fill, () => undefined);
		await step(
			those.filter(isOpen),
			({ file, calls }) => calls.look(file),
			(reading, stats) => (reading.stats = stats),
		);
		// Only now: what was read from another file is given to nobody.
		await step(those.filter(isOpen), check, (reading, whole) => (reading.whole = whole));
		those.forEach(close);
	};
	const readAll = async (): Promise<void> => {
		const [first, ...others] = readings;
		if (first === undefined) return;
		await readThose([first]);
		const device = first.whole?.stamp.device;
		const quickCalls =
			device === undefined || others.length === 0 ? undefined : await quickCallsAt?.(locationOf(first));
		for (const other of others) {
			if (quickCalls !== undefined && other.source.stamp?.device === device) other.calls = quickCalls;
		}
		await readThose(others);
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

async function check({ source, calls, stats, buffer, bytes, file }: OpenReading): Promise<WholeFile | undefined> {
	if (stats === undefined) return undefined;
	await checkOpened(source.location ?? '', 'file', { file, stats }, source.stamp, calls);
	return { content: buffer.subarray(0, bytes), stamp: toStamp(stats) };
}

/** Some network drives give less than was asked for. */
async function fill(reading: OpenReading): Promise<void> {
	const { calls, buffer, file } = reading;
	for (let count = 1; count > 0 && reading.bytes < buffer.length; reading.bytes += count) {
		const into = reading.bytes === 0 ? buffer : buffer.subarray(reading.bytes);
		count = await calls.read(file, into, reading.bytes);
	}
}

function isOpen(reading: Reading): reading is OpenReading {
	return reading.file !== undefined;
}

function locationOf({ source }: Reading): string {
	return source.location ?? '';
}
