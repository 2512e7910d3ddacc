import type { FileSource, OpenStream, RangeReader, RangeSource, StreamSource } from '../transfer/source';
import type { UntilAborted } from '../untilAborted';

/** The same source, whose disk or store may hang. @param wait as for {@link openOnDisk} */
export function whileWanted(wait: UntilAborted, source: RangeSource): RangeSource;
export function whileWanted(wait: UntilAborted, source: FileSource): FileSource;
export function whileWanted(wait: UntilAborted, source: FileSource): FileSource {
	return source.kind === 'stream'
		? { ...source, open: async () => await openStream(wait, source) }
		: { ...source, open: async () => await openOnDisk(wait, source) };
}

/** Opens a file whose disk may hang. @param wait for each call, which goes on if nobody waits for it any more */
export async function openOnDisk(wait: UntilAborted, source: RangeSource): Promise<RangeReader> {
	const reader = await opened(wait, source.open());
	return {
		read: (into, position) => wait(reader.read(into, position)),
		look: () => wait(reader.look()),
		close: () => reader.close(),
	};
}

async function openStream(wait: UntilAborted, source: StreamSource): Promise<OpenStream> {
	const { pieces, close } = await opened(wait, source.open());
	const waited = (iterator: AsyncIterator<Uint8Array, unknown>): AsyncIterator<Uint8Array, unknown> => ({
		next: async () => await wait(iterator.next()),
		return: async (value) => (await iterator.return?.(value)) ?? { done: true, value },
	});
	return { pieces: { [Symbol.asyncIterator]: () => waited(pieces[Symbol.asyncIterator]()) }, close };
}

/** Closes what opens after nobody has waited for it any more. */
export function opened<T extends { close(): void }>(wait: UntilAborted, opening: Promise<T>): Promise<T> {
	return wait(opening).catch((error: unknown) => {
		void opening.then((late) => late.close()).catch(() => undefined);
		throw error;
	});
}
