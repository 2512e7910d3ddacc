import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import type { MasvPackage } from '../schemas';
import { fetchPackage } from './find';

/** A package that still accepts files, read before any is sent. @throws MasvInputError if it does not */
export async function fetchOpen(client: MasvClient, packageId: string): Promise<MasvPackage> {
	const found = await fetchPackage(client, packageId);
	const { state } = found;
	if (state === undefined || state === 'new') return found;
	throw new MasvInputError(`Package ${packageId} is ${state} and does not accept more files`, {
		code: 'package_not_new',
		field: 'package',
		hint: 'Create a new package and upload to it.',
	});
}
