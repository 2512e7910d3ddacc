/**
 * A portal with every property that MASV's page on portals prints for responses: its sample of a created portal, completed
 * with the properties of its tables. All restrictions are on.
 */
export const documentedPortal = {
	access_level: 'private',
	access_list: [
		{ membership_id: 'M1', name: 'Ann', email: 'ann@b.example' },
		{ membership_id: 'M2', name: 'Ben', email: 'ben@b.example' },
	],
	active: true,
	background_url: 'https://b.example/background.png',
	cloud_connections: [
		{
			connections: 1,
			created_at: '2024-06-20T19:50:59.109Z',
			destination: 'sample-s3-bucket',
			id: '01J0VK7K95A2ACFRW3Z93DJ7B2',
			name: 'Amazon S3',
			provider: 'amazon_s3',
			region: 'us-east-1',
			state: 'ok',
			sync_metadata: true,
			target_action: 'transfer',
			updated_at: '2024-10-11T18:33:45.031Z',
		},
	],
	created_at: '2024-10-28T17:02:09.334Z',
	custom_expiry_days: 10,
	custom_webhooks: [{ id: '01CTJE8TGGEZDNW91C67JSHQW5' }],
	disable_upload_receipt: false,
	expiry: '2030-01-01T00:00:00.000Z',
	expiry_enabled: true,
	file_type_restriction_enabled: true,
	file_type_restriction_exclude: false,
	file_types: ['.mov', '.mp4'],
	has_access_code: false,
	has_download_password: false,
	id: '01CTDNW11G67NKHQW5JE8TP2TJ',
	logo_url: 'https://b.example/logo.png',
	max_file_count: 10,
	max_file_size: 1073741824,
	max_package_size: 53687091200,
	message: 'Hello world!',
	name: 'My Portal',
	package_name_format: { label: 'Three letters', value: '^[A-Z]{3}$' },
	package_name_format_enabled: true,
	package_size_restriction_enabled: true,
	primary_color: '#0078D4',
	recipients: ['ann@b.example', 'ben@b.example'],
	subdomain: 'customesub',
	tag: { id: '01CTDNW91C67JSHQW5JE8TGGEZ', name: 'test tag name' },
	team_id: 'TEAM1',
	teamspace: { id: 'E1X6ANMGP3L5E9KFG1DF9W9J71', name: 'Marchesa' },
	terms_of_service: {
		checkbox_label: 'I agree to the terms of service',
		checkbox_url: 'http://test.com/customs/tos.html',
		description: 'Term of Service Description',
		title: 'Term of Service Title',
	},
	terms_of_service_enabled: true,
	updated_at: '2024-06-11T10:12:01.241Z',
};

/** The response to an update with this body. */
export function respondTo(body: Record<string, unknown>): Record<string, unknown> {
	const { access_code: _code, download_password: _password, access_list, teamspace_id, ...settings } = body;
	const { configure_cloud_connections: configures, cloud_connections, ...more } = settings;
	const { id, team_id, created_at } = documentedPortal;
	return {
		...more,
		...{ id, team_id, created_at, updated_at: '2026-01-01T00:00:00.000Z' },
		cloud_connections: configures === true ? cloud_connections : documentedPortal.cloud_connections,
		access_list: (access_list as string[] | undefined)?.map((member) => ({ membership_id: member, name: member })),
		...(typeof teamspace_id === 'string' && teamspace_id !== '' && { teamspace: { id: teamspace_id, name: 'x' } }),
	};
}
