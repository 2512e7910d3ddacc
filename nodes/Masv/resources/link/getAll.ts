import { fetchTeamLinks } from '../../../../masv/teamLinks';
import { paging, wantedOf } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';
import { optionalText } from '../../values/text';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many links',
	description:
		'List the links of packages sent by the team, without their URLs: MASV shows the secret of a link only when the link is created',
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
					displayName: 'Active',
					name: 'active',
					type: 'boolean',
					default: true,
					description: 'Whether to list only active links (on) or only inactive ones (off)',
				},
				{
					displayName: 'Package ID',
					name: 'packageId',
					type: 'string',
					default: '',
					placeholder: 'e.g. E1XGADMXPSLEE9NGH7WRWJ069D',
					description: 'ID of the package that the links belong to',
				},
				{
					displayName: 'Recipient',
					name: 'email',
					type: 'string',
					default: '',
					placeholder: 'e.g. anna@example.com',
					description: 'Exact email address of the recipient',
				},
			],
		},
	],
	run: async ({ masv, input }) => {
		const { active, packageId, email } = input.filters;
		const [wantedPackage, wantedEmail] = [optionalText(packageId), optionalText(email)?.toLowerCase()];
		// MASV's list has no such filters.
		const links = (await fetchTeamLinks(masv)).filter(
			(link) =>
				(active === undefined || link.active === active) &&
				(wantedPackage === undefined || link.package_id === wantedPackage) &&
				(wantedEmail === undefined || link.email?.toLowerCase() === wantedEmail),
		);
		return wantedOf(links, input);
	},
});
