import { fetchTags } from '../../../../masv/tags';
import { paging, wantedOf } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many tags',
	description: 'List the tags of the team',
	fields: [...paging, simplify],
	run: async ({ masv, input }) => wantedOf(await fetchTags(masv), input),
});
