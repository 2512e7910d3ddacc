import { writeSync } from 'node:fs';

import type { RunningSums } from '../../download/blockSums';
import { startSums } from '../../download/blockSums';
import { tooMuchError } from '../../download/collect';
import { MasvConnectionError } from '../../errors';
import type { BufferPool } from '../../transfer/bufferPool';
import type { ResponseContent, ResponseHead } from '../../transport';
import { InvalidResponse } from '../httpFailure';
import { nodeHashing } from '../nodeHashing';
import { isPlain, NotPlain } from '../responseReader';
import { systemCodeOf } from '../systemCode';
import type { TlsConnection } from '../tlsConnection';
import type { TlsConnections } from '../tlsConnections';
import type { FromThread, Moved, PlainRequest, ThreadFailure, WriteOrder } from './messages';

/**
 * After it, whether the file may be written has to be asked again. A frozen process wakes up with permissions that are long over. What is
 * left is one that was frozen between the last look and the call that writes, or while it was asked: it writes one buffer, or for half
 * a second, what its successor has written there as well, because a partial file is only continued with content of the same ETag.
 */
const permissionMs = 2_000;
/** While checksums are computed, it is told at once when so much was written: there may be no time for them. */
const tellBytes = 1024 * 1024;

/** A file could not be written. */
class WriteFailure extends Error {
	override name = 'WriteFailure';
}

/** The permission has ended since it was looked at. */
class PermissionEnded extends Error {
	override name = 'PermissionEnded';
}

/** One request in the thread, whose content is written to a file here: nothing but numbers goes to the thread that asked. */
export class WritingGet implements ResponseContent {
	readonly #id: number;
	readonly #request: PlainRequest;
	readonly #pool: BufferPool;
	readonly #post: (message: FromThread) => void;
	readonly #stop = new AbortController();
	#connection: TlsConnection | undefined;
	#order: WriteOrder | undefined;
	/** What waits for the order, or for the permission. */
	#waiting: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
	#permittedAt = 0;
	#position = 0;
	#buffer: Uint8Array | undefined;
	#used = 0;
	/** How many bytes fit into the buffer before anything has to be decided or written. */
	#room = 0;
	#sums: RunningSums | undefined;
	#moved = { arrived: 0, written: 0 };

	constructor(id: number, request: PlainRequest, pool: BufferPool, post: (message: FromThread) => void) {
		this.#id = id;
		this.#request = request;
		this.#pool = pool;
		this.#post = post;
	}

