import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/**
 * A portal to send files to, with no MASV account. A credential because n8n stores what is in the fields of a node with
 * executions, and the portal may have an upload password.
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
			description: 'URL, subdomain or ID of the portal. The password is sent only to this portal.',
		},
		{
			displayName: 'Upload Password',
			name: 'accessCode',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Only for portals that require a password to upload files',
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
