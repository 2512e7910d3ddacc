import { readActivities, showActivity } from '../../../../masv/activities';
import { createdWithin, teamspaceIds } from '../../fields/filters';
import { paging, takeWanted } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many activities',
	description: 'List what happened to packages: uploads, downloads, links and transfers to storages, with their states',
	fields: [
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
				{
					displayName: 'Package ID',
					name: 'packageId',
					type: 'string',
					default: '',
					placeholder: 'e.g. E1XGADMXPSLEE9NGH7WRWJ069D',
					description: 'Only activities of this package',
				},
				{
					displayName: 'Portal IDs',
					name: 'portals',
					type: 'string',
					accepts: 'list',
					default: '',
					placeholder: 'e.g. 01CTDNW11G67KNHQW5JE8TP2TJ, 01J0VK7K95A2ACFRW3Z93DJ7B2',
					description: 'Comma-separated IDs of portals. Portal > Get Many outputs them.',
				},
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					options: [
						{ name: 'Newest First', value: '-created_at' },
						{ name: 'Oldest First', value: 'created_at' },
					],
					default: '-created_at',
					description: 'Order of the activities',
				},
				{
					displayName: 'States',
					name: 'states',
					type: 'multiOptions',
					options: [
						{ name: 'Cancelled', value: 'cancelled' },
						{ name: 'Complete', value: 'complete' },
						{ name: 'Error', value: 'error' },
						{ name: 'Pending', value: 'pending' },
						{ name: 'Started', value: 'started' },
					],
					default: [],
					description: 'States of the activities to list. If not set, all are listed.',
				},
				teamspaceIds,
				{
					displayName: 'Types',
					name: 'types',
					type: 'multiOptions',
					options: [
						{ name: 'Download', value: 'package_download_from_masv' },
						{ name: 'Link', value: 'link_generation', description: 'A link was created or opened' },
						{ name: 'Transfer to Storage', value: 'package_transfer_masv_to_cloud' },
						{ name: 'Upload', value: 'package_upload_to_masv' },
					],
					default: [],
					description: 'Types of the activities to list. If not set, all are listed.',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const { types, states, packageId, portals, teamspaces, sort, createdAfter, createdBefore } = input.filters;
		const activities = readActivities(masv, {
			activity_types: types,
			activity_states: states,
			package_id: optionalText(packageId),
			portals,
			teamspaces,
			sort,
			created_at_start: createdAfter,
			created_at_end: createdBefore,
		});
		return (await takeWanted(activities, input)).map(showActivity);
	},
});
