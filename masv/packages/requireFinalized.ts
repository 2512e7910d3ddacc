import { MasvInputError } from '../errors';
import type { MasvPackage } from '../schemas';
import { isDeleted } from './deleted';

/**
 * Refuses a package that is still being uploaded, or whose files were deleted: docs/masv-api.md#package-states
 * @param what only finalized packages can be: "received"
 * @throws MasvInputError
 */
export function requireFinalized(found: MasvPackage, what: string): void {
	const { id, state } = found;
	const areDeleted = isDeleted(found);
	if (state !== 'new' && !areDeleted) return;
	throw new MasvInputError(`Package ${id} is ${state}. Only finalized packages can be ${what}`, {
		code: 'package_state_wrong',
		field: 'package',
		hint: areDeleted
			? 'Its files are deleted.'
			: 'Finalize the package first. If others send it, wait until it is finalized.',
	});
}
