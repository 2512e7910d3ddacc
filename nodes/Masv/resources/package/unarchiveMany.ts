import { applyToWindow, expiryWindowFields } from '../../fields/expiryWindow';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Unarchive Many',
	value: 'unarchiveMany',
	action: 'Unarchive many packages',
	description: 'Put back all archived packages whose expiry date lies within a window',
	fields: expiryWindowFields,
	run: async ({ masv, n8n, input }) => await applyToWindow(masv, 'unarchive', input, n8n),
});
