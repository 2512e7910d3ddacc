import { fetchMembers } from '../../../../masv/members';
import { paging, wantedOf } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many members',
	description: 'List the members of the team with their membership IDs, which private portals and Teamspaces require',
	fields: [...paging, simplify],
	run: async ({ masv, input }) => wantedOf(await fetchMembers(masv), input),
});
