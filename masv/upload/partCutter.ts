import { MasvCancelledError } from '../errors';
import type { FileFacts, OpenStream } from '../transfer/source';
import { changedError } from '../transfer/unchanged';

/** Cuts a stream into consecutive parts. The pieces are not joined: that would copy every byte. */
export interface PartCutter {
	/** The next `length` bytes. @param onPiece called with each piece as soon as it has been read */
	cut(length: number, onPiece?: (piece: Uint8Array) => void): Promise<Uint8Array[]>;
	/** @throws MasvTransferError if the stream has not ended */
	finish(): Promise<void>;
	/** Ends the stream and rejects a pending `cut` or `finish`. */
	close: () => void;
}

export function createPartCutter(source: FileFacts, stream: OpenStream): PartCutter {
	const iterator: AsyncIterator<Uint8Array, unknown> = stream.pieces[Symbol.asyncIterator]();
	let rest: Uint8Array = new Uint8Array(0);
	let consumed = 0;
	let isClosed = false;
	let rejectPending: ((reason: unknown) => void) | undefined;
	/** The next piece. `close` rejects it; without this, a stalled stream would block cancellation. */
	const nextPiece = async (): Promise<IteratorResult<Uint8Array, unknown>> =>
		await new Promise((resolve, reject) => {
			if (isClosed) throw new MasvCancelledError();
			rejectPending = reject;
			iterator.next().then(resolve, reject);
		});
	const fillRest = async (): Promise<boolean> => {
		while (rest.length === 0) {
			const next = await nextPiece();
			if (next.done === true) return false;
			rest = next.value;
		}
		return true;
	};
	return {
		cut: async (length, onPiece) => {
			const pieces: Uint8Array[] = [];
			for (let missing = length; missing > 0;) {
				if (!(await fillRest())) throw changedError(source, `it ended after ${consumed} of ${source.bytes} bytes`);
				const piece = rest.subarray(0, missing);
				rest = rest.subarray(piece.length);
				missing -= piece.length;
				consumed += piece.length;
				onPiece?.(piece);
				pieces.push(piece);
			}
			return pieces;
		},
		finish: async () => {
			if (await fillRest()) throw changedError(source, `it is longer than the expected ${source.bytes} bytes`);
		},
		close: () => {
			isClosed = true;
			rejectPending?.(new MasvCancelledError());
			stream.close();
		},
	};
}
