import { fetchConnection, withoutCredentials } from '../../../../masv/storage/connections';
import { connectionId } from '../../fields/connectionId';
import { simplify } from '../../fields/simplify';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Get',
	value: 'get',
	action: 'Get a storage connection',
	description: 'Get one connected cloud storage or storage gateway',
	fields: [connectionId, simplify],
	run: async ({ masv, input }) => withoutCredentials(await fetchConnection(masv, input.connectionId)),
});
