import type { Clock } from '../clock';
import type { Lease } from '../transfer/lease';
import { untilAborted } from '../untilAborted';
import type { Claim, EventMemory } from '../webhooks/eventMemory';
import { EventLog } from './eventLog';
import { folderLeases } from './folderLeases';
import type { LeaseTimes } from './watchHolder';

export interface EventTimes extends LeaseTimes {
	/** How long a sender can be expected to wait for the response. Milliseconds. */
	maxWaitMs: number;
}

/**
 * Processing an event takes a moment: until the execution has started. But a process that has just started, and gets many events
 * at once on a busy machine, may give no sign of life for ten seconds. Senders do not wait for so long: the event of a process
 * that has died is granted to the attempt after the one that has waited in vain.
 */
export const defaultEventTimes: EventTimes = { beatMs: 1_000, silenceMs: 30_000, lookMs: 500, maxWaitMs: 10_000 };

/** An event that is being processed in this process. */
interface Delivery {
	/** Undefined while another process has it, or if there is none to be had. */
	lease: Lease | undefined;
	/** Aborts when it is over. */
	over: AbortController;
}

/**
 * A memory of events in a folder, which several processes may share. What was processed is in a log; what is being processed
 * is under a lease of its own, which nobody waits for unless the same event arrives twice at the same moment.
 * If its process dies, the lease is taken over after a silence: the event is not lost.
 * @param onError called once if the folder cannot be read or written; events are then kept in this process only
 */
export function createEventMemory(
	folder: string,
	clock: Pick<Clock, 'sleep' | 'timeout'>,
	onError: (error: unknown) => void,
	times: EventTimes = defaultEventTimes,
): EventMemory {
	const log = new EventLog(folder);
	const leases = folderLeases(folder, clock, times);
	/** By key. Other deliveries of the same event to this process wait here, without asking the disk. */
	const deliveries = new Map<string, Delivery>();
	let isReported = false;

	const report = (error: unknown): void => {
		if (!isReported) onError(error);
		isReported = true;
	};
	const isKnown = async (key: string): Promise<boolean> => {
		await log.refresh().catch(report);
		return log.has(key);
	};
	/** @returns undefined if there is no lease to be had, `undecided` if another process is still processing the event */
	const takeLease = async (key: string): Promise<Lease | 'undecided' | undefined> => {
		// Long enough to notice that it has died.
		const signal = clock.timeout(times.maxWaitMs + times.silenceMs);
		try {
			for (;;) {
				const lease = await leases.take(key, { signal });
				if (lease !== 'held') return lease;
			}
		} catch (error) {
			if (signal.aborted) return 'undecided';
			report(error);
			return undefined;
		}
	};
	const giveBack = async (key: string, lease: Lease | undefined): Promise<void> => {
		await lease?.release();
		// What is left is removed after a week.
		if (lease !== undefined) await leases.forget(key).catch(() => undefined);
	};
	const decide = async (key: string, delivery: Delivery): Promise<Claim> => {
		if (await isKnown(key)) return 'known';
		const lease = await takeLease(key);
		if (lease === 'undecided') return 'undecided';
		delivery.lease = lease;
		// While this one waited, another process may have processed it.
		return (await isKnown(key)) ? 'known' : 'granted';
	};
	const end = (key: string): void => {
		const delivery = deliveries.get(key);
		if (delivery === undefined) return;
		void giveBack(key, delivery.lease).then(() => {
			if (deliveries.get(key) === delivery) deliveries.delete(key);
			delivery.over.abort();
		});
	};

	return {
		claim: async (key) => {
			const deadline = clock.timeout(times.maxWaitMs);
			for (let other = deliveries.get(key); other !== undefined; other = deliveries.get(key)) {
				// If this returned 'known' and the other delivery failed, the event would be lost.
				if (!(await isOver(other, deadline))) return 'undecided';
			}
			const delivery: Delivery = { lease: undefined, over: new AbortController() };
			deliveries.set(key, delivery);
			const decision = decide(key, delivery);
			const claim = await untilAborted(deadline)(decision).catch(() => 'undecided' as const);
			// The decision is waited for even if the sender does not: a lease that comes too late is given back, for the next attempt.
			if (claim !== 'granted') void decision.then(() => end(key));
			return claim;
		},
		keep: (key) => {
			try {
				log.append(key);
			} catch (error) {
				report(error);
			}
			end(key);
		},
		release: end,
		forget: async () => {
			await log.remove().catch(report);
		},
	};
}

/** @returns false if the deadline comes first */
async function isOver({ over }: Delivery, deadline: AbortSignal): Promise<boolean> {
	const either = AbortSignal.any([over.signal, deadline]);
	if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }));
	return over.signal.aborted;
}
