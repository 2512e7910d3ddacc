import { withoutSecrets } from '../../../../masv/packages/shown';
import {
	createdWithin,
	fromSender,
	nameContains,
	stateOptions,
	tagIds,
	teamOrders,
	teamspaceIds,
} from '../../fields/filters';
import { paging, takeWanted } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';
import { readSentPackages } from '../../../../masv/packages/lists';
import { readReceivedPackages } from '../../../../masv/packages/received';

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
		simplify,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add filter',
			default: {},
			options: [
				...createdWithin,
				nameContains,
				fromSender,
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					options: teamOrders,
					default: '-created_at',
					description: 'Order of the packages',
				},
				{
					displayName: 'States',
					name: 'status',
					type: 'multiOptions',
					options: stateOptions,
					default: ['finalized', 'expired'],
					description: 'States of the packages to list. If not set, finalized and expired packages are listed.',
				},
				tagIds,
				teamspaceIds,
			],
		},
		{
			displayName: 'Expiry Filters',
			name: 'expiryFilters',
			type: 'collection',
			placeholder: 'Add expiry filter',
			default: {},
			options: [
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
					description: 'Whether to list only packages that use extra storage (on) or only packages that do not (off)',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const { filters, expiryFilters } = input;
		const query = {
			status: filters.status,
			sort: filters.sort,
			name: optionalText(filters.name),
			sender: optionalText(filters.sender),
			tags: filters.tags,
			teamspaces: filters.teamspaces,
			created_at_start: filters.createdAfter,
			created_at_end: filters.createdBefore,
			expiry_start: expiryFilters.expiresAfter,
			expiry_end: expiryFilters.expiresBefore,
			extra_storage: expiryFilters.extraStorage,
		};
		const packages = input.direction === 'sent' ? readSentPackages(masv, query) : readReceivedPackages(masv, query);
		return (await takeWanted(packages, input)).map(withoutSecrets);
	},
});
