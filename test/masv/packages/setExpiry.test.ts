import { MasvApiError } from '../../../masv/errors';
import { setPackageExpiry } from '../../../masv/packages/setExpiry';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { tokenClient, withToken } from '../../support/packageToken';

useNock();

const route = '/v1/packages/P1/expiry';
const expiry = '2999-01-01T00:00:00.000Z';

describe('setPackageExpiry', () => {
	it.each([
		['a date', { expiry }, { unlimited_storage: false, expiry }],
		['unlimited storage', 'unlimited' as const, { unlimited_storage: true }],
	])('sends %s in the form that satisfies both sources', async (_, wanted, body) => {
		masv(withToken).put(route, body).reply(200, { id: 'P1', expiry });
		expect(await setPackageExpiry(tokenClient(), 'P1', wanted)).toEqual({ id: 'P1', expiry });
	});

	it('reads the package if MASV returns nothing', async () => {
		masv(withToken).put(route).reply(204);
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', expiry });
		expect(await setPackageExpiry(tokenClient(), 'P1', { expiry })).toMatchObject({ id: 'P1', expiry });
	});

	it('sends nothing for a date that has passed', async () => {
		const passed = setPackageExpiry(nockClient(), 'P1', { expiry: '2020-01-01T00:00:00.000Z' });
		expect(await failureOf(passed)).toMatchObject({ code: 'value_out_of_range' });
	});

	it.each([
		['finalized', { code: 'request_rejected' }],
		['expired', { code: 'package_state_wrong' }],
		['archived', { code: 'package_state_wrong' }],
	])('names the reason of a refusal for a package that is %s', async (state, error) => {
		masv().put(route).reply(400, { message: 'no' });
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', state });
		expect(await failureOf(setPackageExpiry(tokenClient(), 'P1', 'unlimited'))).toMatchObject(error);
	});

	it('does not look further when the key is refused', async () => {
		masv().put(route).reply(402);
		expect(await failureOf(setPackageExpiry(tokenClient(), 'P1', 'unlimited'))).toBeInstanceOf(MasvApiError);
	});
});
