import { applyToWindow, expiryWindowFields } from '../../fields/expiryWindow';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Archive Many',
	value: 'archiveMany',
	action: 'Archive many packages',
	description: 'Put away all expired packages whose expiry date lies within a window',
	fields: expiryWindowFields,
	run: async ({ masv, n8n, input }) => await applyToWindow(masv, 'archive', input, n8n),
});
