import type { FileSource, RangeReader, RangeSource, ReadTogether, WholeFile } from '../transfer/source';
import { openThrough } from '../transfer/through';
import type { UntilAborted } from '../untilAborted';
import { untilAborted } from '../untilAborted';
import { openOnDisk } from './openOnDisk';

/** Files up to this size are read ahead. For larger ones, the time to open the file does not matter. */
export const maxSmallBytes = 64 * 1024;

/** Number of files read together. More of them take more memory; fewer wake the threads that read them more often. */
export const filesPerGroup = 64;

/** The files of an upload, by index. */
export interface FileQueue {
	/** To be used instead of the given source. Created here, because 100,000 of them at once would take much memory. */
	source(index: number): FileSource;
	/** To be called after the upload of the file, or instead of it. Forgets the content if it was read ahead but not used. */
	release(index: number): void;
}

/** Files that are read together, and the indexes of the first one and of the one behind the last. */
interface Group {
	first: number;
	end: number;
	files: Promise<Array<WholeFile | undefined>>;
	/** How many of them may still be read from the buffer. */
	left: number;
	/** Holds their contents. undefined while something may be writing into it. */
	buffer?: Uint8Array;
}

/**
 * Reads small files whole and in groups, shortly before they are uploaded: a group is begun when the one before it is half
 * used up, so that the upload does not wait for it. A group ends at a large file: the files behind it are uploaded much later
 * and may change until then.
 * @param signal ends every wait for a file, even if its disk hangs
 */
export function readAhead(sources: FileSource[], signal?: AbortSignal): FileQueue {
	return new GroupQueue(sources, untilAborted(signal));
}

class GroupQueue implements FileQueue {
	readonly #sources: FileSource[];
	readonly #wait: UntilAborted;
	/** 1 for files that are not read ahead: already read, or released. */
	readonly #isStarted: Uint8Array;
	/** The group of each file that is being read ahead. Not a Map, whose old tables would keep what has been sent in memory. */
	readonly #groups: Array<Group | undefined>;
	#latest: Group | undefined;
	/** Used again: on some machines, new memory takes longer than to read the files. */
	readonly #buffers: Uint8Array[] = [];
	#longestBuffer = 0;

	constructor(sources: FileSource[], wait: UntilAborted) {
		this.#sources = sources;
		this.#wait = wait;
		this.#isStarted = new Uint8Array(sources.length);
		this.#groups = new Array<Group | undefined>(sources.length);
	}

	source(index: number): FileSource {
		const source = this.#sources[index] as FileSource;
		if (source.kind === 'stream') return { ...source, open: () => openThrough(this.#wait, source.open()) };
		return { ...source, open: () => this.#open(index, source) };
	}

	release(index: number): void {
		this.#isStarted[index] = 1;
		const group = this.#groups[index];
		this.#groups[index] = undefined;
		if (group !== undefined) this.#leave(group);
	}

	async #open(index: number, source: RangeSource): Promise<RangeReader> {
		const { readTogether } = source;
		if (!isSmall(source) || readTogether === undefined) return await openOnDisk(this.#wait, source);
		if (this.#isStarted[index] === 0) this.#readGroupAt(index, readTogether);
		const group = this.#groups[index];
		this.#groups[index] = undefined;
		if (group !== undefined && group === this.#latest && index >= (group.first + group.end) / 2) {
			this.#readGroupAt(group.end, readTogether);
		}
		const file = (await group?.files)?.[index - (group?.first ?? 0)];
		// It could not be read ahead: opening it tells why, if it still fails.
		if (group === undefined || file === undefined) return await openOnDisk(this.#wait, source);
		return readerOf(file, () => this.#leave(group));
	}

	#readGroupAt(first: number, together: ReadTogether): void {
		const members: RangeSource[] = [];
		for (let index = first; index < first + filesPerGroup && this.#isStarted[index] === 0; index++) {
			const source = this.#sources[index];
			if (source?.kind !== 'range' || !isSmall(source) || source.readTogether !== together) break;
			this.#isStarted[index] = 1;
			members.push(source);
		}
		if (members.length === 0) return;
		const buffer = this.#takeBuffer(members.reduce((sum, { bytes }) => sum + bytes, 0));
		const files = this.#wait(together(members, buffer));
		const group: Group = { first, end: first + members.length, files, left: members.length };
		const keep = (read: Array<WholeFile | undefined>): void => {
			if (!read.includes(undefined)) group.buffer = buffer;
		};
		// Perhaps nobody waits for it any more.
		files.then(keep, () => undefined);
		this.#latest = group;
		for (let index = first; index < group.end; index++) this.#groups[index] = group;
	}

	#takeBuffer(bytes: number): Uint8Array {
		this.#longestBuffer = Math.max(this.#longestBuffer, bytes);
		const free = this.#buffers.pop();
		return free !== undefined && free.length >= bytes ? free : new Uint8Array(this.#longestBuffer);
	}

	#leave(group: Group): void {
		group.left--;
		if (group.left === 0 && group.buffer !== undefined) this.#buffers.push(group.buffer);
	}
}

function isSmall(source: RangeSource): boolean {
	return source.bytes <= maxSmallBytes;
}

/**
 * What happens to the file from now on does not matter, so its state is the one right after reading.
 * @param leave called once, as soon as the content is not needed any more
 */
function readerOf({ content, stamp }: WholeFile, leave: () => void): RangeReader {
	let isClosed = false;
	return {
		read: (into, position) => {
			// Other files may be in the buffer by now.
			if (isClosed) return Promise.reject(new Error('The reader is closed'));
			const piece = content.subarray(position, position + into.length);
			into.set(piece);
			return Promise.resolve(piece.length);
		},
		look: () => Promise.resolve(stamp),
		close: () => {
			if (isClosed) return;
			isClosed = true;
			leave();
		},
	};
}
