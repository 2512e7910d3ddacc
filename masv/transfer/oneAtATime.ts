import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { untilAborted } from '../untilAborted';
import { createGuard } from './guard';
import { waitForLease } from './waitForLease';

/** Within a process, the next one begins at once; a lease is asked for again only every few seconds. */
const pending = new Map<string, Promise<unknown>>();

/** How often work is repeated because this process was frozen during it. */
const maxTimes = 4;

/**
 * Reads something in MASV, changes it and writes it back, one at a time in all processes that share leases: MASV has no
 * conditional update, so what someone else writes between reading and writing would be lost.
 * @param facts identify what is changed, including the server
 * @param work gets a client that writes only while nobody else has taken over. It is repeated then, so it must read again
 */
export async function oneAtATime<T>(
	client: MasvClient,
	facts: unknown[],
	work: (guarded: MasvClient) => Promise<T>,
): Promise<T> {
	const key = client.leaseKey(facts);
	const previous = pending.get(key) ?? Promise.resolve();
	const task = untilAborted(client.signal)(previous).then(async () => await withLease(client, key, work));
	// One that is stopped does not wait, but those behind it still do.
	const settled = Promise.allSettled([previous, task]);
	pending.set(key, settled);
	void settled.then(() => {
		if (pending.get(key) === settled) pending.delete(key);
	});
	return await task;
}

async function withLease<T>(client: MasvClient, key: string, work: (guarded: MasvClient) => Promise<T>): Promise<T> {
	for (let times = 1; ; times++) {
		const lease = client.leases && (await waitForLease(client, client.leases, key));
		try {
			return await work(client.withGuard(createGuard(lease, client.clock)));
		} catch (error) {
			// This process was frozen, and what it has read may have changed since then.
			const isTakenOver = error instanceof MasvError && error.code === 'delivery_taken_over';
			if (!isTakenOver || times >= maxTimes) throw error;
		} finally {
			await lease?.release({ forget: true });
		}
	}
}
