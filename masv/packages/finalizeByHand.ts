import { isRefusedState } from '../answers';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { noRetry } from '../retry';
import type { MasvPackage } from '../schemas';
import { labelOf } from '../transfer/places';
import { fetchFiles } from './files';
import { fetchFinalized, finalizePackage } from './finalize';
import { fetchPackage } from './find';

/**
 * Finalizes a package that others may have filled.
 * @returns the package as it is then
 * @throws what {@link finalizePackage} throws. If MASV refuses because something is not finished, the hint names the empty
 * folders of the package: how MASV treats them is not documented (docs/masv-api.md#adding-a-file)
 */
export async function finalizeByHand(client: MasvClient, packageId: string): Promise<MasvPackage> {
	const found = await fetchPackage(client, packageId);
	try {
		await finalizePackage(client, packageId);
	} catch (error) {
		if (isRefusedState(error)) await nameDirectories(client, packageId, error);
		throw error;
	}
	return await fetchFinalized(client, found);
}

async function nameDirectories(client: MasvClient, packageId: string, refusal: MasvError): Promise<void> {
	try {
		const entries = await fetchFiles(client, packageId, noRetry);
		const directories = entries.filter(({ kind }) => kind === 'directory');
		const [first] = directories.map(({ path = '', name = '' }) => labelOf({ path: path.replace(/^\/+/, ''), name }));
		if (first === undefined) return;
		const others = directories.length === 1 ? '' : ` and ${directories.length - 1} more`;
		refusal.addHint(`MASV may not accept the empty folders in the package ("${first}"${others}).`);
		refusal.facts.outcome = 'empty_folders';
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		refusal.cause ??= error;
	}
}
