import { fetchPackage, withoutSecrets } from '../../../../masv/packages';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get a package',
	description: 'Get the details of one package',
	fields: [packageId],
	run: async ({ masv, input }) => withoutSecrets(await fetchPackage(masv, input.packageId)),
});
