import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { fetchPackage } from './find';

/** Checks that a package still accepts files, before any is sent. @throws MasvInputError if it does not */
export async function checkOpen(client: MasvClient, packageId: string): Promise<void> {
	const { state } = await fetchPackage(client, packageId);
	if (state === undefined || state === 'new') return;
	throw new MasvInputError(`Package ${packageId} is ${state} and does not accept more files`, {
		code: 'package_not_new',
		field: 'package',
		hint: 'Create a new package and upload to it.',
	});
}
