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
			placeholder: 'e.g. 01CTDNW91C67JSHQW5JE8TGGEZ, 01J0VK7K95A2ACFRW3Z93DJ7B2',
			description: 'Comma-separated membership IDs. Member > Get Many outputs them as ID (not user_id).',
		},
	],
	run: async ({ masv, input }) => await createTeamspace(masv, input.name.trim(), input.memberIds),
});
