import type { MasvInputError } from '../../masv/errors';
import { fetchMembers } from '../../masv/members';
import { createTag, fetchTagReference, fetchTags } from '../../masv/tags';
import { failureOf, masv, nockClient, teamId, useNock } from '../support/nockMasv';

useNock();

const route = `/v1/teams/${teamId}/tags`;

describe('tags', () => {
	it('are listed with the API key', async () => {
		masv({ reqheaders: { 'x-api-key': /./ } })
			.get(route)
			.reply(200, [{ id: 'T1', name: 'Season 2', active: true }]);
		expect(await fetchTags(nockClient())).toEqual([{ id: 'T1', name: 'Season 2', active: true }]);
	});

	it('are created by name', async () => {
		masv().get(route).reply(200, []);
		masv().post(route, { name: 'Season 2' }).reply(201, { id: 'T1', name: 'Season 2' });
		expect(await createTag(nockClient(), 'Season 2')).toEqual({ id: 'T1', name: 'Season 2' });
	});

	it('have a name wherever MASV requires it', async () => {
		masv()
			.get(route)
			.reply(200, [
				{ id: 'T1', name: 'Season 1' },
				{ id: 'T2', name: 'Season 2' },
			]);
		expect(await fetchTagReference(nockClient(), 'T2')).toEqual({ id: 'T2', name: 'Season 2' });
	});

	it('that do not exist are reported', async () => {
		masv().get(route).reply(200, null);
		const error = await failureOf<MasvInputError>(fetchTagReference(nockClient(), 'T9'));
		expect([error.code, error.message]).toEqual(['tag_not_found', `There is no tag T9 in team ${teamId}`]);
	});

	it('that may not be listed are reported', async () => {
		masv().get(route).reply(403, { message: 'not allowed' });
		const { message } = await failureOf(fetchTags(nockClient()));
		expect(message).toBe('Could not list the tags. MASV responded with 403: not allowed');
	});
});

describe('members', () => {
	const members = `/v1/teams/${teamId}/members`;

	it('are listed whole', async () => {
		const found = [{ id: 'M1', user_id: 'U1', email: 'ann@b.example', teamspaces: [] }];
		masv().get(members).reply(200, found);
		expect(await fetchMembers(nockClient())).toEqual(found);
	});

	it('that may not be listed are reported', async () => {
		masv().get(members).reply(403, { message: 'owners and admins only' });
		expect((await failureOf(fetchMembers(nockClient()))).message).toContain('owners and admins only');
	});
});
