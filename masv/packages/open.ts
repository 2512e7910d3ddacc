import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { fetchPackage } from './find';

/** Refuses a package that takes no more files, before any is sent. @throws MasvInputError */
export async function checkOpen(client: MasvClient, packageId: string): Promise<void> {
	const { state } = await fetchPackage(client, packageId);
	if (state === undefined || state === 'new') return;
	throw new MasvInputError(`Package ${packageId} is ${state} and does not accept more files`, {
		code: 'package_not_new',
		field: 'package',
		hint: 'Create a new package and upload to it.',
	});
}
