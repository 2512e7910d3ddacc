import type { PackageTarget } from '../../../masv/packages/create';
import { createPackage } from '../../../masv/packages/create';
import { instantClock } from '../../support/instantClock';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const create = `/v1/teams/${teamId}/packages`;
const target: PackageTarget = {
	kind: 'team',
	request: { name: 'Dailies', description: '', recipients: [], password: 'open sesame' },
};

/** MASV lists an empty package, created so long before now by our clock. */
function listsLeftover(ageMs: number, name = 'Dailies'): void {
	const record = { id: 'P0', name, state: 'new', created_at: new Date(Date.now() - ageMs).toISOString() };
	masv()
		.get(/^\/v1\.1\/teams\/[^/]+\/packages\?/)
		.reply(200, { metadata: { total: 1 }, records: [record] });
}

describe('createPackage', () => {
	it('never shows the download password in errors', async () => {
		masv().post(create).reply(400, { message: 'too simple: open sesame' });
		const error = await failureOf(createPackage(nockClient(), target));
		expect(error.message).toContain('too simple: [hidden]');
	});

	it('takes a package for a leftover although the clock of MASV is minutes behind', async () => {
		masv().post(create).twice().reply(502);
		for (let time = 0; time < 2; time++) listsLeftover(5 * 60_000);
		const error = await failureOf(createPackage(nockClient({ clock: instantClock() }), target));
		expect(error).toMatchObject({ code: 'package_creation_uncertain' });
	});

	it('does not take an older package for a leftover', async () => {
		masv().post(create).twice().reply(502).post(create).reply(201, { id: 'P1', access_token: 'token-1' });
		for (let time = 0; time < 2; time++) listsLeftover(60 * 60_000);
		expect(await createPackage(nockClient(), target)).toMatchObject({ id: 'P1' });
	});

	it('does not take a package of another name for a leftover', async () => {
		masv().post(create).twice().reply(502).post(create).reply(201, { id: 'P1', access_token: 'token-1' });
		for (let time = 0; time < 2; time++) listsLeftover(1_000, 'Rushes');
		expect(await createPackage(nockClient(), target)).toMatchObject({ id: 'P1' });
	});

	it('leaves no more than two empty packages in a portal whose packages it may not list', async () => {
		const request = { name: 'Dailies', description: '', sender: 'anna@example.com' };
		masv().post('/v1/portals/O1/packages').twice().reply(502);
		masv()
			.get(/^\/v1\.1\/portals\/O1\/packages\?/)
			.twice()
			.reply(403);
		const creating = createPackage(nockClient(), { kind: 'portal', portalId: 'O1', accessCode: undefined, request });
		expect(await failureOf(creating)).toMatchObject({ code: 'package_creation_uncertain' });
	});

	it('looks for no leftover after a failure that MASV itself reports, however often', async () => {
		masv().post(create).thrice().reply(503).post(create).reply(201, { id: 'P1', access_token: 'token-1' });
		expect(await createPackage(nockClient(), target)).toMatchObject({ id: 'P1' });
	});
});
