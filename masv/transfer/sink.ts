import type { LentFile } from '../transport';
import type { Guard } from './guard';

/** Where the content of one file goes, the mirror image of a source. Nothing has its final name before it is whole. */
export interface FileSink {
	/**
	 * Begins the partial file, or continues the one that an earlier run has left.
	 * @param guard asked directly before each write, and before the file gets its name: another run may
	 * have taken over the partial file while a call waited for its turn
	 */
	open(guard?: Guard): Promise<OpenSink>;
}

/** A partial file, written at any position and in any order. Calls may overlap. All of them throw MasvErrors. */
export interface OpenSink {
	/**
	 * Identifies this very partial file: another one has another text, even at the same path, and so has a file that was
	 * deleted and begun again. Undefined if no later run can continue it, as with a stream.
	 */
	readonly partial: string | undefined;
	/**
	 * Only of a stream, whose content is handed on in order: a write further ahead than this, in bytes, waits until what is
	 * before it was handed on. What was handed on cannot be written again.
	 */
	readonly windowBytes?: number;
	/** Only of a stream: has all content shown in order, without gaps, as soon as it is there. To be called before any is. */
	observe?(show: (bytes: Uint8Array) => void): void;
	/** Writes all of the piece. The buffer may be used again once this resolves. */
	write(piece: Uint8Array, position: number): Promise<void>;
	/**
	 * Only of a file that others may write, at least as fast: lends it to a transport. It stays open until it is given back.
	 * Undefined if nobody else may write it.
	 */
	readonly lend?: (() => Pick<LentFile, 'file' | 'check' | 'explain' | 'giveBack'>) | undefined;
	/**
	 * Before content of another version is written, or content about which nothing is known: the partial file becomes another
	 * one, so that no note about the former can be mistaken for one about the new content. Undefined for a stream.
	 */
	restart?(): Promise<void>;
	/** Reads what was written, to compare it with a checksum. @returns the number of bytes, 0 at the end and for a stream */
	read(into: Uint8Array, position: number): Promise<number>;
	/** Resolves when what was written before the call outlives a power failure. Ranges are noted only then. */
	sync(): Promise<void>;
	/**
	 * The content is whole: removes what an earlier, longer version has left behind `bytes`, sets the modification time if the disk
	 * allows that, and gives the file its final name. Only `stamp` and `close` may follow.
	 * @returns where the file is now
	 */
	finish(content: WholeContent): Promise<string>;
	/** After `finish`: the stamp that the file would have if it was looked at now, see `FoundEntry`. Not of a stream. */
	stamp?(): Promise<string>;
	/** Keeps what is there for a later run, unless nothing was written. Waits for no call that hangs. Never throws. */
	close(): Promise<void>;
}

export interface WholeContent {
	bytes: number;
	modifiedAt: Date | undefined;
	/** Ends the wait for a disk that takes minutes to write what it has cached. Then, the file has not got its name. */
	signal?: AbortSignal;
}
