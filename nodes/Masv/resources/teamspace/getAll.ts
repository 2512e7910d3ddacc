import { readTeamspaces } from '../../../../masv/teamspaces';
import { paging, takeWanted } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many teamspaces',
	description: 'List the Teamspaces of the team',
	fields: [...paging, simplify],
	run: async ({ masv, input }) => await takeWanted(readTeamspaces(masv), input),
});
