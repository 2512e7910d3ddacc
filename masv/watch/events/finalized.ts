import { wasUploaded } from '../../activities';
import { isTransient } from '../../answers';
import type { MasvClient } from '../../client';
import { MasvApiError } from '../../errors';
import type { MasvPackage } from '../../schemas';
import type { Standing } from '../created/watch';
import type { CreatedEvent } from './createdEvent';
import { packageDisplay } from './packageDisplay';

/** A package was finalized; what all events about that share, whichever list the package is in. */
export const finalized: Omit<CreatedEvent<MasvPackage>, 'type' | 'keyFacts' | 'withLists'> = {
	...packageDisplay,
	standingOf,
	createProof,
	newestQuery: { status: ['finalized'], sort: '-created_at' },
};

/**
 * An expired package may have been finalized, or deleted during the upload: its state is `expired` in both cases
 * (docs/masv-api.md#package-states).
 */
function standingOf({ state }: MasvPackage): Standing {
	if (state === 'finalized') return 'reached';
	return state === 'expired' || state === 'archived' ? 'unproven' : 'pending';
}

/**
 * Whether an expired package had been finalized. If the server does not provide this, the package counts as a cancelled
 * upload: those are frequent, while a package that appears and expires between two polls is rare, and can no longer be
 * downloaded. After a temporary failure, everything that needs proof waits for the next poll; other events do not.
 */
function createProof(client: MasvClient): (found: MasvPackage) => Promise<boolean | undefined> {
	let known: { result: false | undefined } | undefined;
	return async ({ id }) => {
		if (known !== undefined) return known.result;
		try {
			const wasFinalized = await wasUploaded(client, id);
			if (wasFinalized === undefined) known = { result: false };
			return wasFinalized === true;
		} catch (error) {
			if (!isTransient(error) && !(error instanceof MasvApiError)) throw error;
			known = { result: undefined };
			return undefined;
		}
	};
}
