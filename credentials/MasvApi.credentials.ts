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
				'Create a key in MASV under Features & Settings > Team Features > API Keys. MASV shows it only once. Keys contain punctuation; copy the whole key.',
		},
		{
			displayName: 'Team ID',
			name: 'teamId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 01D377JSHQW5ZEGGTDNW91C67J',
			description: 'You can find it in the URL of the MASV web app: app.massive.io/{team ID}/…',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.massive.app',
			description: "Change it only to use another MASV server, such as this package's sandbox",
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: { headers: { 'X-API-KEY': '={{$credentials.apiKey.trim()}}' } },
	};
}
