import type { MasvClient } from '../client';
import { MasvCancelledError, throwIfCancelled } from '../errors';
import type { Lease, Leases } from './lease';

/** Pause before asking again for what another run is working on. Milliseconds. */
export const askAgainMs = 5_000;

/**
 * Waits for a lease, for as long as its holder is at work.
 * @param options `onHeld` is called whenever the holder has given a sign of life; what it throws ends the waiting
 * @returns undefined if there is no lease to be had
 */
export async function waitForLease(
	client: MasvClient,
	leases: Leases,
	key: string,
	{ onWait, onHeld }: { onWait?: () => void; onHeld?: () => void } = {},
): Promise<Lease | undefined> {
	for (;;) {
		const lease = await leases.take(key, { signal: client.signal, onWait });
		if (lease !== 'held') return lease;
		onHeld?.();
		await pause(client, askAgainMs);
	}
}

/** @throws MasvCancelledError */
export async function pause(client: MasvClient, ms: number): Promise<void> {
	try {
		await client.clock.sleep(ms, client.signal);
	} catch (error) {
		throwIfCancelled(client.signal);
		throw new MasvCancelledError(error);
	}
}
