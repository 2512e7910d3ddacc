import type { RangeReader, RangeSource } from '../transfer/source';
import type { UntilAborted } from '../untilAborted';

/** Opens a file whose disk may hang. @param wait for each call, which goes on if nobody waits for it any more */
export async function openOnDisk(wait: UntilAborted, source: RangeSource): Promise<RangeReader> {
	const reader = await opened(wait, source.open());
	return {
		read: (into, position) => wait(reader.read(into, position)),
		look: () => wait(reader.look()),
		close: () => reader.close(),
	};
}

/** Closes what opens after nobody has waited for it any more. */
export function opened<T extends { close(): void }>(wait: UntilAborted, opening: Promise<T>): Promise<T> {
	return wait(opening).catch((error: unknown) => {
		void opening.then((late) => late.close()).catch(() => undefined);
		throw error;
	});
}
