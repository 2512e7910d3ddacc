import type { Clock } from '../clock';
import { smallestBufferBytes } from '../transfer/memoryShares';

/** Longer pieces take less of the processor if they are sent faster than this. */
const quickMs = 50;
/** Shorter ones take less memory, and are counted soon enough to tell the rate of a slow line. */
const slowMs = 200;

/** How much to hand to a connection at a time. */
export interface PieceSize {
	/** In bytes. */
	readonly bytes: number;
	/** A piece is handed over. @returns to be called when the next one is asked for */
	begin(): () => void;
}

/** Finds it for one connection: begins with short pieces, and doubles or halves them by the time that they take. */
export function createPieceSize(clock: Pick<Clock, 'now'>, most: () => number): PieceSize {
	let bytes = smallestBufferBytes;
	return {
		get bytes() {
			return Math.min(bytes, most());
		},
		begin: () => {
			const startedAt = clock.now();
			return () => {
				const tookMs = clock.now() - startedAt;
				if (tookMs < quickMs) bytes = Math.min(2 * bytes, most());
				else if (tookMs > slowMs) bytes = Math.max(bytes / 2, smallestBufferBytes);
			};
		},
	};
}