	/** Never rejects. */
	async run(connections: TlsConnections): Promise<void> {
		const id = this.#id;
		try {
			const request = { ...this.#request, method: 'GET', content: this, signal: this.#stop.signal };
			const { status, headers, text } = await connections.get(request, (used) => {
				this.#connection = used;
				if (this.#stop.signal.aborted) used.fail(this.#stop.signal.reason);
			});
			// It may already be used by another request.
			this.#connection = undefined;
			if (this.#used > 0) {
				await this.#untilPermitted();
				this.#flush();
			}
			this.#post({ kind: 'end', id, status, headers, text, ...this.#take(this.#sums?.finish()) });
		} catch (error) {
			const failure = this.#keepTheRest() ?? toFailure(error);
			this.#post({ kind: 'failed', id, failure, status: this.#connection?.status, ...this.#take() });
		}
		if (this.#buffer !== undefined) this.#pool.give(this.#buffer);
		this.#buffer = undefined;
		this.#room = 0;
	}

	/** What has arrived is written before a retry goes on behind it. */
	#keepTheRest(): ThreadFailure | undefined {
		if (this.#stop.signal.aborted || this.#order === undefined || !this.#isPermitted()) return undefined;
		try {
			this.#flush();
			return undefined;
		} catch (error) {
			return toFailure(error);
		}
	}

	takes(head: ResponseHead): boolean {
		const { status, headers } = head;
		if (status < 200 || status > 299) return false;
		// What is not plain is not taken after all.
		if (isPlain(head)) this.#post({ kind: 'head', id: this.#id, status, headers });
		return true;
	}

	take(piece: Uint8Array): Promise<void> | undefined {
		this.#moved.arrived += piece.length;
		// Nearly all pieces. V8 compiles this into its callers several times while the thread is young, so it is short.
		if (piece.length < this.#room && this.#buffer !== undefined) {
			this.#buffer.set(piece, this.#used);
			this.#used += piece.length;
			this.#room -= piece.length;
			return undefined;
		}
		return this.#takeLast(piece);
	}

	/** What may fill the buffer, and be too much. */
	#takeLast(piece: Uint8Array): Promise<void> | undefined {
		if (this.#order === undefined || !this.#mayTake(piece.length, this.#order))
			return this.#takeLater(new Uint8Array(piece));
		this.#collect(piece, this.#order);
		return undefined;
	}

	write(order: WriteOrder): void {
		this.#order = order;
		this.#position = order.position;
		if (order.blockBytes !== undefined) {
			this.#sums = startSums(nodeHashing, order.position, order.blockBytes ?? undefined, { admits: () => true });
		}
		this.permit(order.permittedAt);
	}

	permit(at: number): void {
		this.#permittedAt = at;
		this.#waiting?.resolve();
		this.#waiting = undefined;
	}

	stopSums(): void {
		this.#sums = undefined;
	}

	cancel(): void {
		const reason = new Error('cancelled');
		this.#stop.abort(reason);
		this.#waiting?.reject(reason);
		this.#waiting = undefined;
		this.#connection?.fail(reason);
	}

	/** Tells what has moved, if anything has. */
	tell(): void {
		const { arrived, written } = this.#moved;
		if (arrived > 0 || written > 0) this.#post({ kind: 'moved', id: this.#id, ...this.#take() });
	}

	/** @param sums of blocks that were not told before */
	#take(sums = this.#sums?.complete): Moved {
		const moved = { ...this.#moved, sums: [...(sums ?? [])] };
		this.#moved = { arrived: 0, written: 0 };
		sums?.clear();
		return moved;
	}

	#isPermitted(): boolean {
		// A clock that was set back must not make a permission last for hours.
		return Math.abs(Date.now() - this.#permittedAt) < permissionMs;
	}

	/** Only what fills the buffer is followed by a write. */
	#mayTake(bytes: number, { bufferBytes }: WriteOrder): boolean {
		return this.#used + bytes < (this.#buffer?.length ?? bufferBytes) || this.#isPermitted();
	}

	async #takeLater(piece: Uint8Array): Promise<void> {
		this.#collect(piece, await this.#untilPermitted());
	}

	async #untilPermitted(): Promise<WriteOrder> {
		while (this.#order === undefined || !this.#isPermitted()) {
			this.#stop.signal.throwIfAborted();
			if (this.#order !== undefined) this.#post({ kind: 'askPermission', id: this.#id });
			await new Promise<void>((resolve, reject) => (this.#waiting = { resolve, reject }));
		}
		return this.#order;
	}

	#collect(piece: Uint8Array, { end }: WriteOrder): void {
		if (end !== undefined && this.#position + this.#used + piece.length > end) {
			throw tooMuchError(this.#request.operation);
		}
		for (let at = 0; at < piece.length;) {
			const buffer = (this.#buffer ??= this.#pool.take());
			const bytes = Math.min(buffer.length - this.#used, piece.length - at);
			buffer.set(at === 0 && bytes === piece.length ? piece : piece.subarray(at, at + bytes), this.#used);
			this.#used += bytes;
			at += bytes;
			if (this.#used === buffer.length) this.#flush();
		}
		const free = (this.#buffer?.length ?? 0) - this.#used;
		this.#room = Math.min(free, (end ?? Infinity) - this.#position - this.#used);
	}

	/** Writes what has been collected. A disk that is nearly full takes part of it. */
	#flush(): void {
		const { file } = this.#order as WriteOrder;
		const buffer = this.#buffer?.subarray(0, this.#used) ?? new Uint8Array(0);
		if (!this.#isPermitted()) throw new PermissionEnded();
		for (let written = 0; written < buffer.length;) {
			try {
				written += writeSync(file, buffer, written, buffer.length - written, this.#position + written);
			} catch (error) {
				throw new WriteFailure('The file cannot be written', { cause: error });
			}
		}
		this.#used = 0;
		this.#position += buffer.length;
		this.#moved.written += buffer.length;
		this.#sums?.update(buffer);
		if (this.#sums !== undefined && this.#moved.written >= tellBytes) this.tell();
	}
}

function toFailure(error: unknown): ThreadFailure {
	if (error instanceof NotPlain) return { kind: 'notPlain' };
	if (error instanceof InvalidResponse) return { kind: 'invalidResponse' };
	if (error instanceof WriteFailure) {
		const { message, code } = error.cause as NodeJS.ErrnoException;
		return { kind: 'write', message, code };
	}
	if (error instanceof MasvConnectionError) {
		const { message, code, transient } = error;
		return { kind: 'response', message, code, transient };
	}
	// The next attempt asks for a new one.
	if (error instanceof PermissionEnded) return { kind: 'connection', code: 'UND_ERR_SOCKET' };
	return { kind: 'connection', code: systemCodeOf(error) };
}
