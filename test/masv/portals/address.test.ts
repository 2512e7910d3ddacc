import type { MasvInputError } from '../../../masv/errors';
import { findPortalAt, toSubdomain } from '../../../masv/portals/address';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';

useNock();

describe('the address of a portal', () => {
	it.each([
		'https://Unit.portal.massive.io/embed?a',
		'unit.portal.massive.io:443',
		' UNIT ',
		'HTTPS://unit.portal.massive.io',
	])('is the same portal, written as %j', (portal) => expect(toSubdomain(portal)).toBe('unit'));

	it('is looked up without a key', async () => {
		masv({ badheaders: ['x-api-key'] })
			.get('/v1/subdomains/portals/unit')
			.reply(200, { id: 'O1', name: 'Unit' });
		const anyone = nockClient({ apiKey: undefined, teamId: undefined });
		expect(await findPortalAt(anyone, 'unit.portal.massive.io')).toEqual({ id: 'O1', name: 'Unit' });
	});

	it('is not looked up if it is an ID', async () => {
		expect(await findPortalAt(nockClient(), ' 01CTDNW11G67NKHQW5JE8TP2TJ ')).toEqual({
			id: '01CTDNW11G67NKHQW5JE8TP2TJ',
		});
	});

	it('of no portal is refused by name', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(404, {});
		const error = await failureOf<MasvInputError>(findPortalAt(nockClient(), 'unit'));
		expect(error).toMatchObject({
			code: 'portal_address_unknown',
			field: 'portalAddress',
			message: 'There is no portal "unit"',
		});
		expect(await failureOf(findPortalAt(nockClient(), ' https:// '))).toMatchObject({ code: 'value_missing' });
	});

	it('is not said to be of no portal by the page of a gateway', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(404, '<html>Not found</html>', { 'content-type': 'text/html' });
		expect(await failureOf(findPortalAt(nockClient(), 'unit'))).toMatchObject({ name: 'MasvApiError', status: 404 });
	});
});
