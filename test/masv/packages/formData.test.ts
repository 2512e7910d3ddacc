import { fetchFormData } from '../../../masv/packages/formData';
import { failureOf, masv, useNock } from '../../support/nockMasv';
import { tokenClient, withToken } from '../../support/packageToken';

useNock();

const route = '/v1/packages/P1/metadata';

describe('fetchFormData', () => {
	it('reads the values with the package token', async () => {
		const fields = [
			{ name: 'project', value: 'North' },
			{ name: 'reels', value: ['1', '2'] },
		];
		masv(withToken).get(route).reply(200, { fields });
		expect(await fetchFormData(tokenClient(), 'P1')).toEqual({ project: 'North', reels: ['1', '2'] });
	});

	it('is empty for a package without a form', async () => {
		masv().get(route).reply(404, { message: 'not found' });
		expect(await fetchFormData(tokenClient(), 'P1')).toEqual({});
	});

	it.each([403, 405, 422])('says after a %d that MASV does not document the request', async (status) => {
		masv().get(route).reply(status);
		const error = await failureOf(fetchFormData(tokenClient(), 'P1'));
		expect(error.message).toMatch(/MASV does not document this request, so it may work differently or not at all$/);
	});

	it.each([401, 402])('does not blame the request for a %d, which is about the account', async (status) => {
		masv().get(route).reply(status);
		expect((await failureOf(fetchFormData(tokenClient(), 'P1'))).message).not.toContain('document');
	});
});
