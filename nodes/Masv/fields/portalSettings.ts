import { tagId } from './tagId';
import { teamspaceId } from './teamspaceId';

/** The settings of a portal, for creating and changing one. A flag of MASV and its value are one field. */

const page = {
	displayName: 'Page',
	name: 'page',
	type: 'collection',
	placeholder: 'Add page setting',
	default: {},
	description: 'What senders see',
	options: [
		{
			displayName: 'Background URL',
			name: 'backgroundUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/background.jpg',
			description: 'URL of the background image',
		},
		{
			displayName: 'Logo URL',
			name: 'logoUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/logo.png',
			description: 'URL of the logo',
		},
		{
			displayName: 'Message',
			name: 'message',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. Please upload the dailies here',
			description: 'Text on the page',
		},
		{
			displayName: 'Primary Color',
			name: 'primaryColor',
			type: 'color',
			default: '#0078D4',
			description: 'Color of buttons and links as an HTML hex code',
		},
		{
			displayName: 'Terms: Checkbox',
			name: 'termsCheckbox',
			type: 'string',
			default: '',
			placeholder: 'e.g. I agree to the terms of service',
			description: 'Text of a checkbox that senders must select. Required for terms of service.',
		},
		{
			displayName: 'Terms: Description',
			name: 'termsDescription',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. By uploading, you confirm that you own the rights',
			description: 'Text of the terms of service',
		},
		{
			displayName: 'Terms: Title',
			name: 'termsTitle',
			type: 'string',
			default: '',
			placeholder: 'e.g. Terms of service',
			description: 'Title of the terms of service',
		},
		{
			displayName: 'Terms: URL',
			name: 'termsUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://example.com/terms',
			description: 'URL of a page with the terms of service',
		},
	],
} as const;

const access = {
	displayName: 'Access',
	name: 'access',
	type: 'collection',
	placeholder: 'Add access setting',
	default: {},
	description: 'Who can upload and download. Passwords entered here are stored with the executions of the workflow.',
	options: [
		{
			displayName: 'Access Level',
			name: 'accessLevel',
			type: 'options',
			options: [
				{
					name: 'Private',
					value: 'private',
					description:
						'Only members in the access list see the packages. Requires an upload password and no Teamspace.',
				},
				{ name: 'Regular', value: 'regular', description: 'All members of the team see the packages' },
			],
			default: 'regular',
			description: 'Who sees the packages. Only some teams can have private portals.',
		},
		{
			displayName: 'Access List',
			name: 'accessList',
			type: 'string',
			accepts: 'list',
			default: '',
			placeholder: 'e.g. 01CTDNW91C67JSHQW5JE8TGGEZ, 01J0VK7K95A2ACFRW3Z93DJ7B2',
			description: 'Comma-separated membership IDs, for private portals. Member > Get Many outputs them.',
		},
		{
			displayName: 'Closes On',
			name: 'expiry',
			type: 'dateTime',
			default: '',
			description: 'When the portal stops accepting uploads',
		},
		{
			displayName: 'Download Password',
			name: 'downloadPassword',
			type: 'string',
			typeOptions: { password: true },
			refusesEmpty: true,
			default: '',
			description: 'Password required to download the packages of the portal',
		},
		{ ...teamspaceId, required: false, description: 'Teamspace that the portal belongs to' },
		{
			displayName: 'Upload Password',
			name: 'uploadPassword',
			type: 'string',
			typeOptions: { password: true },
			refusesEmpty: true,
			default: '',
			description: 'Password required to open the page and upload files',
		},
	],
} as const;

