import type { MasvClient } from '../../../masv/client';
import type { MasvInputError } from '../../../masv/errors';
import { findPortalAt, toSubdomain } from '../../../masv/portals/address';
import { findPortalId } from '../../../masv/portals/findPortalId';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';

useNock();

/** Of MASV itself, whose portals have a host of their own. */
const ofMasv = (): MasvClient => nockClient({ baseUrl: undefined });

describe('the address of a portal', () => {
	it.each([
		'https://Unit.portal.massive.io/embed?a',
		'unit.portal.massive.io:443',
		' UNIT ',
		'HTTPS://unit.portal.massive.io',
	])('is the same portal, written as %j', (portal) => expect(toSubdomain(ofMasv(), portal, 'portal')).toBe('unit'));

	it.each([
		['https://unit.studio.example/upload', 'unit.studio.example'],
		['https://app.massive.io/TEAM1/portals', 'app.massive.io'],
		['unit.portal.massive.io.example', 'unit.portal.massive.io.example'],
		['https://portal.massive.io/unit', 'portal.massive.io'],
	])('that is something else is refused, and no portal of the same name is looked for: %s', async (address, host) => {
		const message = `"${host}" is not the address of a MASV portal`;
		const refusal = { code: 'portal_address_unknown', message };
		expect(await failureOf(findPortalAt(ofMasv(), address))).toMatchObject({ ...refusal, field: 'portalAddress' });
		expect(await failureOf(findPortalId(ofMasv(), address))).toMatchObject({ ...refusal, field: 'portal' });
	});

	it('may be at any host if the server is not MASV itself', () => {
		expect(toSubdomain(nockClient(), 'https://unit.portals.masv.test/', 'portal')).toBe('unit');
	});

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
