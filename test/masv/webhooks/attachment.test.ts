import { attachWebhook, detachWebhooks } from '../../../masv/webhooks/attachment';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { portalSample as portal, updateOfSample as update } from '../../support/portalSample';

useNock();

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
	it('adds to the attached webhooks, and reads the portal again', async () => {
		reads(['F1'], ['F1', 'W1']);
		writes(['F1', 'W1']);
		expect(await attach()).toBe(true);
	});

	it('changes nothing if the webhook is already attached', async () => {
		reads(['W1', 'F1']);
		expect(await attach()).toBe(false);
	});

	it('replaces former webhooks', async () => {
		reads(['F1', 'W0', 'W2'], ['F1', 'W1']);
		writes(['F1', 'W1']);
		expect(await attach('O1', { formerIds: ['W0', 'W2'] })).toBe(true);
	});

	it('retries if someone else has changed the portal in the meantime, and keeps their changes', async () => {
		reads(['F1'], ['F1', 'F2'], ['F1', 'F2', 'W1']);
		writes(['F1', 'W1']);
		writes(['F1', 'F2', 'W1']);
		expect(await attach()).toBe(true);
	});

	it('stops retrying at some point', async () => {
		reads(...Array.from({ length: 17 }, () => ['F1']));
		masv().put('/v1/portals/O1').times(4).reply(200, {});
		expect((await failureOf(attach())).message).toContain('portal "Unit"');
	});

	it('reports a portal that does not exist', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		expect((await failureOf(attach('O9'))).message).toBe('There is no portal O9');
	});

	it('does not update a portal that would lose a password, unless allowed', async () => {
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

	it('accepts attached webhooks as plain IDs, too', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, custom_webhooks: ['F1'] });
		writes(['F1', 'W1']);
		reads(['F1', 'W1']);
		expect(await attach()).toBe(true);
	});

	it('is not blocked by an earlier failure', async () => {
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
	it('detaches its own webhook and leaves the others', async () => {
		reads(['F1', 'W1', 'F2'], ['F1', 'F2']);
		writes(['F1', 'F2']);
		await detach();
	});

	it('writes nothing if there is nothing to detach', async () => {
		reads(['F1']);
		await detach();
	});

	it('treats a deleted portal as detached', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		await detach('O9');
	});

	it('treats a portal as detached that was deleted since it was read', async () => {
		reads(['W1']);
		writes([], 404);
		await detach();
	});

	it('does not remove a password', async () => {
		masv()
			.get('/v1.1/portals/O1')
			.reply(200, { ...portal, has_download_password: true, custom_webhooks: [{ id: 'W1' }] });
		expect((await failureOf(detach())).message).toContain('the password of "Unit"');
	});

	it('throws the error of a failed update', async () => {
		reads(['W1']);
		masv().put('/v1/portals/O1').reply(403, { message: 'not for you' });
		expect((await failureOf(detach())).message).toContain('not for you');
	});
});
