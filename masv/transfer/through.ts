import type { OpenStream, RangeReader } from './source';

/** What each call to a disk or store goes through: a limit on its time, or what names the file in its errors. */
export type Through = <T>(call: Promise<T>) => Promise<T>;

/** Closes what opens after the wait for it has ended. */
export function openThrough<T extends { close(): void }>(through: Through, opening: Promise<T>): Promise<T> {
	return through(opening).catch((error: unknown) => {
		void opening.then((late) => late.close()).catch(() => undefined);
		throw error;
	});
}

export function readThrough(through: Through, reader: RangeReader): RangeReader {
	return {
		read: (into, position) => through(reader.read(into, position)),
		look: () => through(reader.look()),
		close: () => reader.close(),
	};
}

export function streamThrough(through: Through, { pieces, close }: OpenStream): OpenStream {
	const iterate = (): AsyncIterator<Uint8Array, unknown> => {
		const iterator: AsyncIterator<Uint8Array, unknown> = pieces[Symbol.asyncIterator]();
		return {
			next: async () => await through(iterator.next()),
			return: async (value) => (await iterator.return?.(value)) ?? { done: true, value },
		};
	};
	return { pieces: { [Symbol.asyncIterator]: iterate }, close };
}
