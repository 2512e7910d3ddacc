import { deleteFile } from '../../../../masv/packages/deleteFile';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Delete',
	value: 'delete',
	action: 'Permanently delete a file',
	description: 'Delete a file from a package that has not been finalized. This cannot be undone.',
	fields: [
		packageId,
		{
			displayName: 'File ID',
			name: 'fileId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 01J0VK7K95A2ACFRW3Z93DJ7B2',
			description: 'ID of the file. File > Get Many and File > Upload output it.',
		},
	],
	run: async ({ masv, input }) => {
		const id = input.fileId.trim();
		return { ...(await deleteFile(masv, input.packageId, id)), package_id: input.packageId };
	},
});
