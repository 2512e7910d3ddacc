import { endLink } from '../../../../masv/endLink';
import { parseLink } from '../../../../masv/linkAddress';
import { packageId } from '../../fields/packageId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Disable',
	value: 'disable',
	action: 'Permanently disable a link',
	description:
		'Permanently disable a download link; running downloads may end. This cannot be undone. MASV does not document this request.',
	fields: [
		packageId,
		{
			displayName: 'Link ID',
			name: 'linkId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 01EKX32ZFDZ7Q2N6F3V8J5T0AB',
			description: 'ID or URL of the link',
		},
	],
	run: async ({ masv, input }) => {
		const link = input.linkId.trim();
		const id = /[/?]/.test(link) ? parseLink(link, 'Link ID').linkId : link;
		return await endLink(masv, input.packageId, id);
	},
});
