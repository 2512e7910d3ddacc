import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageId } from '../../fields/packageId';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';
import { fetchPackage } from '../../../../masv/packages/find';

export default defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get a package',
	description: 'Get the details of one package',
	fields: [packageId, simplify],
	run: async ({ masv, input }) => withoutSecrets(await fetchPackage(masv, input.packageId)),
});
