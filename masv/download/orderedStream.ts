import { MasvTransferError } from '../errors';
import type { FileSink, OpenSink } from '../transfer/sink';

/** A sink whose content is handed on in order, while it is received. */
export interface OrderedStream {
	sink: FileSink;
	/**
	 * The content. Must be read from the beginning to the end, or else the download waits for ever; to stop reading cancels it.
	 * The memory of a piece is used again when the next one is asked for. Fails if the download does.
	 */
	pieces: AsyncIterable<Uint8Array>;
	/** Says that nobody will read on, also if nobody has begun to: what is still to be written fails. */
	abandon(): void;
}

/**
 * @param file for messages
 * @param windowBytes what may be in memory: ranges that arrive early wait here for those before them
 */
export function createOrderedStream(file: string, windowBytes: number): OrderedStream {
	/** By position. */
	const early = new Map<number, Uint8Array>();
	const spare = createSpareBuffers(windowBytes * spareShare);
	let position = 0;
	/** Everything before it has arrived. */
	let arrived = 0;
	let show: (bytes: Uint8Array) => void = () => undefined;
	let state: 'open' | 'finished' | 'closed' = 'open';
	let isAbandoned = false;
	const waiting = new Set<() => void>();
	const changed = (): void => {
		for (const proceed of waiting) proceed();
		waiting.clear();
	};
	const abandon = (): void => {
		isAbandoned = true;
		early.clear();
		changed();
	};
	const nextChange = async (): Promise<void> => await new Promise((resolve) => waiting.add(resolve));
	const endedEarly = (): MasvTransferError =>
		new MasvTransferError(`The download of "${file}" ended before its content was whole`, {
			file,
			code: 'content_not_received',
		});

	const open: OpenSink = {
		partial: undefined,
		windowBytes,
		write: async (piece, at) => {
			// One piece that is longer than the window must not wait for itself.
			while (!isAbandoned && at > position && at + piece.length > position + windowBytes) await nextChange();
			if (isAbandoned) throw endedEarly();
			// After a new beginning: what was shown, and perhaps handed on, comes again.
			const known = Math.max(0, arrived - at);
			if (known < piece.length) early.set(at + known, spare.copyOf(piece.subarray(known)));
			for (let next = early.get(arrived); next !== undefined; next = early.get(arrived)) {
				show(next);
				arrived += next.length;
			}
			changed();
		},
		observe: (to) => {
			show = to;
		},
		read: async () => await Promise.resolve(0),
		sync: async () => await Promise.resolve(),
		finish: async () => {
			state = 'finished';
			changed();
			return await Promise.resolve('');
		},
		close: async () => {
			if (state === 'open') state = 'closed';
			changed();
			return await Promise.resolve();
		},
	};
	async function* hand(): AsyncGenerator<Uint8Array> {
		try {
			for (;;) {
				const piece = early.get(position);
				if (piece !== undefined) {
					early.delete(position);
					yield piece;
					spare.give(piece);
					position += piece.length;
					changed();
				} else if (state === 'finished') {
					return;
				} else if (state === 'closed') {
					throw endedEarly();
				} else {
					await nextChange();
				}
			}
		} finally {
			abandon();
		}
	}
	return { sink: { open: async () => await Promise.resolve(open) }, pieces: hand(), abandon };
}

/** The last piece of a range fills its memory only in part, which makes up to a fifth of the window. */
const spareShare = 1.25;

/**
 * Memory that is used again: new memory costs several times as much as what is done with it. Pieces change their size with the number
 * of connections, and small ones in the memory of large ones could come to take several times the window.
 * @param mostBytes all together. What exceeds it is not kept
 */
function createSpareBuffers(mostBytes: number): {
	copyOf: (bytes: Uint8Array) => Uint8Array;
	give: (copy: Uint8Array) => void;
} {
	const spare: ArrayBufferLike[] = [];
	/** Of what is in use, too. */
	let allBytes = 0;
	const takeSpare = (bytes: number): ArrayBufferLike | undefined => {
		const last = spare.pop();
		if (last === undefined || last.byteLength >= bytes) return last;
		allBytes -= last.byteLength;
		return undefined;
	};
	const create = (bytes: number): ArrayBufferLike => {
		allBytes += bytes;
		return new ArrayBuffer(bytes);
	};
	return {
		copyOf: (bytes) => {
			const copy = new Uint8Array(takeSpare(bytes.length) ?? create(bytes.length), 0, bytes.length);
			copy.set(bytes);
			return copy;
		},
		give: ({ buffer }) => {
			if (allBytes <= mostBytes) spare.push(buffer);
			else allBytes -= buffer.byteLength;
		},
	};
}

/** A stream that is read to nowhere, for whoever observes it. */
export async function discardStream(file: string, windowBytes: number): Promise<OpenSink> {
	const { sink, pieces } = createOrderedStream(file, windowBytes);
	const readAll = async (): Promise<void> => {
		for await (const _ of pieces);
	};
	// It fails if the download does.
	void readAll().catch(() => undefined);
	return await sink.open();
}
