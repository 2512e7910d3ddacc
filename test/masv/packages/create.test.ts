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

/** MASV lists an empty package of this name, created so long before now by our clock. */
function listsLeftover(ageMs: number): void {
	const record = { id: 'P0', name: 'Dailies', state: 'new', created_at: new Date(Date.now() - ageMs).toISOString() };
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
});
