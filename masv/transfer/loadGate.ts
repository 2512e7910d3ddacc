import type { Clock } from '../clock';
import type { Load } from '../load';

/** Decides whether the processor has time for work that can be left out, such as hashing. */
export interface LoadGate {
	/** Whether to do the work for this many more bytes. 0: whether to begin at all. */
	admits(bytes: number): boolean;
}

/** Above it, the processor limits the speed rather than the line, and any other work slows the transfer down. */
export const busyShare = 0.9;
/** Below it, there is time for more, also for hashing, which takes longer per byte than everything else together. */
export const idleShare = 0.6;
/** Admitted in any case, so that small transfers are always verified. */
const smallBytes = 8 * 1024 * 1024;
/** The same for large ones: the more there is to do, the longer a decision may take. */
const trialShare = 0.01;
/**
 * The time to measure over while the gate is open. Short at first, because on a fast line a wrong decision is expensive.
 * Doubles each time, because later a moment in which other work keeps the processor busy should not close the gate.
 */
const firstOpenMs = 25;
const maxOpenMs = 1_000;
/** How long the gate stays closed. Doubles each time, because it may be the work itself that makes the thread busy. */
const firstClosedMs = 1_000;
const maxClosedMs = 60_000;

/** Open at first. Needs no timer, because each call may measure. @param totalBytes of the whole transfer */
export function createLoadGate(clock: Clock, load: Load, totalBytes: number): LoadGate {
	return new MeasuringGate(clock, load, totalBytes);
}

class MeasuringGate implements LoadGate {
	readonly #clock: Clock;
	readonly #load: Load;
	readonly #trialBytes: number;
	#measure: (() => number) | undefined;
	#measuredAt = 0;
	#isOpen = true;
	#admitted = 0;
	#openMs = firstOpenMs;
	#closedMs = firstClosedMs;

	constructor(clock: Clock, load: Load, totalBytes: number) {
		this.#clock = clock;
		this.#load = load;
		this.#trialBytes = Math.max(smallBytes, totalBytes * trialShare);
	}

	admits(bytes: number): boolean {
		const now = this.#clock.now();
		if (this.#measure === undefined) {
			if (bytes === 0) return true;
			this.#measure = this.#load.watch();
			this.#measuredAt = now;
		} else if (this.#isDue(now)) {
			this.#change(now, this.#measure());
		}
		if (this.#isOpen) this.#admitted += bytes;
		return this.#isOpen;
	}

	#isDue(now: number): boolean {
		if (now - this.#measuredAt < (this.#isOpen ? this.#openMs : this.#closedMs)) return false;
		return !this.#isOpen || this.#admitted >= this.#trialBytes;
	}

	#change(now: number, share: number): void {
		this.#measuredAt = now;
		if (this.#isOpen) {
			this.#isOpen = share <= busyShare;
			this.#openMs = Math.min(2 * this.#openMs, maxOpenMs);
		} else if (share < idleShare) {
			this.#isOpen = true;
			this.#openMs = firstOpenMs;
			this.#admitted = 0;
			this.#closedMs = Math.min(2 * this.#closedMs, maxClosedMs);
		}
	}
}
