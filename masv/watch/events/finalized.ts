import { wasUploaded } from '../../activities';
import { isTransient } from '../../answers';
import type { MasvClient } from '../../client';
import { MasvApiError } from '../../errors';
import type { MasvPackage } from '../../schemas';
import type { Standing } from '../created/watch';
import type { CreatedEvent } from './createdEvent';
import { packageDisplay } from './packageDisplay';

/** That a package was finalized, in whatever list it is. */
export const finalized: Omit<CreatedEvent<MasvPackage>, 'keyFacts' | 'withLists'> = {
	...packageDisplay,
	standingOf,
	createProof,
	newestQuery: { status: ['finalized'], sort: '-created_at' },
};

/**
 * Whether a package has been finalized. One that has expired may have been, and its files are gone since; or it was deleted
 * while it was being uploaded: both are `expired` then (MASV docs, Packages, "Delete").
 */
function standingOf({ state }: MasvPackage): Standing {
	if (state === 'finalized') return 'reached';
	return state === 'expired' || state === 'archived' ? 'unproven' : 'pending';
}

/**
 * Whether an expired package had been finalized. Where that cannot be told it is taken for an upload that was cancelled:
 * those are frequent, while a package that came and went between two polls is rare, and nobody can download it any more.
 * A failure that may pass leaves it, and whatever else there is to prove, to the next poll: events that need no proof go on.
 */
function createProof(client: MasvClient): (found: MasvPackage) => Promise<boolean | undefined> {
	let given: { answer: false | undefined } | undefined;
	return async ({ id }) => {
		if (given !== undefined) return given.answer;
		try {
			const wasFinalized = await wasUploaded(client, id);
			if (wasFinalized === undefined) given = { answer: false };
			return wasFinalized === true;
		} catch (error) {
			if (!isTransient(error) && !(error instanceof MasvApiError)) throw error;
			given = { answer: undefined };
			return undefined;
		}
	};
}
