import type { Clock } from '../clock';
import { pause } from '../pause';
import { sharedByName } from '../sharedByName';
import { untilAborted } from '../untilAborted';

/** A limit of the rate at which content is transferred, for everything that shares it, in both directions together. */
export interface Bandwidth {
	/**
	 * Resolves when so many bytes may be transferred. Whoever asks first is served first.
	 * @returns undefined if they may be transferred now
	 * @throws MasvCancelledError, or the reason of the signal if that is a MasvError
	 */
	take(bytes: number, signal?: AbortSignal): Promise<void> | undefined;
	/** What to send at once, in bytes: with more, connections would stand still while others send. Undefined: any number. */
	readonly pieceBytes: number | undefined;
}

/** In bytes per second. Undefined: no limit. @param at in milliseconds since the epoch, the same for a whole minute */
export type RateAt = (at: number) => number | undefined;

/** What a late timer may make up for. After a pause it is a burst: 4 % of ten seconds. */
const catchUpMs = 400;
const pieceMs = 50;
const leastPieceBytes = 16 * 1024;
const minuteMs = 60_000;

export function createBandwidth(clock: Pick<Clock, 'now' | 'sleep'>, rateAt: RateAt): Bandwidth {
	/** Bytes that may be sent at once; negative after a piece that was larger. */
	let credit = 0;
	let isLimited = false;
	let countedUntil = clock.now();
	let waiting = 0;
	let turn: Promise<void> = Promise.resolve();

	/** @returns how long to wait until something may be sent, in milliseconds. It may be more: the rate can change each minute */
	const count = (): number => {
		const now = clock.now();
		const rate = rateAt(now);
		isLimited = rate !== undefined;
		if (rate === undefined) {
			credit = 0;
			countedUntil = now;
			return 0;
		}
		// A clock that was set back adds nothing.
		const elapsedMs = Math.max(0, now - countedUntil);
		countedUntil = now;
		credit = Math.min((rate * catchUpMs) / 1000, credit + (rate * elapsedMs) / 1000);
		if (credit >= 0) return 0;
		return Math.ceil(Math.min((-credit * 1000) / rate, minuteMs - (now % minuteMs)));
	};
	const spend = async (bytes: number, signal: AbortSignal | undefined): Promise<void> => {
		for (let waitMs = count(); waitMs > 0; waitMs = count()) {
			// Others wait behind this one, and it no longer needs its turn.
			if (signal?.aborted === true) return;
			await pause(clock, waitMs);
		}
		if (isLimited) credit -= bytes;
	};
	return {
		take: (bytes, signal) => {
			// undici hands over empty pieces after a pause. Waiting for them, connections would wake each other up for ever.
			if (bytes === 0) return undefined;
			const waitMs = count();
			if (!isLimited) return undefined;
			if (waiting === 0 && waitMs === 0) {
				credit -= bytes;
				return undefined;
			}
			waiting++;
			turn = turn.then(async () => await spend(bytes, signal)).finally(() => waiting--);
			return untilAborted(signal)(turn);
		},
		get pieceBytes() {
			const rate = rateAt(clock.now());
			return rate === undefined ? undefined : Math.max(leastPieceBytes, Math.floor((rate * pieceMs) / 1000));
		},
	};
}

/** The limits of a process: transfers with a limit of the same name share it. */
export type Bandwidths = (name: string, rateAt: RateAt) => Bandwidth;

export function createBandwidths(clock: Pick<Clock, 'now' | 'sleep'>): Bandwidths {
	const bandwidthOf = sharedByName<Bandwidth>();
	return (name, rateAt) => bandwidthOf(name, () => createBandwidth(clock, rateAt));
}
