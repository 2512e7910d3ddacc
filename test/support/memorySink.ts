import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Guard } from '../../masv/transfer/guard';
import type { FileSink, OpenSink } from '../../masv/transfer/sink';

/** A sink in memory. Runs that share it find the partial file of the one before. */
export interface MemorySink extends FileSink {
	/** The whole file, once it has its final name. */
	file?: { bytes: Buffer; modifiedAt: Date | undefined };
	/** What there is of the file before. */
	partial: Buffer;
	/** Identifies the partial file. */
	identity: string;
	/** Called before each write, and may fail. */
	onWrite: (position: number, bytes: number) => void | Promise<void>;
	opened: number;
	closed: number;
	syncs: number;
	written: number;
}

/** A sink whose partial file is also in a file on disk, which it lends. @param folder for the file */
export function lendingSink(folder: string): MemorySink {
	const sink = memorySink();
	return Object.assign(sink, {
		open: async (guard?: Guard) => {
			sink.opened++;
			return await Promise.resolve(withFile(sink, openOne(sink, guard), folder, guard));
		},
	});
}

function withFile(sink: MemorySink, opened: OpenSink, folder: string, guard: Guard | undefined): OpenSink {
	const file = openSync(join(folder, 'partial'), 'w+');
	let lent = 0;
	let isClosed = false;
	writeSync(file, sink.partial, 0, sink.partial.length, 0);
	/** What others have written. */
	const look = (): void => {
		const bytes = Buffer.alloc(fstatSync(file).size);
		readSync(file, bytes, 0, bytes.length, 0);
		sink.partial = bytes;
	};
	const release = (): void => {
		if (isClosed && lent === 0) closeSync(file);
	};
	return {
		get partial() {
			return opened.partial;
		},
		lend: () => {
			lent++;
			return {
				file,
				check: () => guard?.check(),
				explain: async (error) => await Promise.reject(error),
				giveBack: () => {
					lent--;
					if (!isClosed) look();
					release();
				},
			};
		},
		restart: async () => {
			await opened.restart?.();
			ftruncateSync(file);
		},
		write: async (piece, position) => {
			await opened.write(piece, position);
			writeSync(file, piece, 0, piece.length, position);
		},
		read: async (into, position) => {
			look();
			return await opened.read(into, position);
		},
		sync: async () => await opened.sync(),
		finish: async (content) => {
			look();
			return await opened.finish(content);
		},
		close: async () => {
			look();
			isClosed = true;
			release();
			await opened.close();
		},
	};
}

export function memorySink(more: Partial<Pick<MemorySink, 'onWrite'>> = {}): MemorySink {
	const sink: MemorySink = {
		partial: Buffer.alloc(0),
		identity: 'first',
		onWrite: () => undefined,
		opened: 0,
		closed: 0,
		syncs: 0,
		written: 0,
		...more,
		open: async (guard) => {
			sink.opened++;
			return await Promise.resolve(openOne(sink, guard));
		},
	};
	return sink;
}

function openOne(sink: MemorySink, guard: Guard | undefined): OpenSink {
	return {
		get partial() {
			return sink.identity;
		},
		restart: async () => {
			if (sink.partial.length > 0) sink.identity += ' another';
			sink.partial = Buffer.alloc(0);
			return await Promise.resolve();
		},
		write: async (piece, position) => {
			await guard?.check();
			await sink.onWrite(position, piece.length);
			const end = position + piece.length;
			if (end > sink.partial.length) sink.partial = Buffer.concat([sink.partial], 2 * end);
			sink.partial.set(piece, position);
			sink.written += piece.length;
		},
		read: async (into, position) => {
			const start = Math.min(position, sink.partial.length);
			return await Promise.resolve(sink.partial.copy(into, 0, start, start + into.length));
		},
		sync: async () => {
			sink.syncs++;
			return await Promise.resolve();
		},
		finish: async ({ bytes, modifiedAt }) => {
			sink.file = { bytes: sink.partial.subarray(0, bytes), modifiedAt };
			sink.partial = Buffer.alloc(0);
			sink.identity += ' another';
			return await Promise.resolve('/in/memory');
		},
		close: async () => {
			sink.closed++;
			return await Promise.resolve();
		},
	};
}
