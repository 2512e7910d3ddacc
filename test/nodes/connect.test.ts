import { toSubdomain } from '../../nodes/Masv/connect';

describe('toSubdomain', () => {
	it.each([
		'https://Unit.portal.massive.io/embed?a',
		'unit.portal.massive.io:443',
		' UNIT ',
		'HTTPS://unit.portal.massive.io',
	])('takes the portal out of %j', (portal) => expect(toSubdomain(portal)).toBe('unit'));
});
