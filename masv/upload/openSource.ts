import { toReadError } from '../transfer/readFailure';
import type { OpenStream, RangeReader, RangeSource, StreamSource } from '../transfer/source';
import { readThrough, streamThrough } from '../transfer/through';

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
	if (source.kind === 'stream') return streamThrough(named, await named(source.open()));
	return readThrough(named, await named(source.open()));
}
