import { createTeamspace } from '../../../../masv/teamspaces';
import { newName } from '../../fields/newName';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create a teamspace',
	description: 'Create a Teamspace, a group of team members that shares portals and packages',
	fields: [
		newName,
		{
			displayName: 'Member IDs',
			name: 'memberIds',
			type: 'string',
			accepts: 'list',
			default: '',
			description: 'Comma-separated membership IDs. Member > Get Many returns them as ID (not user_id).',
		},
	],
	run: async ({ masv, input }) => await createTeamspace(masv, input.name.trim(), input.memberIds),
});
