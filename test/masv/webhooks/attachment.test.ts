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
