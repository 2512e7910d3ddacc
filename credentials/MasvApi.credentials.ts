import type { IAuthenticateGeneric, Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/** A MASV API key and the team it is used for. Tested by the node: see `testMasvApi` in credentialTests.ts. */
export class MasvApi implements ICredentialType {
	name = 'masvApi';

	displayName = 'MASV API';

	documentationUrl = 'https://github.com/n8n-nodes-masv/n8n-nodes-masv#credentials';

	icon: Icon = { light: 'file:masv.svg', dark: 'file:masv.dark.svg' };

	properties: INodeProperties[] = [
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description:
				'Create one in MASV under Features & Settings > Team Features > API Keys. It is shown once and holds punctuation: copy all of it.',
		},
		{
			displayName: 'Team ID',
			name: 'teamId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 01D377JSHQW5ZEGGTDNW91C67J',
			description: 'It stands in the address of the MASV web app: app.massive.io/{team ID}/…',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.massive.app',
			description: 'Leave it as it is, unless you work with another MASV server such as the sandbox of this package',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'X-API-KEY': '={{$credentials.apiKey}}' } },
	};
}
