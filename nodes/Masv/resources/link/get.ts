import { withoutTokens } from '../../../../masv/activities';
import { lookUpLink } from '../../../../masv/links';
import { linkUrl, readLink, server } from '../../fields/linkUrl';
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
		{ ...server, displayOptions: { show: { authentication: ['none'] } } },
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
	run: async ({ masv, authentication, input }) => {
		const { client, link } = readLink(masv, authentication, input);
		return withoutTokens(await lookUpLink(client, link));
	},
});
