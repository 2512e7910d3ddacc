import type { Subscription, WantedSubscription } from '../../../masv/webhooks/subscription';
import { isSetUp, setUp } from '../../../masv/webhooks/subscription';
import { removeWebhook } from '../../../masv/webhooks/removeWebhook';
import { secretHeader } from '../../../masv/webhooks/event';
import type { MasvError } from '../../../masv/errors';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { portalSample as portal, updateOfSample as update } from '../../support/portalSample';

useNock();

const list = `/v1/teams/${teamId}/custom_webhooks`;
const wanted: WantedSubscription = {
	url: 'https://n8n.example.com/webhook/1',
	name: 'n8n',
	events: ['package.finalized'],
	portalIds: ['O1'],
	mayLosePasswords: false,
};
const earlier: Subscription = { webhookId: 'W0', secret: '5ec2e75ec2e7', portalIds: ['O1', 'O2'] };
const webhook = {
	active: true,
	url: wanted.url,
	events: wanted.events,
	method: 'POST',
	headers: { [secretHeader]: earlier.secret },
};

function reads(portalId: string, webhookIds: string[], more = {}): void {
	const custom_webhooks = webhookIds.map((id) => ({ id }));
	masv()
		.get(`/v1.1/portals/${portalId}`)
		.reply(200, { ...portal, id: portalId, custom_webhooks, ...more });
}

/** The earlier webhook is gone, and another one is created. */
function replaces(): void {
	masv().get(list).reply(200, []);
	masv().put('/v1/custom_webhooks/W0').reply(404);
	masv()
		.post(list)
		.reply(201, { id: 'W1', ...webhook });
}

describe('setUp', () => {
	it('detaches the former webhook from portals that are no longer wanted', async () => {
		reads('O1', ['W0']);
		replaces();
		reads('O1', ['W0']);
		masv()
			.put('/v1/portals/O1', update(['W1']))
			.reply(200);
		reads('O1', ['W1']);
		reads('O2', ['F1', 'W0']);
		masv()
			.put('/v1/portals/O2', update(['F1']))
			.reply(200);
		reads('O2', ['F1']);
		expect(await setUp(nockClient(), wanted, earlier)).toMatchObject({ webhookId: 'W1', portalIds: ['O1'] });
	});

	it('accepts a portal with a password to which its webhook is attached already', async () => {
		for (let time = 0; time < 2; time++) reads('O1', ['W0'], { has_access_code: true });
		masv()
			.get(list)
			.reply(200, [{ id: 'W0', ...webhook }]);
		const subscription = { ...earlier, portalIds: ['O1'] };
		expect(await setUp(nockClient(), wanted, subscription)).toEqual(subscription);
	});

	it('accepts one also if the list of portals shows no webhooks', async () => {
		const { custom_webhooks: _webhooks, ...listed } = portal;
		masv()
			.get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`)
			.reply(200, { metadata: { total: 1 }, records: [{ ...listed, id: 'O1', has_access_code: true }] });
		for (let time = 0; time < 2; time++) reads('O1', ['W0'], { has_access_code: true });
		masv()
			.get(list)
			.reply(200, [{ id: 'W0', ...webhook }]);
		const subscription = { ...earlier, portalIds: ['O1'] };
		expect(await setUp(nockClient(), { ...wanted, portalIds: undefined }, subscription)).toEqual(subscription);
	});

	it('has what it could not undo as the cause of its error', async () => {
		reads('O1', []);
		replaces();
		reads('O1', []);
		masv().put('/v1/portals/O1').reply(400, { message: 'not now' });
		reads('O1', []);
		masv().delete('/v1/custom_webhooks/W1').reply(403);
		const error = await failureOf<MasvError>(setUp(nockClient(), wanted, { ...earlier, portalIds: ['O1'] }));
		expect(error.message).toContain('not now');
		expect(error.hint).toContain('Webhook W1 may still be attached');
		expect(error.cause).toMatchObject({ operation: 'delete the webhook', status: 403 });
	});

	it('keeps a webhook that was there before if it cannot be attached', async () => {
		reads('O1', []);
		masv()
			.get(list)
			.reply(200, [{ id: 'W0', ...webhook }]);
		reads('O1', []);
		masv().put('/v1/portals/O1').reply(400, { message: 'not now' });
		reads('O1', []);
		const error = await failureOf<MasvError>(setUp(nockClient(), wanted, { ...earlier, portalIds: ['O1'] }));
		expect(error.message).toContain('not now');
		// To delete it would be a request that is not described here, and would fail.
		expect(error.hint ?? '').not.toContain('may still be attached');
	});
});

describe('isSetUp', () => {
	it.each([
		['is', ['O1'], true],
		['is not: it is also attached to a portal that is no longer wanted', ['O1', 'O2'], false],
	])('%s as wanted', async (_, portalIds, isRight) => {
		masv()
			.get(list)
			.reply(200, [{ id: 'W0', ...webhook }]);
		reads('O1', ['W0']);
		expect(await isSetUp(nockClient(), wanted, { ...earlier, portalIds })).toBe(isRight);
	});

	it('is not as wanted if another webhook sends the same events to the same URL', async () => {
		masv()
			.get(list)
			.reply(
				200,
				['W0', 'W9'].map((id) => ({ id, ...webhook })),
			);
		expect(await isSetUp(nockClient(), wanted, { ...earlier, portalIds: ['O1'] })).toBe(false);
	});
});

describe('removeWebhook', () => {
	const options = { portalIds: ['O1'], shouldDelete: true, mayLosePasswords: false };
	beforeEach(() => {
		reads('O1', ['W1']);
		masv().put('/v1/portals/O1').reply(400);
		masv().delete('/v1/custom_webhooks/W1').reply(204);
	});

	it('has not failed if deleting the webhook has detached it', async () => {
		reads('O1', []);
		expect(await removeWebhook(nockClient(), 'W1', options)).toEqual([]);
	});

	it('has failed if the webhook is still attached', async () => {
		reads('O1', ['W1']);
		expect(await removeWebhook(nockClient(), 'W1', options)).toMatchObject([{ status: 400 }]);
	});

	it('has failed if the portal cannot be read to find out', async () => {
		masv().get('/v1.1/portals/O1').reply(401);
		expect(await removeWebhook(nockClient(), 'W1', options)).toMatchObject([{ status: 400 }]);
	});
});
