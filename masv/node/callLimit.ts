/** A call that has not returned in time. It may still be running, and write into its buffer later. */
export class StalledCall extends Error {
	override name = 'StalledCall';
}

/** Starts a timer. @returns a function that stops it */
export type Timer = (run: () => void, ms: number) => () => void;

export const systemTimer: Timer = (run, ms) => {
	const timer = setTimeout(run, ms);
	return () => clearTimeout(timer);
};

/** @throws StalledCall if the work takes longer */
export function withCallLimit<T>(work: Promise<T>, ms: number, timer: Timer = systemTimer): Promise<T> {
	return new Promise((resolve, reject) => {
		const stop = timer(() => reject(new StalledCall()), ms);
		work.then(
			(value) => {
				stop();
				resolve(value);
			},
			(error: unknown) => {
				stop();
				reject(error);
			},
		);
	});
}
