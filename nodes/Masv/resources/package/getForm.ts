import { fetchFormData } from '../../../../masv/packages/formData';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Form',
	value: 'getForm',
	action: 'Get the form of a package',
	description:
		'Get the values that the sender entered into the form of the portal, one field of the output per field of the form',
	fields: [packageId],
	run: async ({ masv, input }) => await fetchFormData(masv, input.packageId),
});
