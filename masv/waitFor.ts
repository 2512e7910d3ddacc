import type { MasvClient } from './client';
import { throwIfCancelled } from './errors';
import { pause } from './pause';

const firstDelayMs = 2_000;
const maxDelayMs = 60_000;
/** What a look counts for at most: it may wait for the end of an outage. */
const maxLookMs = 15 * 60_000;

/**
 * Looks at something in MASV until there is a result: at first every few seconds, after some minutes once a minute.
 * @param look returns undefined while there is no result yet
 * @param timeoutMs after which it looks a last time
 * @returns undefined if there is no result by then
 */
export async function waitFor<T>(
	client: MasvClient,
	timeoutMs: number,
	look: () => Promise<T | undefined>,
): Promise<T | undefined> {
	const { clock, signal } = client;
	let leftMs = timeoutMs;
	for (let delayMs = firstDelayMs; ; delayMs = Math.min(maxDelayMs, delayMs * 1.25)) {
		throwIfCancelled(signal);
		const startedAt = clock.now();
		const result = await look();
		if (result !== undefined) return result;
		// Not a deadline: the clock may be set forward or back.
		leftMs -= Math.min(Math.max(0, clock.now() - startedAt), maxLookMs);
		if (leftMs <= 0) return undefined;
		const pauseMs = Math.min(delayMs, leftMs);
		await pause(clock, pauseMs, signal);
		leftMs -= pauseMs;
	}
}
