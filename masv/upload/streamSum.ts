import type { Hashing, Md5 } from '../hashing';
import type { OpenStream, StreamSource } from '../transfer/source';
import { changedError } from '../transfer/unchanged';
import type { FileSum } from './fileSum';
import { openSource } from './openSource';
import { pieceBytes } from './slots';

/** Hashes a stream as it is read. Each time it is opened, it begins at the start, and so does the sum. */
export function createStreamSum(source: StreamSource, hashing: Pick<Hashing, 'md5'>): FileSum<StreamSource> {
	let sum: { md5: Md5; bytes: number } | undefined;
	let hex: string | undefined;
	const open = async (): Promise<OpenStream> => {
		const { pieces, close } = await source.open();
		sum = { md5: hashing.md5(), bytes: 0 };
		hex = undefined;
		return { pieces: hashed(pieces, sum), close };
	};
	const finish = async (): Promise<string> => {
		if (sum?.bytes !== source.bytes) await readAll(await openSource({ ...source, open }));
		if (sum?.bytes !== source.bytes) {
			throw changedError(source, `it ended after ${sum?.bytes ?? 0} of ${source.bytes} bytes`);
		}
		return (hex ??= sum.md5.hex());
	};
	return {
		source: { ...source, open },
		finish,
		release: () => undefined,
	};
}

async function* hashed(
	pieces: AsyncIterable<Uint8Array>,
	sum: { md5: Md5; bytes: number },
): AsyncGenerator<Uint8Array> {
	for await (const piece of pieces) {
		// Some stores return the whole file as one piece. Hashing it at once would block the event loop.
		for (let start = 0; start < piece.length; start += pieceBytes) {
			const part = piece.subarray(start, start + pieceBytes);
			sum.md5.update(part);
			sum.bytes += part.length;
			yield part;
		}
	}
}

async function readAll({ pieces, close }: OpenStream): Promise<void> {
	try {
		for await (const _ of pieces);
	} finally {
		close();
	}
}
