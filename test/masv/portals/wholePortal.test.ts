import { toPortalUpdate, wouldLosePassword } from '../../../masv/portals/wholePortal';
import { portalSample as portal, updateOfSample as update } from '../../support/portalSample';

describe('toPortalUpdate', () => {
	it('is the whole portal in the form of a request', () => {
		expect(toPortalUpdate(portal, { custom_webhooks: [{ id: 'F1' }, { id: 'W1' }] })).toEqual(update(['F1', 'W1']));
	});

	it('changes only the given fields, and writes all others back', () => {
		expect(toPortalUpdate(portal, { message: 'Bye', teamspace_id: 'S2' })).toEqual({
			...update(['F1']),
			message: 'Bye',
			teamspace_id: 'S2',
		});
	});

	it('does not need to read what it changes', () => {
		const odd = { ...portal, access_list: 'all', teamspace: 'North', custom_webhooks: 'none' };
		const changes = { access_list: [], teamspace_id: 'S1', custom_webhooks: [] };
		expect(toPortalUpdate(odd, changes)).toMatchObject(changes);
		for (const field of Object.keys(changes)) {
			const { [field as keyof typeof changes]: _left, ...rest } = changes;
			expect(() => toPortalUpdate(odd, rest)).toThrow('in an undocumented format');
		}
	});

	it('never makes the asterisks for a password the password', () => {
		const masked = { ...portal, has_access_code: true, access_code: '****', has_download_password: true };
		const body = toPortalUpdate({ ...masked, download_password: '********' }, {});
		expect(body).toMatchObject({ has_access_code: true, has_download_password: true });
		expect(body).not.toHaveProperty('access_code');
		expect(body).not.toHaveProperty('download_password');
		expect(toPortalUpdate(masked, { access_code: 'made up' })).toMatchObject({ access_code: 'made up' });
	});

	it('keeps asterisks where they stand for nothing', () => {
		expect(toPortalUpdate({ ...portal, message: '***' }, {})).toMatchObject({ message: '***' });
	});

	it('contains a Teamspace only if there is one', () => {
		const { teamspace: _none, ...rest } = portal;
		for (const none of [rest, { ...rest, teamspace: {} }, { ...rest, teamspace: { id: '' } }]) {
			expect(toPortalUpdate(none, {})).not.toHaveProperty('teamspace_id');
		}
	});
});

describe('wouldLosePassword', () => {
	it.each([
		[{}, false],
		[{ has_access_code: true }, true],
		[{ has_access_code: true, access_code: '' }, true],
		[{ has_access_code: true, access_code: '****' }, true],
		[{ has_access_code: true, access_code: 'made up' }, false],
		[{ has_download_password: true }, true],
		[{ has_access_code: true, access_code: 'made up', has_download_password: true }, true],
	])('%j: %j', (more, would) => {
		expect(wouldLosePassword({ ...portal, ...more })).toBe(would);
	});
});
