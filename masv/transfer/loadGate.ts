import type { Clock } from '../clock';
import type { Load } from '../load';

/** Decides whether the processor has time for work that can be left out, such as hashing. */
export interface LoadGate {
	/** Whether to do the work for this many more bytes. 0: whether to begin at all. */
	admits(bytes: number): boolean;
}

/** Above it, the processor limits the speed rather than the line, and any other work slows the transfer down. */
const busyShare = 0.9;
/** Below it, there is time for hashing, which takes longer per byte than everything else together. */
const idleShare = 0.6;
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
	const trialBytes = Math.max(smallBytes, totalBytes * trialShare);
	let measure: (() => number) | undefined;
	let measuredAt = 0;
	let isOpen = true;
	let admitted = 0;
	let openMs = firstOpenMs;
	let closedMs = firstClosedMs;
	const change = (now: number, share: number): void => {
		measuredAt = now;
		if (isOpen) {
			isOpen = share <= busyShare;
			openMs = Math.min(2 * openMs, maxOpenMs);
		} else if (share < idleShare) {
			isOpen = true;
			openMs = firstOpenMs;
			admitted = 0;
			closedMs = Math.min(2 * closedMs, maxClosedMs);
		}
	};
	return {
		admits: (bytes) => {
			const now = clock.now();
			if (measure === undefined) {
				if (bytes === 0) return true;
				measure = load.watch();
				measuredAt = now;
			} else if (now - measuredAt >= (isOpen ? openMs : closedMs) && (!isOpen || admitted >= trialBytes)) {
				change(now, measure());
			}
			if (isOpen) admitted += bytes;
			return isOpen;
		},
	};
}
