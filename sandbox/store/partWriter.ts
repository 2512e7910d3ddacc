import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StoreFailure } from './storeFailure.ts';

export interface PartInput {
	body: Readable;
	/** Bytes announced in the Content-Length header. */
	bytes: number;
	/** Base64, from the Content-MD5 header. */
	contentMd5?: string;
	/** Called with the size of every piece that arrives. */
	onBytes?(bytes: number): void;
}

/**
 * Streams one part to a file and computes its MD5 on the way. The file is deleted if the body does not have the
 * announced length or MD5.
 */
export async function writePart(path: string, input: PartInput): Promise<{ etag: string; bytes: number }> {
	const file = await open(path, 'wx');
	try {
		const md5 = createHash('md5');
		let bytes = 0;
		const sink = fileSink(file, (piece) => {
			md5.update(piece);
			bytes += piece.length;
			input.onBytes?.(piece.length);
		});
		await pipeline(input.body, sink);
		if (bytes !== input.bytes) {
			throw new StoreFailure(
				400,
				'IncompleteBody',
				'You did not provide the number of bytes specified by the Content-Length HTTP header',
			);
		}
		const digest = md5.digest();
		if (input.contentMd5 !== undefined && input.contentMd5 !== digest.toString('base64')) {
			throw new StoreFailure(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
		}
		return { etag: `"${digest.toString('hex')}"`, bytes };
	} catch (error) {
		await rm(path, { force: true });
		throw error;
	} finally {
		await file.close();
	}
}

/** Writes pieces in batches: sockets deliver 64 KiB at a time, and one system call for each would dominate the cost. */
function fileSink(file: FileHandle, onPiece: (piece: Buffer) => void): Writable {
	const write = async (pieces: Buffer[], done: (error?: Error | null) => void) => {
		try {
			const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
			// The write runs in a thread of its own while the hash is computed here.
			const writing = file.writev(pieces);
			pieces.forEach(onPiece);
			const { bytesWritten } = await writing;
			done(bytesWritten === total ? null : new Error('disk full'));
		} catch (error) {
			done(error as Error);
		}
	};
	return new Writable({
		highWaterMark: 2 * 1024 * 1024,
		write: (piece: Buffer, _encoding, done) => void write([piece], done),
		writev: (chunks, done) =>
			void write(
				chunks.map(({ chunk }) => chunk as Buffer),
				done,
			),
	});
}
