import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { packageId } from '../../../nodes/Masv/fields/packageId';
import { fakeN8n } from '../../support/fakeN8n';
import { masv, teamId, useNock } from '../../support/nockMasv';

useNock();

const states = { status: ['new', 'finalized', 'expired', 'archived'].join(','), sort: '-created_at' };
const route = (list: string) => `/v1.1/teams/${teamId}/${list}`;
const lists = (name?: string) => ({ ...states, ...(name !== undefined && { name }), page: 1, limit: 50 });

const labels = async (filter?: string): Promise<Array<[string, unknown]>> => {
	const { n8n } = fakeN8n({ zone: 'Europe/Berlin' });
	const { results } = await packageId.listSearch.call(n8n as unknown as ILoadOptionsFunctions, filter);
	return results.map(({ name, value }) => [name, value]);
};

const sent = { id: 'S1', name: 'Dailies', state: 'new', created_at: '2026-11-20T10:00:00Z', size: 3 * 1024 ** 3 };
const received = { id: 'R1', name: 'Dailies', state: 'expired', created_at: '2026-11-20T23:30:00Z', size: 7 };

describe('the list of packages', () => {
	it('shows sent and received packages, newest first, with their day in the time zone of the workflow, size and state', async () => {
		masv()
			.get(route('packages'))
			.query(lists('dail'))
			.reply(200, [sent, { id: 'S2', size: 0 }]);
		masv().get(route('inbox')).query(lists('dail')).reply(200, [received]);
		expect(await labels('dail')).toEqual([
			['Dailies (received, 2026-11-21, 7 bytes, expired)', 'R1'],
			['Dailies (2026-11-20, 3.0 GiB, new)', 'S1'],
			['S2', 'S2'],
		]);
	});

	it('looks in each portal on a server without an inbox', async () => {
		masv().get(route('packages')).query(lists('dail')).reply(200, []);
		masv().get(route('inbox')).query(lists('dail')).reply(404);
		masv()
			.get(route('portals'))
			.query({ page: 1, limit: 50 })
			.reply(200, [{ id: 'O1' }, { id: 'O2' }]);
		const ofPortal = (id: string) =>
			masv().get(`/v1.1/portals/${id}/packages`).query({ sort: '-created_at', page: 1, limit: 50 });
		ofPortal('O1').reply(200, [received, { ...received, id: 'R2', name: 'Rushes' }, { id: 'R3' }]);
		ofPortal('O2').reply(403);
		expect((await labels('dail')).map(([, id]) => id)).toEqual(['R1']);
	});

	it('shows packages without a name there, too, as long as none is looked for', async () => {
		masv().get(route('packages')).query(lists()).reply(200, []);
		masv().get(route('inbox')).query(lists()).reply(404);
		masv()
			.get(route('portals'))
			.query({ page: 1, limit: 50 })
			.reply(200, [{ id: 'O1' }]);
		masv()
			.get('/v1.1/portals/O1/packages')
			.query({ sort: '-created_at', page: 1, limit: 50 })
			.reply(200, [{ id: 'R3' }]);
		expect((await labels()).map(([, id]) => id)).toEqual(['R3']);
	});

	it('shows sent packages to a user who may not see received ones', async () => {
		masv().get(route('packages')).query(lists()).reply(200, [sent]);
		masv().get(route('inbox')).query(lists()).reply(403);
		masv().get(route('portals')).query({ page: 1, limit: 50 }).reply(403);
		expect((await labels('')).map(([, id]) => id)).toEqual(['S1']);
	});

	it('fails if MASV does, instead of showing only some of the packages', async () => {
		masv().get(route('packages')).query(lists()).reply(200, [sent]);
		masv().get(route('inbox')).query(lists()).reply(500);
		await expect(labels()).rejects.toThrow('list the received packages');
	});
});
