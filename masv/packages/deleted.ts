import { MasvInputError } from '../errors';
import type { MasvPackage } from '../schemas';

/** Whether MASV has deleted the files of a package, at its expiry or on request: docs/masv-api.md#package-states */
export function isDeleted({ state }: Pick<MasvPackage, 'state'>): boolean {
	return state === 'expired' || state === 'archived';
}

/** @param what has not happened: "finalized" */
export function deletedBefore({ id, state }: MasvPackage, what: string): MasvInputError {
	return new MasvInputError(`Package ${id} is ${state}: its files were deleted before it was ${what}`, {
		code: 'package_state_wrong',
		field: 'package',
		hint: 'Send the files again in a new package.',
	});
}

/** The same if it may have happened all the same. */
export function perhapsDeletedBefore({ id, state }: MasvPackage, what: string): MasvInputError {
	return new MasvInputError(`Package ${id} is ${state}, and MASV does not say whether it was ${what} before`, {
		code: 'package_state_wrong',
		field: 'package',
		hint: 'Check in MASV whether its recipients received it before you send the files again.',
	});
}
