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

/**
 * Watches the holder of a generation.
 * @returns `held`: it gave a sign of life. `silent`: it gave none. `released`: it has given the lease back. `gone`: there is no
 * such generation any more, because somebody has taken over
 */
export async function watchHolder(
	place: LeasePlace,
	generation: number,
	clock: Pick<Clock, 'sleep'>,
	{ silenceMs, lookMs = silenceMs / 10 }: LeaseTimes,
	{ signal, onlyReleased = false, onWait, onLook }: TakeOptions,
): Promise<'held' | 'silent' | 'released' | 'gone'> {
	const first = await place.look(generation);
	if (first === undefined) return 'gone';
	if (isReleased(first)) return 'released';
	if (onlyReleased) return 'held';
	onWait?.();
	// Counted in looks and not by a clock: a clock that is set forward must not make a holder look dead.
	for (let look = 0; look * lookMs < silenceMs; look++) {
		await pause(clock, lookMs, signal);
		const now = await place.look(generation);
		onLook?.();
		if (now === undefined) return 'gone';
		if (isReleased(now)) return 'released';
		if (now !== first) return 'held';
	}
	return 'silent';
}

export function isReleased(sign: string): boolean {
	return sign.includes('"released":true');
}
