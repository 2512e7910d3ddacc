import type { Icon, ICredentialType, INodeProperties } from 'n8n-workflow';

/**
 * The upload password of one portal. A credential rather than a field of the node, because n8n stores field values with
 * executions.
 */
export class MasvPortalApi implements ICredentialType {
	name = 'masvPortalApi';

	displayName = 'MASV Portal API';

	documentationUrl = 'https://github.com/n8n-nodes-masv/n8n-nodes-masv#credentials';

	icon: Icon = { light: 'file:masv.svg', dark: 'file:masv.dark.svg' };

	properties: INodeProperties[] = [
		{
			displayName: 'Portal Address',
			name: 'portal',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://second-unit.portal.massive.io',
			description: 'The address of the portal or its subdomain. The password is sent to no other portal.',
		},
		{
			displayName: 'Upload Password',
			name: 'accessCode',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'The password that the portal page asks for before files can be uploaded',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'https://api.massive.app',
			description: 'Leave it as it is, unless you work with another MASV server such as the sandbox of this package',
		},
	];
}
