import { withoutSecrets } from '../../../../masv/packages/shown';
import { packageOptions, readTarget, targetFields } from '../../fields/target';
import { defineOperation } from '../../operation';
import { checkTarget, createPackage } from '../../../../masv/packages/create';

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a package',
	description: 'Create an empty package to upload files to',
	authentications: ['teamKey', 'portal'],
	fields: [
		...targetFields,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: packageOptions,
		},
	],
	run: async ({ masv, authentication, n8n, input }) => {
		const target = await readTarget({ masv, authentication, n8n }, input);
		await checkTarget(masv, target, []);
		return withoutSecrets(await createPackage(masv, target));
	},
});
