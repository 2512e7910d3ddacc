import type { MasvClient } from '../client';
import { withoutSecrets } from './shown';
import type { MasvFile, MasvPackage } from '../schemas';
import { isRefusedRoute } from '../answers';
import { fetchPackage } from './find';
import { fetchFormData } from './formData';
import { fetchFiles, isSentFile } from './files';

export interface PackageDetails {
	/** Without the package token. */
	package: Omit<MasvPackage, 'access_token'>;
	/** Without the zip archives that MASV generates. */
	files: MasvFile[];
	/** The form values that the sender entered, by field name; empty without a form. */
	form_data: Record<string, unknown>;
}

/**
 * The details of a package for an event, which itself contains little more than the package ID.
 * @throws MasvInputError if there is no such package
 */
export async function fetchPackageDetails(client: MasvClient, packageId: string): Promise<PackageDetails> {
	const found = await fetchPackage(client, packageId);
	const [files, formData] = await Promise.all([fetchFiles(client, packageId), fetchFormDataIfAny(client, packageId)]);
	return { package: withoutSecrets(found), files: files.filter(isSentFile), form_data: formData };
}

/** Empty for a package without a form, or on a server without the route. */
async function fetchFormDataIfAny(client: MasvClient, packageId: string): Promise<Record<string, unknown>> {
	try {
		return await fetchFormData(client, packageId);
	} catch (error) {
		if (isRefusedRoute(error)) return {};
		throw error;
	}
}
