import { readPortalPackages, withoutSecrets } from '../../../../masv/packages';
import type { MasvPackage } from '../../../../masv/schemas';
import { paging, takeWanted } from '../../fields/paging';
import { portalId } from '../../fields/portalId';
import { optionalIsoDate, optionalList, optionalText } from '../../fields/texts';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'List Portal Packages',
	value: 'getPackages',
	action: 'List packages of a portal',
	description: 'List the packages that came in through one portal',
	fields: [
		portalId,
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
					name: 'states',
					type: 'multiOptions',
					options: [
						{ name: 'Archived', value: 'archived' },
						{ name: 'Expired', value: 'expired' },
						{ name: 'Finalized', value: 'finalized' },
						{ name: 'New', value: 'new' },
					],
					default: ['finalized'],
					description: 'Keep only packages in these states. MASV lists all; the others are left out here.',
				},
				{
					displayName: 'Tag IDs',
					name: 'tags',
					type: 'string',
					default: '',
					description: 'IDs with commas between them',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const { filters } = input;
		const packages = readPortalPackages(masv, input.portalId, {
			sort: filters.sort,
			sender: optionalText(filters.sender),
			tags: optionalList(filters.tags),
			created_at_start: optionalIsoDate(filters.createdAfter, 'Created After'),
			created_at_end: optionalIsoDate(filters.createdBefore, 'Created Before'),
		});
		return (await takeWanted(inStates(packages, filters.states ?? []), input)).map(withoutSecrets);
	},
});

/** MASV documents no filter by state for this list. */
async function* inStates(packages: AsyncIterable<MasvPackage>, states: string[]): AsyncGenerator<MasvPackage> {
	for await (const found of packages) if (states.length === 0 || states.includes(found.state ?? '')) yield found;
}
