import type { MasvClient } from '../client';
import { throwIfCancelled } from '../errors';
import { pause } from '../pause';
import type { RetryPolicy } from '../retry';
import { minuteOfLag } from '../retry';

export type Verdict =
	| 'settled'
	/** The list may be behind what has happened: look again, for a minute at most. */
	| 'behind'
	/** Look once more in any case. */
	| 'unsure';

/** Looks at something in MASV until it is settled, at growing intervals. @returns the last result */
export async function untilSettled<T>(
	client: MasvClient,
	policy: RetryPolicy,
	look: () => Promise<T>,
	judge: (result: T) => Verdict,
): Promise<T> {
	const { baseDelayMs, maxDelayMs, patienceMs } = minuteOfLag(policy);
	let waitedMs = 0;
	for (let looks = 0; ; looks++) {
		throwIfCancelled(client.signal);
		const result = await look();
		const verdict = judge(result);
		if (verdict === 'settled') return result;
		const delayMs = Math.min(maxDelayMs, baseDelayMs * 2 ** looks);
		if (verdict === 'behind' && waitedMs + delayMs > patienceMs) return result;
		waitedMs += delayMs;
		await pause(client.clock, delayMs, client.signal);
	}
}
