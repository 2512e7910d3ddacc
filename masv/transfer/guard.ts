import type { Clock } from '../clock';
import { MasvError } from '../errors';
import type { Lease } from './lease';

/** Asks before an effect that another holder of the lease must not see. */
export interface Guard {
	/**
	 * @returns undefined if nothing needs to be waited for, as for most of the thousands of requests for small files
	 * @throws MasvError `delivery_taken_over` when the lease was lost; errors of {@link Lease.isHeld}
	 */
	check(): Promise<void> | undefined;
}

/** Both must be held. @param outer of what the other one is part of, if anything */
export function joinGuards(outer: Guard | undefined, inner: Guard): Guard {
	if (outer === undefined) return inner;
	return { check: () => checkAll([outer, inner]) };
}

/** One after the other. @returns undefined if nothing needs to be waited for */
export function checkAll([first, ...others]: readonly Guard[]): Promise<void> | undefined {
	if (first === undefined) return undefined;
	const checked = first.check();
	return checked === undefined ? checkAll(others) : checked.then(() => checkAll(others));
}

/**
 * How old an answer may be. A lease is not lost before half a minute of silence, so another holder can have been at work for
 * a second at most.
 */
const answerMs = 1_000;

/**
 * Guards the effects of a delivery. It may be asked before every part: the lease is asked about once a second, and never
 * again once it was lost.
 * @param lease undefined: there is none to lose, and every check succeeds
 */
export function createGuard(lease: Lease | undefined, clock: Pick<Clock, 'now'>): Guard {
	let askedAt: number | undefined;
	let answer: Promise<boolean> = Promise.resolve(true);
	/** Whether the latest answer has come, and was yes. */
	let isHeld = lease === undefined;
	let isLost = false;
	const ask = async (held: Lease): Promise<boolean> => {
		try {
			return await held.isHeld();
		} catch (error) {
			// Not an answer: the next check asks again.
			askedAt = undefined;
			throw error;
		}
	};
	const confirm = async (asked: Promise<boolean>): Promise<void> => {
		if (await asked) {
			if (asked === answer) isHeld = true;
			return;
		}
		isLost = true;
		throw new MasvError('Another execution has taken over this delivery, because this one showed no sign of life', {
			code: 'delivery_taken_over',
		});
	};
	return {
		check: () => {
			if (lease !== undefined && !isLost) {
				const now = clock.now();
				// A clock that was set back must not make the answer last for hours.
				if (askedAt === undefined || Math.abs(now - askedAt) >= answerMs) {
					askedAt = now;
					isHeld = false;
					answer = ask(lease);
				}
			}
			return isHeld ? undefined : confirm(answer);
		},
	};
}
