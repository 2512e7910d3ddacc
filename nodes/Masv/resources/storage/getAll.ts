import { fetchConnections, withoutCredentials } from '../../../../masv/storage/connections';
import { nameContains } from '../../fields/filters';
import { paging, wantedOf } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many storage connections',
	description: 'List the connected cloud storages and storage gateways of the team',
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
				{
					displayName: 'Direction',
					name: 'direction',
					type: 'options',
					options: [
						{ name: 'From Storage to MASV', value: 'cloud_to_masv' },
						{ name: 'From MASV to Storage', value: 'masv_to_cloud' },
					],
					default: 'masv_to_cloud',
					description: 'Which way the connection transfers files',
				},
				nameContains,
			],
		},
	],
	run: async ({ masv, input }) => {
		const { direction, name = '' } = input.filters;
		// MASV documents no filters for this list.
		const wanted = (await fetchConnections(masv)).filter(
			(connection) =>
				(direction === undefined || connection.direction === direction) &&
				(connection.name ?? '').toLowerCase().includes(name.trim().toLowerCase()),
		);
		return withoutCredentials(wantedOf(wanted, input));
	},
});
