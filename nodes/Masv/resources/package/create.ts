import { withoutSecrets } from '../../../../masv/packages/shown';
import { packagePartSize, withPartSize } from '../../fields/packagePartSize';
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
			displayName:
				'Uploading to this package and finalizing it need the API key of the team that owns the portal. To deliver to a portal of someone else, use Send Files instead.',
			name: 'portalNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { authentication: ['portal'] } },
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [...packageOptions, packagePartSize],
		},
	],
	run: async ({ masv, authentication, n8n, input }) => {
		const target = withPartSize(await readTarget({ masv, authentication, n8n }, input), input.options.partSize);
		await checkTarget(masv, target, []);
		return withoutSecrets(await createPackage(masv, target));
	},
});
