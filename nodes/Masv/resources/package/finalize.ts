import { fetchPackage, finalizePackage, withoutSecrets } from '../../../../masv/packages';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Finalize',
	value: 'finalize',
	action: 'Finalize a package',
	description: 'Close a package whose files are all uploaded: recipients are notified and links become active',
	fields: [packageId],
	run: async ({ masv, input }) => {
		await finalizePackage(masv, input.packageId);
		return withoutSecrets(await fetchPackage(masv, input.packageId));
	},
});
