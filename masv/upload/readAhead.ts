import type { FileSource, RangeReader, RangeSource } from '../transfer/source';

/** Files up to this size are read ahead. For larger ones, the time to open the file does not matter. */
export const maxSmallBytes = 64 * 1024;

/** Number of files opened and read together: about as many as are uploaded in parallel. */
export const filesPerGroup = 20;

/** A file in the queue of the upload. */
export interface QueuedFile {
	/** Replaces the given source. */
	source: FileSource;
	/** To be called after the upload of the file, or instead of it. Closes the file if it was opened ahead but not used. */
	release: () => Promise<void>;
}

/**
 * Reads small files in groups, shortly before they are uploaded. Waking a thread of Node's thread pool takes much longer
 * than opening or reading a small file, while a running thread takes the next job at once. A group ends at a large file:
 * the files behind it are uploaded much later and may change until then.
 */
export function readAhead(sources: FileSource[]): QueuedFile[] {
	/** Files that are not opened ahead: already opened, or released. */
	const started = new Set<number>();
	const readers = new Map<number, Promise<RangeReader>>();
	const openGroupAt = (first: number): void => {
		const group: RangeSource[] = [];
		for (let index = first; index < first + filesPerGroup && !started.has(index); index++) {
			const source = sources[index];
			if (source === undefined || !isSmall(source)) break;
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
	return sources.map((source, index) => ({
		source: !isSmall(source)
			? source
			: {
					...source,
					open: async () => {
						if (!started.has(index)) openGroupAt(index);
						return (await take(index)) ?? (await source.open());
					},
				},
		release: async () => {
			started.add(index);
			(await take(index))?.close();
		},
	}));
}

function isSmall(source: FileSource): source is RangeSource {
	return source.kind === 'range' && source.bytes <= maxSmallBytes;
}

function openGroup(group: RangeSource[]): Array<Promise<RangeReader>> {
	const content = new Uint8Array(group.reduce((sum, { bytes }) => sum + bytes, 0));
	const opening = group.map(async (source) => await source.open());
	const opened = Promise.allSettled(opening);
	let end = 0;
	return opening.map((each, index) => {
		const start = end;
		end += (group[index] as RangeSource).bytes;
		const reader = opened.then(async () => await withContent(await each, content.subarray(start, end)));
		// Without this, a failure before the file is used would be an unhandled rejection.
		reader.catch(() => undefined);
		return reader;
	});
}

/** Reads the file into the buffer. Reads beyond the buffer go to the file. */
async function withContent(reader: RangeReader, content: Uint8Array): Promise<RangeReader> {
	try {
		const bytes = await reader.read(content, 0);
		return {
			...reader,
			read: async (into, position) => {
				if (position >= bytes) return await reader.read(into, position);
				const piece = content.subarray(position, Math.min(bytes, position + into.length));
				into.set(piece);
				return piece.length;
			},
		};
	} catch (error) {
		reader.close();
		throw error;
	}
}
