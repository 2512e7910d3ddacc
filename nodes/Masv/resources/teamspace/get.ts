import { fetchTeamspace } from '../../../../masv/teamspaces';
import { simplify } from '../../fields/simplify';
import { teamspaceId } from '../../fields/teamspaceId';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get a teamspace',
	description: 'Get one Teamspace',
	fields: [teamspaceId, simplify],
	run: async ({ masv, input }) => await fetchTeamspace(masv, input.teamspaceId),
});