const packages = {
	displayName: 'Packages',
	name: 'packages',
	type: 'collection',
	placeholder: 'Add package setting',
	default: {},
	description: 'What happens to packages that the portal receives',
	options: [
		{
			displayName: 'Disable Upload Receipt',
			name: 'disableReceipt',
			type: 'boolean',
			default: false,
			description: 'Whether the sender gets no confirmation email',
		},
		{
			displayName: 'Recipients',
			name: 'recipients',
			type: 'string',
			accepts: 'list',
			default: '',
			placeholder: 'e.g. anna@example.com, ben@example.com',
			description: 'Comma-separated email addresses that MASV notifies of uploads',
		},
		{
			displayName: 'Storage Days',
			name: 'storageDays',
			type: 'number',
			typeOptions: { minValue: -1, maxValue: 65535 },
			default: 0,
			description:
				'How many days packages are stored, -1 for unlimited storage. What 0 means is not documented: probably the default of your team. MASV charges for storage beyond what your plan includes.',
		},
		{ ...tagId, required: false, description: 'Tag that the packages of the portal get' },
		{
			displayName: 'Webhook IDs',
			name: 'webhookIds',
			type: 'string',
			accepts: 'list',
			default: '',
			placeholder: 'e.g. 5f1b7c1e9d3a4b0012c4e8aa, 5f1b7c1e9d3a4b0012c4e8ab',
			description:
				'Comma-separated IDs of custom webhooks that receive the events of the portal. They replace all others, including that of a MASV Trigger.',
		},
	],
} as const;

const limits = {
	displayName: 'Limits',
	name: 'limits',
	type: 'collection',
	placeholder: 'Add limit',
	default: {},
	description: 'What the portal accepts',
	options: [
		{
			displayName: 'Allowed File Types',
			name: 'fileTypes',
			type: 'string',
			accepts: 'list',
			default: '',
			placeholder: 'e.g. .mov, .mp4',
			description: 'Comma-separated file name extensions',
		},
		{
			displayName: 'Max File Count',
			name: 'maxFileCount',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description: 'Maximum number of files per package, 0 for no limit',
		},
		{
			displayName: 'Max File Size (MiB)',
			name: 'maxFileMiB',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 8589934591 },
			default: 0,
			description: 'Maximum size of a file, 0 for no limit',
		},
		{
			displayName: 'Max Package Size (MiB)',
			name: 'maxPackageMiB',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 8589934591 },
			default: 0,
			description: 'Maximum size of a package, 0 for no limit',
		},
		{
			displayName: 'Package Name Explanation',
			name: 'nameFormatLabel',
			type: 'string',
			default: '',
			placeholder: 'e.g. Project code and date, such as ABC_20261121',
			description: 'How senders learn which package names are accepted. Required for a pattern.',
		},
		{
			displayName: 'Package Name Pattern',
			name: 'nameFormatValue',
			type: 'string',
			default: '',
			placeholder: 'e.g. ^[A-Z]{3}_\\d{8}$',
			description: 'Regular expression that package names must match',
		},
	],
} as const;

const connections = {
	displayName: 'Storage Connections',
	name: 'connections',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	placeholder: 'Add connection',
	default: {},
	description:
		'Storage that MASV sends the packages of the portal to. In an existing portal, these connections replace all others.',
	options: [
		{
			name: 'entries',
			displayName: 'Connection',
			values: [
				{
					displayName: 'Connection ID',
					name: 'id',
					type: 'string',
					default: '',
					required: true,
					placeholder: 'e.g. 01J0VK7K95A2ACFRW3Z93DJ7B2',
				},
				{
					displayName: 'Target Action',
					name: 'targetAction',
					type: 'string',
					default: 'transfer',
					required: true,
					description: 'What MASV does with the packages. MASV documents only transfer.',
				},
				{
					displayName: 'Sync Metadata',
					name: 'syncMetadata',
					type: 'boolean',
					default: false,
					description: "Whether to write MASV's metadata to the storage, if the provider supports it",
				},
			],
		},
	],
} as const;

export const portalSettingFields = [page, access, packages, limits, connections] as const;

export const portalNames = [
	{
		displayName: 'Active',
		name: 'active',
		type: 'boolean',
		default: true,
		description: 'Whether the portal accepts uploads',
	},
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'e.g. Second Unit',
		description: 'Name of the portal',
	},
	{
		displayName: 'Subdomain',
		name: 'subdomain',
		type: 'string',
		default: '',
		placeholder: 'e.g. second-unit',
		description: 'First part of the URL of the portal: https://{subdomain}.portal.massive.io',
	},
] as const;
