import { withoutTokens } from '../../../../masv/activities';
import { lookUpLink } from '../../../../masv/links';
import { linkUrl, readLinkUrl } from '../../fields/linkUrl';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get a link',
	description: 'See which package a download link leads to, without downloading it',
	authentications: ['none', 'teamKey'],
	fields: [
		linkUrl,
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Password of the link, if it has one',
		},
		simplify,
	],
	run: async ({ masv, input }) => {
		const { linkId, secret } = readLinkUrl(masv, input.linkUrl);
		const password = input.password === '' ? undefined : input.password;
		return withoutTokens(await lookUpLink(masv, { linkId, secret, password }));
	},
});
