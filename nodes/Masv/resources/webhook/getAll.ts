import { fetchWebhooks, withoutHeaderValues } from '../../../../masv/webhooks/manage';
import { paging, wantedOf } from '../../fields/paging';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many webhooks',
	description:
		'List the custom webhooks of the team, including those of MASV Trigger nodes. MASV does not document this list.',
	fields: [...paging, simplify],
	run: async ({ masv, input }) => wantedOf((await fetchWebhooks(masv)).map(withoutHeaderValues), input),
});
