import { fetchActivityHistory } from '../../masv/activityHistory';
import { failureOf, masv, nockClient, teamId, useNock } from '../support/nockMasv';
import { withKey } from '../support/packageToken';

useNock();

const route = `/v1/teams/${teamId}/activities/A1/events`;

describe('fetchActivityHistory', () => {
	it.each([
		['a list', [{ state: 'started' }]],
		['a list under a key', { events: [{ state: 'started' }] }],
	])('reads %s with the API key', async (_, answer) => {
		masv(withKey).get(route).reply(200, answer);
		expect(await fetchActivityHistory(nockClient(), 'A1')).toEqual([{ state: 'started' }]);
	});

	it('reports that there is no such activity', async () => {
		masv().get(route).reply(404, { message: 'not found' });
		expect(await failureOf(fetchActivityHistory(nockClient(), 'A1'))).toMatchObject({ code: 'activity_not_found' });
	});

	it('says after a refusal that MASV does not document the request', async () => {
		masv().get(route).reply(405);
		expect((await failureOf(fetchActivityHistory(nockClient(), 'A1'))).message).toContain('MASV does not document');
	});
});
