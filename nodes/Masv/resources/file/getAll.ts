import { packageId } from '../../fields/packageId';
import { paging, wantedOf } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';
import { fetchFiles, isSentFile } from '../../../../masv/packages/files';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many files',
	description: 'List the files of a package',
	fields: [
		packageId,
		...paging,
		simplify,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Include Zip Archives',
					name: 'includeZips',
					type: 'boolean',
					default: false,
					description: 'Whether to also list the zip archives that MASV creates for the package',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const files = await fetchFiles(masv, input.packageId);
		const wanted = input.options.includeZips === true ? files : files.filter(isSentFile);
		return wantedOf(wanted, input).map((file) => ({ ...file, package_id: input.packageId }));
	},
});
