import type { Clock } from '../clock';
import { pause } from '../pause';
import type { TakeOptions } from '../transfer/lease';
import type { LeasePlace } from './leasePlace';

export interface LeaseTimes {
	/** Pause between two signs of life. Milliseconds. */
	beatMs: number;
	/** A holder that gave none for so long, while it was watched, is taken for dead. Milliseconds. */
	silenceMs: number;
	/** Pause between two looks at a holder that is watched. Milliseconds. Default: a tenth of the silence. */
	lookMs?: number;
}

/** What has become of the holder of a generation. */
interface Watched {
	/**
	 * `held`: it gave a sign of life. `silent`: it gave none. `released`: it has given the lease back. `gone`: there is no such
	 * generation any more, because somebody has taken over.
	 */
	state: 'held' | 'silent' | 'released' | 'gone';
	/** Of one that is silent, or has released the lease. */
	lastSign?: string;
}

/** Watches the holder of a generation. */
export async function watchHolder(
	place: LeasePlace,
	generation: number,
	clock: Pick<Clock, 'sleep'>,
	{ silenceMs, lookMs = silenceMs / 10 }: LeaseTimes,
	{ signal, onlyReleased = false, onWait, onLook }: TakeOptions,
): Promise<Watched> {
	const first = await place.look(generation);
	if (first === undefined) return { state: 'gone' };
	if (isReleased(first)) return { state: 'released', lastSign: first };
	if (onlyReleased) return { state: 'held' };
	onWait?.();
	// Counted in looks and not by a clock: a clock that is set forward must not make a holder look dead.
	for (let look = 0; look * lookMs < silenceMs; look++) {
		await pause(clock, lookMs, signal);
		const now = await place.look(generation);
		onLook?.();
		if (now === undefined) return { state: 'gone' };
		if (isReleased(now)) return { state: 'released', lastSign: now };
		if (now !== first) return { state: 'held' };
	}
	return { state: 'silent', lastSign: first };
}

export function isReleased(sign: string): boolean {
	return sign.includes('"released":true');
}
