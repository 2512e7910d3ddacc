import { fileFields, readSources, uploadOptions } from '../../fields/files';
import { packageId } from '../../fields/packageId';
import { ifUploadRunning, readUploadOptions, transferField } from '../../fields/transfer';
import { uploadGroup } from '../../files/uploadGroup';
import { readEach } from '../../input';
import type { ItemResult } from '../../operation';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Upload',
	value: 'upload',
	action: 'Upload files to a package',
	description: 'Upload files to a package that has not been finalized',
	fields: [
		packageId,
		...fileFields,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: uploadOptions,
		},
		transferField(ifUploadRunning),
	],
	mayDiffer: ['packageId', 'folder', ...fileFields.map(({ name }) => name)],
	packageField: 'packageId',
	runAll: async ({ masv, n8n, items, stopAtFirst }) => {
		const { values, failures } = await readEach(items, stopAtFirst, async (input, itemIndex) => {
			const sources = await readSources(n8n, input, itemIndex);
			return sources.map((source) => ({ packageId: input.packageId, transfer: input.transfer, source, itemIndex }));
		});
		const results: ItemResult[] = [...failures];
		let hasFailed = failures.length > 0;
		for (const [id, group] of Map.groupBy(values.flat(), (file) => file.packageId)) {
			if (stopAtFirst && hasFailed) break;
			for (const result of await uploadGroup(masv, id, group, {
				...readUploadOptions(n8n, group[0]?.transfer ?? {}),
				stopAtFirst,
			})) {
				results.push(result);
				hasFailed ||= 'error' in result;
			}
		}
		return results;
	},
});
