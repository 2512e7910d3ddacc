import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/**
 * The upload password of one portal. A credential rather than a node field, because n8n stores field values with
 * executions.
 */
export class MasvPortalApi implements ICredentialType {
	name = 'masvPortalApi';

	displayName = 'MASV Portal API';

	documentationUrl = 'https://github.com/n8n-nodes-masv/n8n-nodes-masv#credentials';

	icon: Icon = { light: 'file:masv.svg', dark: 'file:masv.dark.svg' };

	properties: INodeProperties[] = [
		{
			displayName: 'Portal URL',
			name: 'portal',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://second-unit.portal.massive.io',
			description: 'URL or subdomain of the portal. The password is sent only to this portal.',
		},
		{
			displayName: 'Upload Password',
			name: 'accessCode',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Password required to upload files to the portal. Leave empty if the portal asks for none.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.massive.app',
			description: "Change it only to use another MASV server, such as this package's sandbox",
		},
	];
}
