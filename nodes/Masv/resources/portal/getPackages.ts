import { withoutSecrets } from '../../../../masv/packages/shown';
import { inPortal } from '../../../../masv/portals/update';
import type { MasvPackage } from '../../../../masv/schemas';
import { createdWithin, fromSender, packageOrders, stateOptions, tagIds } from '../../fields/filters';
import { paging, takeWanted } from '../../fields/paging';
import { portalId, toPortalId } from '../../fields/portalId';
import { simplify } from '../../fields/simplify';
import { optionalText } from '../../values/text';
import { defineOperation } from '../../operation';
import { readPortalPackages } from '../../../../masv/packages/lists';

export default defineOperation({
	name: 'Get Packages',
	value: 'getPackages',
	action: 'Get the packages of a portal',
	description: 'List the packages received through a portal',
	fields: [
		portalId,
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
				fromSender,
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'options',
					options: packageOrders,
					default: '-created_at',
					description: 'Order of the packages',
				},
				{
					displayName: 'States',
					name: 'states',
					type: 'multiOptions',
					options: stateOptions,
					default: ['finalized'],
					description:
						'States of the packages to list. If not set, packages in all states are listed, including those still being uploaded.',
				},
				tagIds,
			],
		},
	],
	run: async ({ masv, input }) => {
		const { filters } = input;
		const id = await toPortalId(masv, input.portalId);
		const packages = readPortalPackages(masv, id, {
			sort: filters.sort,
			sender: optionalText(filters.sender),
			tags: filters.tags,
			created_at_start: filters.createdAfter,
			created_at_end: filters.createdBefore,
		});
		const wanted = inStates(packages, filters.states ?? []);
		return (await inPortal(id, async () => await takeWanted(wanted, input))).map(withoutSecrets);
	},
});

/** MASV documents no filter by state for this list, so it is applied here. */
async function* inStates(packages: AsyncIterable<MasvPackage>, states: string[]): AsyncGenerator<MasvPackage> {
	for await (const found of packages) if (states.length === 0 || states.includes(found.state ?? '')) yield found;
}
