import { applyToWindow, expiryWindowFields } from '../../fields/expiryWindow';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Unarchive Many',
	value: 'unarchiveMany',
	action: 'Unarchive many packages',
	description: 'Unarchive all packages that expired within a date range',
	fields: expiryWindowFields,
	run: async ({ masv, input }) => await applyToWindow(masv, 'unarchive', input),
});
