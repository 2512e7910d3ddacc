import { isRefusedRoute, isTransient, isUnauthorized } from '../answers';
import type { MasvClient } from '../client';
import type { FoundLink } from '../schemas';
import { fetchDownload } from '../packages/download';
import { fetchPackageToken } from '../packages/find';
import type { RetryPolicy } from '../retry';
import { fifteenMinutesOfOutage } from '../retry';
import type { AddressedFile, DownloadAccess } from './access';
import type { LinkBooks } from './linkRecord';
import { createRunLinks } from './runLinks';

/**
 * Opens a package of the team. MASV documents that files can only be downloaded through a link
 * (docs/masv-api.md#downloading), so if it refuses the token of the package, a direct link is created, used, and disabled at the
 * end. What killed runs have left of such links is disabled meanwhile.
 * @param books where runs note their links
 */
export async function openOwnPackage(
	client: MasvClient,
	packageId: string,
	books: LinkBooks,
	policy: RetryPolicy = fifteenMinutesOfOutage,
): Promise<DownloadAccess> {
	const token = await fetchPackageToken(client, packageId, policy);
	const links = createRunLinks(client, { packageId, token, books, policy });
	let first: Promise<unknown> | undefined;
	let linked: Promise<FoundLink> | undefined;
	const askWith = async (file: AddressedFile, by: string) =>
		await fetchDownload(client, { packageId, file, token: by }, policy);
	const linkToken = async (): Promise<string> => {
		linked ??= links.open();
		try {
			return (await linked).package_token;
		} catch (error) {
			// What MASV refuses is not asked for again: each file would get a link of its own.
			if (isTransient(error)) linked = undefined;
			throw error;
		}
	};
	return {
		packageId,
		token,
		address: async (file) => {
			// The first request shows whether all the others need a link.
			if (first !== undefined) await first.catch(() => undefined);
			if (linked === undefined) {
				const asking = askWith(file, token);
				first ??= asking;
				try {
					return await asking;
				} catch (error) {
					if (!isUnauthorized(error) && !isRefusedRoute(error)) throw error;
				}
			}
			return await askWith(file, await linkToken());
		},
		end: async () => await links.end(),
	};
}
