import type { MasvClient } from '../client';
import { pause } from '../pause';
import type { Lease, Leases } from './lease';

/** Pause before asking again for what another run is working on. Milliseconds. */
export const askAgainMs = 5_000;

/**
 * Waits for a lease, for as long as its holder is at work.
 * @param options `onHeld` is called whenever the holder has given a sign of life; what it throws ends the waiting, and so does
 * `false`
 * @returns undefined if there is no lease to be had, or it is not waited for
 */
export async function waitForLease(
	client: MasvClient,
	leases: Leases,
	key: string,
	{ onWait, onHeld }: { onWait?: () => void; onHeld?: () => boolean | void } = {},
): Promise<Lease | undefined> {
	for (;;) {
		const lease = await leases.take(key, { signal: client.signal, onWait });
		if (lease !== 'held') return lease;
		if (onHeld?.() === false) return undefined;
		await pause(client.clock, askAgainMs, client.signal);
	}
}
