import { readPortals } from '../../../../masv/portals/portals';
import { withoutSecrets } from '../../../../masv/portals/shown';
import { nameContains, tagIds, teamspaceIds } from '../../fields/filters';
import { paging, takeWanted } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many portals',
	description: 'List the portals of the team',
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
				nameContains,
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					options: [
						{ name: 'Active First', value: '-active' },
						{ name: 'Active Last', value: 'active' },
						{ name: 'Name, A to Z', value: 'name' },
						{ name: 'Name, Z to A', value: '-name' },
						{ name: 'Newest First', value: '-created_at' },
						{ name: 'Oldest First', value: 'created_at' },
					],
					default: 'name',
					description: 'Order of the portals',
				},
				{
					displayName: 'Subdomain Contains',
					name: 'subdomain',
					type: 'string',
					default: '',
					placeholder: 'e.g. unit',
					description: 'Part of the subdomain',
				},
				tagIds,
				teamspaceIds,
			],
		},
	],
	run: async ({ masv, input }) => {
		const { name, sort, subdomain, tags, teamspaces } = input.filters;
		const portals = readPortals(masv, {
			sort,
			name: optionalText(name),
			subdomain: optionalText(subdomain),
			tags,
			teamspaces,
		});
		return (await takeWanted(portals, input)).map(withoutSecrets);
	},
});
