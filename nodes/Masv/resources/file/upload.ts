import type { IDataObject } from 'n8n-workflow';

import { fileFields, readSources, uploadOptions } from '../../fields/files';
import { packageId } from '../../fields/packageId';
import { ifUploadRunning, limitBandwidth, readUploadOptions, transferField } from '../../fields/transfer';
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
	mayDiffer: ['packageId', 'folder', 'leaveOut', ...fileFields.map(({ name }) => name)],
	packageFields: ['packageId'],
	runAll: async ({ masv, n8n, items, stopAtFirst, hints }) => {
		const startedAt = masv.clock.now();
		const { values, failures } = await readEach(items, stopAtFirst, async (input, itemIndex) => {
			const { packageId: id, transfer } = input;
			const client = limitBandwidth(masv, n8n, transfer);
			const found = await readSources(n8n, input, itemIndex);
			return { packageId: id, client, transfer, itemIndex, found };
		});
		const results: ItemResult[] = [...failures];
		let hasFailed = failures.length > 0;
		for (const [id, group] of Map.groupBy(values, ({ packageId: id }) => id)) {
			if (stopAtFirst && hasFailed) break;
			const [{ client, transfer }] = group as [(typeof group)[number]];
			for (const result of await uploadGroup(client, id, group, {
				...readUploadOptions(n8n, transfer),
				stopAtFirst,
			})) {
				results.push(result);
				hasFailed ||= 'error' in result;
			}
		}
		const sent = results.flatMap((result) =>
			'json' in result && result.json.already_there !== true ? [result.json] : [],
		);
		if (sent.length > 0) {
			hints.sent({
				files: sent.length,
				bytes: sumOf(sent, 'bytes'),
				parts: sumOf(sent, 'parts'),
				retried_parts: sumOf(sent, 'retried_parts'),
				resumed_parts: sumOf(sent, 'resumed_parts'),
				duration_ms: masv.clock.now() - startedAt,
			});
		}
		return results;
	},
});

function sumOf(files: IDataObject[], key: 'bytes' | 'parts' | 'retried_parts' | 'resumed_parts'): number {
	return files.reduce((sum, file) => sum + Number(file[key]), 0);
}
