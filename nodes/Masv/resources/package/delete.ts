import { deletePackage } from '../../../../masv/packages/change';
import { isDeleted } from '../../../../masv/packages/deleted';
import { fetchPackage } from '../../../../masv/packages/find';
import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Delete',
	value: 'delete',
	action: 'Permanently delete a package',
	description:
		'Delete a package with all its files and its form data. This cannot be undone. MASV keeps the record as expired.',
	fields: [packageId],
	run: async ({ masv, input }) => {
		const found = await fetchPackage(masv, input.packageId);
		if (isDeleted(found)) return { ...withoutSecrets(found), already_deleted: true };
		const { already_deleted } = await deletePackage(masv, input.packageId);
		return { ...withoutSecrets(found), state: 'expired', already_deleted };
	},
});
