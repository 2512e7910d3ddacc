import type { FileSource, RangeReader, RangeSource } from '../transfer/source';

/** Files up to this size are read ahead: of a larger one the bytes take longer than what stands around them. */
export const smallBytes = 64 * 1024;

/** How many are opened together, and read together: about as many as are under way at one time. */
export const groupFiles = 20;

/** A file in the order of its turn. */
export interface Turn {
	/** To be sent in place of the one that was given. */
	source: FileSource;
	/** When its turn is over, or will never come: closes what was opened and not asked for. */
	end: () => Promise<void>;
}

/**
 * Thousands of small files, read in groups shortly before their turn. Each trip to Node's thread pool wakes a thread, which
 * takes many times as long as opening or reading a small file does; threads that are awake take the next job at once. Only
 * neighbours are read together: what stands behind a large file has its turn much later, and may be another file by then.
 */
export function readAhead(sources: FileSource[]): Turn[] {
	/** Those that need not be begun: they have been, or their turn is over. */
	const begun = new Set<number>();
	const readers = new Map<number, Promise<RangeReader>>();
	const begin = (first: number): void => {
		const group: RangeSource[] = [];
		for (let index = first; index < first + groupFiles && !begun.has(index); index++) {
			const source = sources[index];
			if (source === undefined || !isSmall(source)) break;
			begun.add(index);
			group.push(source);
		}
		openGroup(group).forEach((reader, offset) => readers.set(first + offset, reader));
	};
	const take = async (index: number): Promise<RangeReader | undefined> => {
		const reader = readers.get(index);
		readers.delete(index);
		// What could not be read ahead is told of when it is its turn, if it is so still.
		return await reader?.catch(() => undefined);
	};
	return sources.map((source, index) => ({
		source: !isSmall(source)
			? source
			: {
					...source,
					open: async () => {
						if (!begun.has(index)) begin(index);
						return (await take(index)) ?? (await source.open());
					},
				},
		end: async () => {
			begun.add(index);
			(await take(index))?.close();
		},
	}));
}

function isSmall(source: FileSource): source is RangeSource {
	return source.kind === 'range' && source.bytes <= smallBytes;
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
		// Nobody may be asking for it yet.
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
