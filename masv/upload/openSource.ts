import { toReadError } from '../transfer/readFailure';
import type { OpenStream, RangeReader, RangeSource, StreamSource } from '../transfer/source';

/**
 * Opens a source. Its errors, those of later reads included, name the file.
 * @throws MasvTransferError
 */
export async function openSource(source: RangeSource): Promise<RangeReader>;
export async function openSource(source: StreamSource): Promise<OpenStream>;
export async function openSource(source: RangeSource | StreamSource): Promise<RangeReader | OpenStream> {
	const rename = (error: unknown): never => {
		throw toReadError(source, error);
	};
	const named = <T>(work: Promise<T>): Promise<T> => work.catch(rename);
	if (source.kind === 'stream') {
		const { pieces, close } = await named(source.open());
		return { pieces: { [Symbol.asyncIterator]: () => namedIterator(pieces[Symbol.asyncIterator](), named) }, close };
	}
	const reader = await named(source.open());
	return {
		read: (into, position) => named(reader.read(into, position)),
		look: () => named(reader.look()),
		close: () => reader.close(),
	};
}

function namedIterator(
	iterator: AsyncIterator<Uint8Array, unknown>,
	named: <T>(work: Promise<T>) => Promise<T>,
): AsyncIterator<Uint8Array, unknown> {
	return {
		next: async () => await named(iterator.next()),
		return: async (value) => (await iterator.return?.(value)) ?? { done: true, value },
	};
}
