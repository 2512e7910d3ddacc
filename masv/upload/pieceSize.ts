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

export interface PieceLimits {
	/** The most there may be in a piece now. */
	readonly bufferBytes: number;
}

/** Finds it for one connection: begins with short pieces, and doubles or halves them by the time that they take. */
export function createPieceSize(clock: Pick<Clock, 'now'>, limits: PieceLimits): PieceSize {
	return new MeasuredPieceSize(clock, limits);
}

class MeasuredPieceSize implements PieceSize {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #limits: PieceLimits;
	#bytes = smallestBufferBytes;

	constructor(clock: Pick<Clock, 'now'>, limits: PieceLimits) {
		this.#clock = clock;
		this.#limits = limits;
	}

	get bytes(): number {
		return Math.min(this.#bytes, this.#limits.bufferBytes);
	}

	begin(): () => void {
		const startedAt = this.#clock.now();
		return () => {
			const tookMs = this.#clock.now() - startedAt;
			if (tookMs < quickMs) this.#bytes = Math.min(2 * this.#bytes, this.#limits.bufferBytes);
			else if (tookMs > slowMs) this.#bytes = Math.max(this.#bytes / 2, smallestBufferBytes);
		};
	}
}
