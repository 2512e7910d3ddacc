import type { Clock } from '../clock';
import { MasvError } from '../errors';
import type { Lease } from './lease';

/** Asked before every effect that another holder of the same lease must not see. */
export interface Guard {
	/** @throws MasvError with the code `delivery_taken_over` if the lease is lost */
	check(): Promise<void>;
}

/** For work without a lease. */
export const noGuard: Guard = { check: () => Promise.resolve() };

/** An answer of the lease is good for this long: a lease is lost only after a much longer silence. Milliseconds. */
const freshMs = 1_000;

export function createGuard(lease: Lease, clock: Clock): Guard {
	let checkedAt: number | undefined;
	return {
		check: async () => {
			// The distance, because a clock that is set back must not make an old answer last.
			if (checkedAt !== undefined && Math.abs(clock.now() - checkedAt) < freshMs) return;
			const askedAt = clock.now();
			if (!(await lease.isHeld())) {
				throw new MasvError('Another run has taken over this delivery, because this one gave no sign of life', {
					code: 'delivery_taken_over',
					hint: 'Nothing was changed after that. See the other execution for the result.',
				});
			}
			checkedAt = askedAt;
		},
	};
}
