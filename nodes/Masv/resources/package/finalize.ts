import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';
import { finalizeByHand } from '../../../../masv/packages/finalizeByHand';

export default defineOperation({
	name: 'Finalize',
	value: 'finalize',
	action: 'Finalize a package and notify its recipients',
	description: 'Complete a package after all its files are uploaded. Recipients are notified and links become active.',
	fields: [packageId],
	run: async ({ masv, input }) => withoutSecrets(await finalizeByHand(masv, input.packageId)),
});
