import { renamePackage } from '../../../../masv/packages/change';
import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Update',
	value: 'update',
	action: 'Update a package',
	description: 'Change the name of a package',
	fields: [
		packageId,
		{
			displayName: 'Package Name',
			name: 'packageName',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. Dailies 2026-11-21',
			description: 'New name of the package',
		},
	],
	run: async ({ masv, input }) => withoutSecrets(await renamePackage(masv, input.packageId, input.packageName.trim())),
});
