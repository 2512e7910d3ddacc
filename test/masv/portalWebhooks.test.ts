import { attachWebhook, detachWebhooks, toPortalUpdate, wouldLosePassword } from '../../masv/portalWebhooks';
import { failureOf, masv, nockClient, teamId, useNock } from '../support/nockMasv';

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
		expect(toPortalUpdate(rest, [])).not.toHaveProperty('teamspace_id');
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

describe('attachWebhook', () => {
	it('adds to what is attached, and looks whether it is', async () => {
		reads(['F1'], ['F1', 'W1']);
		writes(['F1', 'W1']);
		expect(await attachWebhook(nockClient(), 'O1', 'W1')).toBe(true);
	});

	it('changes nothing that is right already', async () => {
		reads(['W1', 'F1']);
		expect(await attachWebhook(nockClient(), 'O1', 'W1')).toBe(false);
	});

	it('takes the place of a former one', async () => {
		reads(['F1', 'W0'], ['F1', 'W1']);
		writes(['F1', 'W1']);
		expect(await attachWebhook(nockClient(), 'O1', 'W1', 'W0')).toBe(true);
	});

	it('tries again when somebody else has written in between, and loses nothing of theirs', async () => {
		reads(['F1'], ['F1', 'F2'], ['F1', 'F2', 'W1']);
		writes(['F1', 'W1']);
		writes(['F1', 'F2', 'W1']);
		expect(await attachWebhook(nockClient(), 'O1', 'W1')).toBe(true);
	});

	it('does not try for ever', async () => {
		reads(['F1'], ['F1'], ['F1'], ['F1'], ['F1']);
		masv().put('/v1/portals/O1').times(4).reply(200, {});
		expect((await failureOf(attachWebhook(nockClient(), 'O1', 'W1'))).message).toContain('portal "Unit"');
	});

	it('names a portal that is not there', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		expect((await failureOf(attachWebhook(nockClient(), 'O9', 'W1'))).message).toBe('There is no portal O9');
	});

	it('is not stopped by the failure before it', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(401)
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, custom_webhooks: [{ id: 'W1' }] });
		const client = nockClient();
		const [first, second] = await Promise.allSettled([
			attachWebhook(client, 'O1', 'W1'),
			attachWebhook(client, 'O1', 'W1'),
		]);
		expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
	});
});

describe('detachWebhooks', () => {
	it('takes its own and leaves the others', async () => {
		reads(['F1', 'W1', 'F2'], ['F1', 'F2']);
		writes(['F1', 'F2']);
		await detachWebhooks(nockClient(), 'O1', ['W1']);
	});

	it('writes nothing where there is nothing to take', async () => {
		reads(['F1']);
		await detachWebhooks(nockClient(), 'O1', ['W1']);
	});

	it('is content with a portal that is gone', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		await detachWebhooks(nockClient(), 'O9', ['W1']);
	});

	it('throws what keeps it from doing so', async () => {
		reads(['W1']);
		masv().put('/v1/portals/O1').reply(403, { message: 'not for you' });
		expect((await failureOf(detachWebhooks(nockClient(), 'O1', ['W1']))).message).toContain('not for you');
	});
});
