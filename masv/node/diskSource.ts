import { readStallMs, stalledError } from '../transfer/readFailure';
import type { FileFacts, RangeReader, RangeSource } from '../transfer/source';
import type { FileCalls } from './fileCalls';
import { fileCalls } from './fileCalls';
import { toStamp } from './fileStamp';
import type { OpenedFile } from './openAt';
import { openAt } from './openAt';
import { readTogether } from './readTogether';
import type { Timer } from './callLimit';
import { StalledCall, withCallLimit } from './callLimit';

const defaults = {};

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
	options: DiskOptions = defaults,
): F & RangeSource & { location: string } {
	const source: F & RangeSource & { location: string } = {
		...facts,
		location,
		kind: 'range',
		// Only the source itself is captured: with 100,000 files, a copy of the facts in each closure would matter.
		open: async () => await openReader(source, options),
		readTogether:
			options === defaults ? readTogether : async (sources, into) => await readTogether(sources, into, options),
	};
	return source;
}

type DiskSource = RangeSource & { location: string };

async function openReader(source: DiskSource, options: DiskOptions): Promise<RangeReader> {
	const { calls = fileCalls } = options;
	const opening = openAt(source.location, 'file', source.stamp, calls);
	const { file } = await limited(source, options, opening).catch((error: unknown) => {
		// It may open after all, when nobody wants it any more.
		void opening.then((late: OpenedFile) => calls.close(late.file)).catch(() => undefined);
		throw error;
	});
	let running = 0;
	let isClosed = false;
	const run = async <T>(work: Promise<T>): Promise<T> => {
		running++;
		const ended = work.finally(() => {
			running--;
			if (isClosed && running === 0) calls.close(file);
		});
		return await limited(source, options, ended);
	};
	return {
		read: async (into, position) => await run(calls.read(file, into, position)),
		look: async () => toStamp(await run(calls.look(file))),
		close: () => {
			if (isClosed) return;
			isClosed = true;
			// A read that waits for a thread would otherwise read from the file that gets the same descriptor next.
			if (running === 0) calls.close(file);
		},
	};
}

/** @throws MasvTransferError `file_read_stalled`, while the work is still running */
async function limited<T>(
	source: DiskSource,
	{ stallMs = readStallMs, timer }: DiskOptions,
	work: Promise<T>,
): Promise<T> {
	try {
		return await withCallLimit(work, stallMs, timer);
	} catch (error) {
		throw error instanceof StalledCall ? stalledError(source, 'the disk', stallMs) : error;
	}
}
