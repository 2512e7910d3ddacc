import { readStallMs, stalledError } from '../transfer/readFailure';
import type { FileFacts, RangeReader, RangeSource } from '../transfer/source';
import type { FileCalls } from './fileCalls';
import { fileCalls } from './fileCalls';
import { toStamp } from './fileStamp';
import type { OpenedFile } from './openAt';
import { openAt } from './openAt';
import type { Timer } from './stallLimit';
import { StalledCall, withStallLimit } from './stallLimit';

/** What tests replace. */
export interface DiskOptions {
	calls?: FileCalls;
	stallMs?: number;
	timer?: Timer;
}

/**
 * A file on disk. Callers must check that `location` may be read, and resolve its links. It is opened only if it is still
 * there, see {@link openAt}.
 */
export function diskSource<F extends FileFacts>(
	location: string,
	facts: F,
	options: DiskOptions = {},
): F & RangeSource & { location: string } {
	const source: F & RangeSource & { location: string } = {
		...facts,
		location,
		kind: 'range',
		// Only the source itself is captured: with 100,000 files, a copy of the facts in each closure would matter.
		open: async () => await openReader(source, options),
	};
	return source;
}

async function openReader(
	source: RangeSource & { location: string },
	{ calls = fileCalls, stallMs = readStallMs, timer }: DiskOptions,
): Promise<RangeReader> {
	const limited = async <T>(work: Promise<T>): Promise<T> => {
		try {
			return await withStallLimit(work, stallMs, timer);
		} catch (error) {
			throw error instanceof StalledCall ? stalledError(source, 'the disk', stallMs) : error;
		}
	};
	const opening = openAt(source.location, 'file', source.stamp, calls);
	const { file } = await limited(opening).catch((error: unknown) => {
		// It may open after all, when nobody wants it any more.
		void opening.then((late: OpenedFile) => calls.close(late.file)).catch(() => undefined);
		throw error;
	});
	let running = 0;
	let isClosed = false;
	const run = async <T>(start: () => Promise<T>): Promise<T> => {
		running++;
		return await start().finally(() => {
			running--;
			if (isClosed && running === 0) calls.close(file);
		});
	};
	return {
		read: async (into, position) => await limited(run(async () => await calls.read(file, into, position))),
		look: async () => toStamp(await limited(run(async () => await calls.look(file)))),
		close: () => {
			if (isClosed) return;
			isClosed = true;
			// A read that waits for a thread would otherwise read from the file that gets the same descriptor next.
			if (running === 0) calls.close(file);
		},
	};
}
