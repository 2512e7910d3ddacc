import { endLink } from '../../masv/endLink';
import type { MasvError } from '../../masv/errors';
import { failureOf, masv, nockClient, useNock } from '../support/nockMasv';

useNock();

const disable = async () => {
	const client = nockClient();
	client.tokens.set('P1', 'package-token');
	return await endLink(client, 'P1', 'L1');
};

describe('disabling a link', () => {
	it('needs the token of its package, not the API key', async () => {
		masv({ reqheaders: { 'x-package-token': 'package-token' }, badheaders: ['x-api-key'] })
			.delete('/v1/links/L1')
			.reply(204);
		expect(await disable()).toEqual({ id: 'L1', package_id: 'P1', disabled: true });
	});

	it.each([404, 405])('is not believed if MASV responds with %d', async (status) => {
		masv().delete('/v1/links/L1').reply(status);
		const error = await failureOf<MasvError>(disable());
		expect(error.code).toBe('route_undocumented');
		expect(error.hint).toContain('MASV does not document how links are disabled');
	});
});
