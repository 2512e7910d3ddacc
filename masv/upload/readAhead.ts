import type { FileSource, RangeReader, RangeSource } from '../transfer/source';
import type { UntilAborted } from '../untilAborted';
import { untilAborted } from '../untilAborted';

/** Files up to this size are read ahead. For larger ones, the time to open the file does not matter. */
export const maxSmallBytes = 64 * 1024;

/** Number of files opened and read together: about as many as are uploaded in parallel. */
export const filesPerGroup = 20;

/** The files of an upload, by index. */
export interface FileQueue {
	/** To be used instead of the given source. Created here, because 100,000 of them at once would take much memory. */
	source(index: number): FileSource;
	/** To be called after the upload of the file, or instead of it. Forgets the content if it was read ahead but not used. */
	release(index: number): void;
}

/**
 * Reads small files whole and in groups, shortly before they are uploaded. Waking a thread of Node's thread pool takes much
 * longer than opening or reading a small file, while a running thread takes the next job at once. A group ends at a large file:
 * the files behind it are uploaded much later and may change until then.
 * @param signal ends every wait for a file, even if its disk hangs
 */
export function readAhead(sources: FileSource[], signal?: AbortSignal): FileQueue {
	const wait = untilAborted(signal);
	/** Files that are not opened ahead: already opened, or released. */
	const started = new Set<number>();
	const readers = new Map<number, Promise<RangeReader>>();
	const openGroupAt = (first: number): void => {
		const group: RangeSource[] = [];
		for (let index = first; index < first + filesPerGroup && !started.has(index); index++) {
			const source = sources[index];
			if (source?.kind !== 'range' || !isSmall(source)) break;
			started.add(index);
			group.push(source);
		}
		openGroup(group).forEach((reader, offset) => readers.set(first + offset, reader));
	};
	const take = async (index: number): Promise<RangeReader | undefined> => {
		const reader = readers.get(index);
		readers.delete(index);
		// Reading ahead may have failed. The caller then opens the file itself and reports the error, if it persists.
		return await reader?.catch(() => undefined);
	};
	const openRange = async (index: number, source: RangeSource): Promise<RangeReader> => {
		if (!isSmall(source)) return await source.open();
		if (!started.has(index)) openGroupAt(index);
		return (await take(index)) ?? (await source.open());
	};
	return {
		source: (index) => {
			const source = sources[index] as FileSource;
			if (source.kind === 'stream') return { ...source, open: async () => await opened(wait, source.open()) };
			const open = async (): Promise<RangeReader> => {
				const reader = await opened(wait, openRange(index, source));
				return {
					read: async (into, position) => await wait(reader.read(into, position)),
					look: async () => await wait(reader.look()),
					close: () => reader.close(),
				};
			};
			return { ...source, open };
		},
		release: (index) => {
			started.add(index);
			readers.delete(index);
		},
	};
}

/** Closes what opens after nobody has waited for it any more. */
async function opened<T extends { close(): void }>(wait: UntilAborted, opening: Promise<T>): Promise<T> {
	return await wait(opening).catch((error: unknown) => {
		void opening.then((late) => late.close()).catch(() => undefined);
		throw error;
	});
}

function isSmall(source: RangeSource): boolean {
	return source.bytes <= maxSmallBytes;
}

function openGroup(group: RangeSource[]): Array<Promise<RangeReader>> {
	const content = new Uint8Array(group.reduce((sum, { bytes }) => sum + bytes, 0));
	const opening = group.map(async (source) => await source.open());
	const opened = Promise.allSettled(opening);
	let end = 0;
	return opening.map((each, index) => {
		const start = end;
		end += (group[index] as RangeSource).bytes;
		// Exactly its part: a file that has grown must not overwrite the next one.
		const buffer = content.subarray(start, end);
		const reader = opened.then(async () => await readWhole(await each, buffer));
		// Without this, a failure before the file is used would be an unhandled rejection.
		reader.catch(() => undefined);
		return reader;
	});
}

/**
 * Reads the file into the buffer and closes it. What happens to the file from then on does not matter, so its state is the
 * one right after reading.
 */
async function readWhole(reader: RangeReader, buffer: Uint8Array): Promise<RangeReader> {
	try {
		let bytes = 0;
		for (let read = 1; read > 0 && bytes < buffer.length; bytes += read) {
			read = await reader.read(buffer.subarray(bytes), bytes);
		}
		const content = buffer.subarray(0, bytes);
		const stamp = await reader.look();
		return {
			read: (into, position) => {
				const piece = content.subarray(position, position + into.length);
				into.set(piece);
				return Promise.resolve(piece.length);
			},
			look: () => Promise.resolve(stamp),
			close: () => undefined,
		};
	} finally {
		reader.close();
	}
}
