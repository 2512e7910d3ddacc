import { archivePackage } from '../../../../masv/packages/archive';
import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';
import { fetchPackage } from '../../../../masv/packages/find';

export default defineOperation({
	name: 'Unarchive',
	value: 'unarchive',
	action: 'Unarchive a package',
	description: 'Move an archived package back to the expired packages',
	fields: [packageId],
	run: async ({ masv, input }) => {
		// Read before unarchiving, because lists may not include it afterwards.
		const found = await fetchPackage(masv, input.packageId);
		await archivePackage(masv, 'unarchive', input.packageId);
		return { ...withoutSecrets(found), state: 'expired' };
	},
});
