import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { MasvPackage } from '../schemas';
import { fetchPackage } from './find';

/** Whether MASV shows nothing else of a package: the response for a single one is not documented, and may lack the state. */
export function isOpen({ state }: Pick<MasvPackage, 'state'>): boolean {
	return state === undefined || state === 'new';
}

/** A package that still accepts files, read before any is sent. @throws MasvInputError if it does not */
export async function fetchOpen(client: MasvClient, packageId: string): Promise<MasvPackage> {
	const found = await fetchPackage(client, packageId);
	if (isOpen(found)) return found;
	throw new MasvInputError(`Package ${packageId} is ${found.state} and does not accept more files`, {
		code: 'package_not_new',
		field: 'package',
		hint: 'Create a new package and upload to it.',
	});
}
