import type { MasvClient } from './client';
import { throwIfCancelled } from './errors';
import { pause } from './pause';

const firstDelayMs = 2_000;
const maxDelayMs = 60_000;

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
	const until = client.clock.now() + timeoutMs;
	for (let delayMs = firstDelayMs; ; delayMs = Math.min(maxDelayMs, delayMs * 1.25)) {
		throwIfCancelled(client.signal);
		const result = await look();
		if (result !== undefined) return result;
		const leftMs = until - client.clock.now();
		if (leftMs <= 0) return undefined;
		await pause(client.clock, Math.min(delayMs, leftMs), client.signal);
	}
}
