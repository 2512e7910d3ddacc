import { createLink } from '../../../../masv/links';
import { packageId } from '../../fields/packageId';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';
import { toAddress } from '../../values/address';

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a link',
	description: 'Create a download link for a package, or have MASV email it to a recipient',
	fields: [
		packageId,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Password',
					name: 'password',
					type: 'string',
					typeOptions: { password: true },
					refusesEmpty: true,
					default: '',
					description: 'Password required to open the link',
				},
				{
					displayName: 'Recipient',
					name: 'email',
					type: 'string',
					default: '',
					placeholder: 'e.g. anna@example.com',
					description:
						'MASV emails the link to this address only. Leave empty to get a link that you can share yourself.',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const email = optionalText(input.options.email);
		// Not trimmed: a password may begin or end with a blank.
		const { password } = input.options;
		const link = await createLink(masv, input.packageId, {
			...(email !== undefined && { email: toAddress(email, 'Recipient') }),
			...(password !== undefined && { password }),
		});
		// The link comes first, because n8n shows the keys in this order.
		return { link_url: link.url ?? null, ...link, package_id: input.packageId };
	},
});
