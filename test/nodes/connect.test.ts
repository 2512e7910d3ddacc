import { toSubdomain } from '../../nodes/Masv/connect';

describe('toSubdomain', () => {
	it.each([
		'https://Unit.portal.massive.io/embed?a',
		'unit.portal.massive.io:443',
		' UNIT ',
		'HTTPS://unit.portal.massive.io',
	])('extracts the portal from %j', (portal) => expect(toSubdomain(portal)).toBe('unit'));
});
