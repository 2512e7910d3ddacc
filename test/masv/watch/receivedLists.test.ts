import { watchedInbox, watchedPortal } from '../../../masv/watch/packageLists';
import { withReceivedLists } from '../../../masv/watch/receivedLists';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';

useNock();

it('reads the lists of the portals only if it is the inbox that fails, and not another request', async () => {
	const client = nockClient();
	masv()
		.get(/\/inbox\?/)
		.reply(200, { metadata: { total: 0 }, records: [] })
		.get('/v1/elsewhere')
		.reply(404, { message: 'not there' });
	let uses = 0;
	const use = async ([inbox]: Array<ReturnType<typeof watchedInbox>>): Promise<void> => {
		uses++;
		await inbox?.readPage({}, 1);
		await client.call({ operation: 'look elsewhere', method: 'GET', path: '/v1/elsewhere' });
	};
	const places = { inbox: watchedInbox(client), portalList: watchedPortal };
	// To list the portals would be a request that is not described here, and would fail in another way.
	expect(await failureOf(withReceivedLists(client, places, use))).toMatchObject({ operation: 'look elsewhere' });
	expect(uses).toBe(1);
});
