import { attachWebhook, detachWebhooks } from '../../../masv/webhooks/attachment';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { toPortalUpdate, wouldLosePassword } from '../../../masv/portals/update';

useNock();

/** A portal as MASV's page shows one, with what answers and requests spell differently. */
const portal = {
	id: 'O1',
	name: 'Unit',
	subdomain: 'unit',
	active: true,
	has_access_code: false,
	has_download_password: false,
	message: 'Hello',
	recipients: ['a@b.example'],
	custom_expiry_days: -1,
	access_level: 'regular',
	access_list: [{ membership_id: 'M1', name: 'Ann', email: 'ann@b.example' }],
	cloud_connections: [{ id: 'C1', name: 'Amazon S3', provider: 'amazon_s3', state: 'ok', target_action: 'transfer' }],
	custom_webhooks: [{ id: 'F1' }],
	tag: { id: 'T1', name: 'Season 2' },
	teamspace: { id: 'S1', name: 'North' },
	terms_of_service: null,
	package_name_format: { label: '', value: '' },
	file_types: ['.mov'],
	max_file_size: '1073741824',
	something_new: { deep: true },
	created_at: '2026-01-01T00:00:00.000Z',
	updated_at: '2026-01-02T00:00:00.000Z',
};

const update = (webhooks: string[]) => ({
	name: 'Unit',
	subdomain: 'unit',
	active: true,
	has_access_code: false,
	has_download_password: false,
	message: 'Hello',
	recipients: ['a@b.example'],
	custom_expiry_days: -1,
	access_level: 'regular',
	access_list: ['M1'],
	custom_webhooks: webhooks.map((id) => ({ id })),
	tag: { id: 'T1', name: 'Season 2' },
	teamspace_id: 'S1',
	package_name_format: { label: '', value: '' },
	file_types: ['.mov'],
	max_file_size: '1073741824',
	something_new: { deep: true },
});

describe('toPortalUpdate', () => {
	it('is the whole portal in the words of a request', () => {
		expect(toPortalUpdate(portal, ['F1', 'W1'])).toEqual(update(['F1', 'W1']));
	});

	it('holds a Teamspace only where there is one', () => {
		const { teamspace: _none, ...rest } = portal;
		for (const none of [rest, { ...rest, teamspace: {} }, { ...rest, teamspace: { id: '' } }]) {
			expect(toPortalUpdate(none, [])).not.toHaveProperty('teamspace_id');
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

const reads = (...webhooks: string[][]): void => {
	for (const ids of webhooks) {
		masv()
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, custom_webhooks: ids.map((id) => ({ id })) });
	}
};
const writes = (webhooks: string[], status = 200) => masv().put('/v1/portals/O1', update(webhooks)).reply(status, {});

/** Attaches W1. Returns whether anything was written. */
async function attach(portalId = 'O1', more: { formerIds?: string[]; mayLosePasswords?: boolean } = {}) {
	let isWritten = false;
	const onUpdate = (): void => void (isWritten = true);
	const options = { formerIds: [], mayLosePasswords: false, onUpdate, ...more };
	await attachWebhook(nockClient(), portalId, 'W1', options);
	return isWritten;
}
const detach = async (portalId = 'O1', mayLosePasswords = false) =>
	await detachWebhooks(nockClient(), portalId, ['W1'], { mayLosePasswords });

describe('attachWebhook', () => {
	it('adds to what is attached, and looks whether it is', async () => {
		reads(['F1'], ['F1', 'W1']);
		writes(['F1', 'W1']);
		expect(await attach()).toBe(true);
	});

	it('changes nothing that is right already', async () => {
		reads(['W1', 'F1']);
		expect(await attach()).toBe(false);
	});

	it('takes the place of former ones', async () => {
		reads(['F1', 'W0', 'W2'], ['F1', 'W1']);
		writes(['F1', 'W1']);
		expect(await attach('O1', { formerIds: ['W0', 'W2'] })).toBe(true);
	});

	it('tries again when somebody else has written in between, and loses nothing of theirs', async () => {
		reads(['F1'], ['F1', 'F2'], ['F1', 'F2', 'W1']);
		writes(['F1', 'W1']);
		writes(['F1', 'F2', 'W1']);
		expect(await attach()).toBe(true);
	});

	it('does not try for ever', async () => {
		reads(['F1'], ['F1'], ['F1'], ['F1'], ['F1']);
		masv().put('/v1/portals/O1').times(4).reply(200, {});
		expect((await failureOf(attach())).message).toContain('portal "Unit"');
	});

	it('names a portal that is not there', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		expect((await failureOf(attach('O9'))).message).toBe('There is no portal O9');
	});

	it('does not update a portal that would lose a password by it, unless it may', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.twice()
			.reply(200, { ...portal, has_access_code: true });
		expect((await failureOf(attach())).message).toContain('the password of "Unit"');
		masv().put('/v1/portals/O1').reply(200);
		reads(['F1', 'W1']);
		expect(await attach('O1', { mayLosePasswords: true })).toBe(true);
	});

	it.each([
		['custom_webhooks', { custom_webhooks: [{ url: 'https://elsewhere.example' }] }],
		['access_list', { access_list: [{ email: 'ann@b.example' }] }],
		['teamspace', { teamspace: 'North' }],
	])('does not update a portal whose %s it cannot write back', async (field, more) => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, ...more });
		expect((await failureOf(attach())).message).toContain(`"${field}" of portal "Unit"`);
	});

	it('reads what is attached as names, too', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, custom_webhooks: ['F1'] });
		writes(['F1', 'W1']);
		reads(['F1', 'W1']);
		expect(await attach()).toBe(true);
	});

	it('is not stopped by the failure before it', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(401)
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, custom_webhooks: [{ id: 'W1' }] });
		const [first, second] = await Promise.allSettled([attach(), attach()]);
		expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
	});
});

describe('detachWebhooks', () => {
	it('takes its own and leaves the others', async () => {
		reads(['F1', 'W1', 'F2'], ['F1', 'F2']);
		writes(['F1', 'F2']);
		await detach();
	});

	it('writes nothing where there is nothing to take', async () => {
		reads(['F1']);
		await detach();
	});

	it('is content with a portal that is gone', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		await detach('O9');
	});

	it('does not take a password away', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, has_download_password: true, custom_webhooks: [{ id: 'W1' }] });
		expect((await failureOf(detach())).message).toContain('the password of "Unit"');
	});

	it('throws what keeps it from doing so', async () => {
		reads(['W1']);
		masv().put('/v1/portals/O1').reply(403, { message: 'not for you' });
		expect((await failureOf(detach())).message).toContain('not for you');
	});
});
