import { isRefusedRoute } from '../answers';
import type { MasvClient } from '../client';
import { readEntries } from '../download/listEntries';
import { knownFilesOf } from '../download/openSource';
import { toPackageEntry } from '../download/packageEntry';
import type { PackageEntry } from '../download/selectFiles';
import type { RetryPolicy } from '../retry';
import type { MasvFile, MasvPackage } from '../schemas';
import { undefinedIf } from '../undefinedIf';
import { fetchFiles, isSentFile } from './files';
import { fetchPackage, fetchPackageToken } from './find';
import { fetchFormData } from './formData';
import { withoutSecrets } from './shown';

export interface PackageDetails {
	/** Without the package token. */
	package: Omit<MasvPackage, 'access_token'>;
	/** Without the zip archives that MASV generates. */
	files: MasvFile[];
	/** The form values that the sender entered, by field name; empty without a form. */
	form_data: Record<string, unknown>;
	/** Why `files` cannot be all files of a finalized package. */
	enrich_warning?: string;
}

/**
 * The details of a package for an event, which itself contains little more than the package ID. The event comes when the package has
 * just been finalized, so its files are read again until MASV lists all of them, see {@link readEntries}.
 * @param policy also for how long that may take
 * @throws MasvInputError if there is no such package
 */
export async function fetchPackageDetails(
	client: MasvClient,
	packageId: string,
	policy?: RetryPolicy,
): Promise<PackageDetails> {
	const found = await fetchPackage(client, packageId, policy);
	const [{ files, flaw }, formData] = await Promise.all([
		readFiles(client, found, policy),
		// A server without the route has no forms.
		undefinedIf(isRefusedRoute, fetchFormData(client, packageId)),
	]);
	return {
		package: withoutSecrets(found),
		files: files.filter(isSentFile),
		form_data: formData ?? {},
		...(flaw !== undefined && { enrich_warning: flaw }),
	};
}

/** While files are being uploaded, and once they are deleted, no list is expected to have all of them. */
async function readFiles(
	client: MasvClient,
	found: MasvPackage,
	policy?: RetryPolicy,
): Promise<{ files: MasvFile[]; flaw?: string | undefined }> {
	const { id: packageId } = found;
	if (found.state !== 'finalized') return { files: await fetchFiles(client, packageId, policy) };
	const token = await fetchPackageToken(client, packageId, policy);
	const toEntry = (file: MasvFile): PackageEntry & { file: MasvFile } => ({ ...toPackageEntry(file), file });
	const { entries, flaw } = await readEntries(client, { packageId, token }, knownFilesOf(found), toEntry, policy);
	return { files: entries.map(({ file }) => file), flaw };
}
