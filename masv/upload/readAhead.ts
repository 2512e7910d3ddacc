import type { FileSource, RangeReader, RangeSource } from './source';

/** Files up to this size are read ahead: of a larger one the bytes take longer than what stands around them. */
export const smallBytes = 64 * 1024;

/** How many are opened together, and read together: about as many as are under way at one time. */
export const groupFiles = 20;

export interface ReadAhead {
	/** As they were given; the small ones are opened in groups. */
	sources: FileSource[];
	/** Closes what was opened and not asked for. */
	close(): Promise<void>;
}

/**
 * Thousands of small files, read in groups before their turn comes. Each trip to Node's thread pool wakes a thread, which
 * takes many times as long as opening or reading a small file does; threads that are awake take the next job at once.
 * Whoever sends a file still looks at the open file afterwards, so a file that has changed by then is noticed as ever.
 */
export function readAhead(sources: FileSource[]): ReadAhead {
	const isSmall = (source: FileSource): source is RangeSource => source.kind === 'range' && source.bytes <= smallBytes;
	/** In the order of their turns. */
	const waiting = sources.filter(isSmall);
	const begun = new Map<RangeSource, Promise<RangeReader>>();

	const take = async (source: RangeSource): Promise<RangeReader> => {
		const place = begun.has(source) ? -1 : waiting.indexOf(source);
		if (place >= 0) {
			const group = waiting.splice(place, groupFiles);
			openGroup(group).forEach((reader, index) => begun.set(group[index] as RangeSource, reader));
		}
		const reader = begun.get(source);
		begun.delete(source);
		// One that is opened for the second time is read by itself.
		return await (reader ?? source.open());
	};
	return {
		sources: sources.map((source) => (isSmall(source) ? { ...source, open: async () => await take(source) } : source)),
		close: async () => {
			waiting.length = 0;
			for (const reader of await Promise.allSettled(begun.values())) {
				if (reader.status === 'fulfilled') reader.value.close();
			}
			begun.clear();
		},
	};
}

function openGroup(group: RangeSource[]): Array<Promise<RangeReader>> {
	const content = Buffer.allocUnsafeSlow(group.reduce((sum, { bytes }) => sum + bytes, 0));
	const opening = group.map(async (source) => await source.open());
	const opened = Promise.allSettled(opening);
	let end = 0;
	return opening.map((each, index) => {
		const start = end;
		end += (group[index] as RangeSource).bytes;
		const reader = opened.then(async () => await withContent(await each, content.subarray(start, end)));
		// Told to whoever asks for this file.
		reader.catch(() => undefined);
		return reader;
	});
}

/** Reads the file as far as it fits; what is asked for behind that is asked of the file. */
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
