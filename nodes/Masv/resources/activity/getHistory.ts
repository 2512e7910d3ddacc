import { withoutTokens } from '../../../../masv/activities';
import { fetchActivityHistory } from '../../../../masv/activityHistory';
import { paging, wantedOf } from '../../fields/paging';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get History',
	value: 'getHistory',
	action: 'Get the history of an activity',
	description: 'List the states that one activity has had, such as the attempts of a transfer',
	fields: [
		{
			displayName: 'Activity ID',
			name: 'activityId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 01J0VK7K95A2ACFRW3Z93DJ7B2',
			description: 'ID of the activity. Activity > Get Many outputs it.',
		},
		...paging,
	],
	run: async ({ masv, input }) => {
		const id = input.activityId.trim();
		const wanted = wantedOf(await fetchActivityHistory(masv, id), input);
		return wanted.map((event) => ({ ...withoutTokens(event), activity_id: id }));
	},
});
