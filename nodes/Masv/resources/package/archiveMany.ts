import { applyToWindow, expiryWindowFields } from '../../fields/expiryWindow';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Archive Many',
	value: 'archiveMany',
	action: 'Archive many packages',
	description: 'Archive all packages that expired within a date range',
	fields: expiryWindowFields,
	run: async ({ masv, input }) => await applyToWindow(masv, 'archive', input),
});
