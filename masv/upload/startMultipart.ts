import { MasvConnectionError } from '../errors';
import type { Blueprint } from '../schemas';
import { followRedirects, sendBlueprint } from '../transfer/signedRequest';
import type { PackageAccess } from '../transfer/packageAccess';
import { xmlElement } from '../xmlElement';

/**
 * Sends the create blueprint; the storage returns XML with `<UploadId>`. A repeat only leaves an empty upload behind.
 * docs/masv-api.md#blueprints
 */
export function startMultipart({ client, policy }: PackageAccess, blueprint: Blueprint, file: string): Promise<string> {
	const operation = `start the upload of "${file}"`;
	return client.retry(
		async (attempt) => {
			const body = blueprint.body === '' ? undefined : blueprint.body;
			const { text } = await followRedirects(blueprint, (to) =>
				sendBlueprint(client, operation, to, { method: 'POST', body }, attempt),
			);
			const uploadId = xmlElement(text, 'UploadId');
			if (uploadId !== undefined) return uploadId;
			throw new MasvConnectionError(`Could not ${operation}. The storage returned no upload ID`, {
				code: 'upload_id_missing',
			});
		},
		{ policy },
	);
}
