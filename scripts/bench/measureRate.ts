import { setTimeout as sleep } from 'node:timers/promises';

/** When to measure work that is ended in the middle. */
export interface Window {
	warmUpMs: number;
	measuredMs: number;
	/** Moved so far. */
	bytes: () => Promise<number>;
}

/**
 * @param work in progress
 * @returns its rate after the warm-up, in bytes per second
 * @throws Error if the work ends before
 */
export async function measureRate(work: Promise<unknown>, { warmUpMs, measuredMs, bytes }: Window): Promise<number> {
	const look = async (): Promise<number> => {
		await sleep(warmUpMs);
		const [before, startedAt] = [await bytes(), performance.now()];
		await sleep(measuredMs);
		return ((await bytes()) - before) / ((performance.now() - startedAt) / 1000);
	};
	const ending = work.then(() => Promise.reject(new Error('The work ended before its time was over')));
	ending.catch(() => undefined);
	return await Promise.race([look(), ending]);
}
