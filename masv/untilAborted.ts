import { toCancellation } from './errors';

/** Waits for work that cannot be stopped, until the signal aborts. */
export type UntilAborted = <T>(work: Promise<T>) => Promise<T>;

/**
 * Ends the wait for a disk that hangs, but not the call itself: it may still write into its buffer.
 * @throws MasvCancelledError, or the reason of the signal if that is a MasvError
 */
export function untilAborted(signal: AbortSignal | undefined): UntilAborted {
	if (signal === undefined) return (work) => work;
	const waiting = new Set<(reason: unknown) => void>();
	const stop = (): void => {
		const reason: unknown = signal.reason;
		for (const reject of waiting) reject(toCancellation(reason));
	};
	return (work) =>
		new Promise((resolve, reject) => {
			// One listener for all waits, and none between them: Node keeps a signal of AbortSignal.any() that has listeners.
			if (waiting.size === 0) signal.addEventListener('abort', stop);
			waiting.add(reject);
			const end = (): void => {
				waiting.delete(reject);
				if (waiting.size === 0) signal.removeEventListener('abort', stop);
			};
			work.then(
				(value) => {
					end();
					resolve(value);
				},
				(error: unknown) => {
					end();
					reject(error);
				},
			);
			if (signal.aborted) stop();
		});
}
