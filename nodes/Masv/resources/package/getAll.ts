import { readReceivedPackages, readSentPackages, withoutSecrets } from '../../../../masv/packages';
import { paging, takeWanted } from '../../fields/paging';
import { optionalIsoDate, optionalList, optionalText } from '../../fields/texts';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many packages',
	description: 'List the packages that the team sent or received',
	fields: [
		{
			displayName: 'Packages',
			name: 'direction',
			type: 'options',
			options: [
				{ name: 'Received Through Portals', value: 'received' },
				{ name: 'Sent by the Team', value: 'sent' },
			],
			default: 'sent',
			description: 'Which packages to list',
		},
		...paging,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add filter',
			default: {},
			options: [
				{
					displayName: 'Created After',
					name: 'createdAfter',
					type: 'dateTime',
					default: '',
					description: 'Earliest creation date',
				},
				{
					displayName: 'Created Before',
					name: 'createdBefore',
					type: 'dateTime',
					default: '',
					description: 'Latest creation date',
				},
				{
					displayName: 'Expires After',
					name: 'expiresAfter',
					type: 'dateTime',
					default: '',
					description: 'Earliest expiry date',
				},
				{
					displayName: 'Expires Before',
					name: 'expiresBefore',
					type: 'dateTime',
					default: '',
					description: 'Latest expiry date',
				},
				{
					displayName: 'Extra Storage',
					name: 'extraStorage',
					type: 'boolean',
					default: true,
					description: 'Whether to list only packages that use extra storage, or only those that do not',
				},
				{
					displayName: 'Name Contains',
					name: 'name',
					type: 'string',
					default: '',
					description: 'Part of the package name',
				},
				{
					displayName: 'Sender',
					name: 'sender',
					type: 'string',
					default: '',
					placeholder: 'e.g. anna@example.com',
					description: 'Exact email address of the sender',
				},
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					options: [
						{ name: 'Expiry, Earliest First', value: 'expiry' },
						{ name: 'Expiry, Latest First', value: '-expiry' },
						{ name: 'Name', value: 'name' },
						{ name: 'Newest First', value: '-created_at' },
						{ name: 'Oldest First', value: 'created_at' },
						{ name: 'Size, Largest First', value: '-size' },
						{ name: 'Size, Smallest First', value: 'size' },
					],
					default: '-created_at',
					description: 'Order of the packages',
				},
				{
					displayName: 'States',
					name: 'status',
					type: 'multiOptions',
					options: [
						{ name: 'Archived', value: 'archived' },
						{ name: 'Expired', value: 'expired' },
						{ name: 'Finalized', value: 'finalized' },
						{ name: 'New', value: 'new' },
					],
					default: ['finalized', 'expired'],
					description: 'States of the packages. Without this filter: finalized and expired.',
				},
				{
					displayName: 'Tag IDs',
					name: 'tags',
					type: 'string',
					default: '',
					description: 'IDs with commas between them',
				},
				{
					displayName: 'Teamspace IDs',
					name: 'teamspaces',
					type: 'string',
					default: '',
					description: 'IDs with commas between them',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const { filters } = input;
		const query = {
			status: filters.status,
			sort: filters.sort,
			name: optionalText(filters.name),
			sender: optionalText(filters.sender),
			tags: optionalList(filters.tags),
			teamspaces: optionalList(filters.teamspaces),
			created_at_start: optionalIsoDate(filters.createdAfter, 'Created After'),
			created_at_end: optionalIsoDate(filters.createdBefore, 'Created Before'),
			expiry_start: optionalIsoDate(filters.expiresAfter, 'Expires After'),
			expiry_end: optionalIsoDate(filters.expiresBefore, 'Expires Before'),
			extra_storage: filters.extraStorage,
		};
		const packages = input.direction === 'sent' ? readSentPackages(masv, query) : readReceivedPackages(masv, query);
		return (await takeWanted(packages, input)).map(withoutSecrets);
	},
});
