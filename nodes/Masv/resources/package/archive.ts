import { archivePackage } from '../../../../masv/packages/archive';
import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';
import { fetchPackage } from '../../../../masv/packages/find';

export default defineOperation({
	name: 'Archive',
	value: 'archive',
	action: 'Archive a package',
	description: 'Archive an expired package and hide it from the default lists',
	fields: [packageId],
	run: async ({ masv, input }) => {
		// Read before archiving, because lists may not include it afterwards.
		const found = await fetchPackage(masv, input.packageId);
		await archivePackage(masv, 'archive', input.packageId);
		return { ...withoutSecrets(found), state: 'archived' };
	},
});
