import type { Clock } from '../../masv/clock';

/** A clock that stands still until the test moves it. */
export function steppedClock(): Clock & { advance: (ms: number) => Promise<void> } {
	let nowMs = 0;
	const sleepers = new Set<{ at: number; wake: () => void }>();
	const after = (ms: number, wake: () => void): (() => void) => {
		const sleeper = { at: nowMs + ms, wake };
		sleepers.add(sleeper);
		return () => void sleepers.delete(sleeper);
	};
	/** Lets everything happen that waits for files and promises, not for this clock. */
	const settle = async (): Promise<void> => {
		for (let quietTurns = 0; quietTurns < 5;) {
			await new Promise((resolve) => setImmediate(resolve));
			// CloseReq: a file that is being closed.
			const isBusy = process.getActiveResourcesInfo().some((name) => /^FSReq|CloseReq$/.test(name));
			quietTurns = isBusy ? 0 : quietTurns + 1;
		}
	};
	return {
		now: () => nowMs,
		random: () => 0.5,
		timeout: (ms) => {
			const controller = new AbortController();
			after(ms, () => controller.abort(new Error('The time is up')));
			return controller.signal;
		},
		sleep: async (ms, signal) =>
			await new Promise((resolve, reject) => {
				signal?.throwIfAborted();
				const cancel = after(ms, resolve);
				signal?.addEventListener('abort', () => {
					cancel();
					reject(signal.reason as Error);
				});
			}),
		advance: async (ms) => {
			await settle();
			nowMs += ms;
			for (const sleeper of [...sleepers].filter(({ at }) => at <= nowMs)) {
				sleepers.delete(sleeper);
				sleeper.wake();
			}
			await settle();
		},
	};
}
