import { adviceOn } from '../../../nodes/Masv/errorAdvice';
import { deleteWebhook, ensureWebhook, isAsWanted, WebhooksUnavailableError } from '../../../masv/webhooks/webhooks';
import { apiKey, failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { instantClock } from '../../support/instantClock';
import { secretHeader } from '../../../masv/webhooks/event';
import type { MasvError } from '../../../masv/errors';
import { MasvApiError } from '../../../masv/errors';
import { halfAMinuteOfOutage } from '../../../masv/retry';

useNock();

const request = {
	name: 'n8n',
	url: 'https://n8n.example.com/webhook/1',
	events: ['package.finalized'],
	secret: '5ec2e75ec2e7',
};
const body = {
	active: true,
	name: 'n8n',
	url: request.url,
	events: ['package.finalized'],
	method: 'POST',
	headers: { [secretHeader]: request.secret },
};
const list = `/v1/teams/${teamId}/custom_webhooks`;
const asWanted = { id: 'W1', ...body };

describe('ensureWebhook', () => {
	it('creates one if there is none', async () => {
		masv()
			.get(list)
			.reply(200, [{ id: 'F1', url: 'https://elsewhere.example' }]);
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.post(list, body)
			.reply(201, { id: 'W1', ...body });
		expect(await ensureWebhook(nockClient(), request, undefined)).toEqual({ id: 'W1', isNew: true, deletedIds: [] });
	});

	it.each([
		['by its ID', 'W1', { ...asWanted, url: 'https://old.example/1' }],
		['by its URL', undefined, { ...asWanted, headers: { [secretHeader]: 'another' } }],
		['that is inactive', 'W1', { ...asWanted, active: false }],
		['with another method', 'W1', { ...asWanted, method: 'PUT' }],
		['with other events', 'W1', { ...asWanted, events: ['package.created'] }],
		['with more events', 'W1', { ...asWanted, events: ['package.finalized', 'package.created'] }],
		['whose headers MASV does not return', 'W1', { ...asWanted, headers: undefined }],
	])('repairs the one it finds %s', async (_, knownId, found) => {
		masv().get(list).reply(200, [found]);
		masv().put('/v1/custom_webhooks/W1', body).reply(200, asWanted);
		expect(await ensureWebhook(nockClient(), request, knownId)).toEqual({ id: 'W1', isNew: false, deletedIds: [] });
	});

	it('leaves a correct one unchanged, also in a paged list', async () => {
		masv()
			.get(list)
			.reply(200, { metadata: { total: 1 }, records: [asWanted] });
		expect(await ensureWebhook(nockClient(), request, 'W1')).toEqual({ id: 'W1', isNew: false, deletedIds: [] });
	});

	it('deletes only its own duplicates', async () => {
		const foreign = { ...asWanted, id: 'F1', url: `${request.url}0` };
		masv()
			.get(list)
			.reply(200, [{ ...asWanted, id: 'W0' }, asWanted, foreign]);
		masv().delete('/v1/custom_webhooks/W0').reply(204);
		expect(await ensureWebhook(nockClient(), request, 'W1')).toEqual({
			id: 'W1',
			isNew: false,
			deletedIds: ['W0'],
		});
	});

	it.each([
		[405, '', 200, { id: 'W1', isNew: false, deletedIds: [] }],
		[405, '', 404, { id: 'W2', isNew: true, deletedIds: [] }],
		[204, '', 200, { id: 'W1', isNew: false, deletedIds: [] }],
		[200, { next: 'W7' }, 200, { id: 'W1', isNew: false, deletedIds: [] }],
		[200, [], 200, { id: 'W1', isNew: false, deletedIds: [] }],
		[200, [], 404, { id: 'W2', isNew: true, deletedIds: [] }],
		[200, [], 403, { id: 'W2', isNew: true, deletedIds: [] }],
	])('updates the known one that is not in the list (%d %j); the response is %d', async (...given) => {
		const [listStatus, answer, status, result] = given;
		masv().get(list).reply(listStatus, answer);
		masv().put('/v1/custom_webhooks/W1', body).reply(status);
		if (status !== 200) masv().post(list, body).reply(201, { id: 'W2' });
		expect(await ensureWebhook(nockClient(), request, 'W1')).toEqual(result);
	});

	it.each([
		['that is in the list, whatever the reason', 403, [{ ...asWanted, active: false }]],
		['that is not in the list, if the key is rejected', 401, []],
	])('creates no other one if MASV refuses to update the one %s', async (_, status, listed) => {
		masv().get(list).reply(200, listed);
		masv().put('/v1/custom_webhooks/W1', body).reply(status);
		expect(await failureOf(ensureWebhook(nockClient(), request, 'W1'))).toMatchObject({ status });
	});

	it.each([
		['null', null],
		['an empty page', { metadata: { total: 0 }, records: null }],
		['beside another list', { links: [{ id: 'L1', url: request.url }], records: [] }],
		['a list under another key, with a record that is none', { custom_webhooks: [{ url: request.url }] }],
	])('creates one if the list is %s', async (_, answer) => {
		masv().get(list).reply(200, JSON.stringify(answer));
		masv().post(list, body).reply(201, asWanted);
		expect(await ensureWebhook(nockClient(), request, undefined)).toMatchObject({ id: 'W1', isNew: true });
	});

	it.each(['records', 'custom_webhooks'])('reads all pages, whose list is called %s', async (name) => {
		const foreign = Array.from({ length: 50 }, (_, index) => ({ id: `F${index}`, url: 'https://elsewhere.example' }));
		const page = (records: object[]) => ({ metadata: { total: 51 }, [name]: records });
		masv()
			.get(list)
			.reply(200, page(foreign.slice(0, 20)));
		masv().get(`${list}?page=1&limit=50`).reply(200, page(foreign));
		masv()
			.get(`${list}?page=2&limit=49`)
			.reply(200, page([...foreign.slice(49), asWanted]));
		expect(await ensureWebhook(nockClient(), request, undefined)).toMatchObject({ id: 'W1', isNew: false });
	});

	it('uses another one, or creates one, if the one to repair is gone', async () => {
		const old = { ...asWanted, active: false };
		masv()
			.get(list)
			.reply(200, [old, { ...old, id: 'W2' }]);
		masv().put('/v1/custom_webhooks/W1').reply(404).put('/v1/custom_webhooks/W2').reply(200);
		masv().delete('/v1/custom_webhooks/W1').reply(404);
		expect(await ensureWebhook(nockClient(), request, undefined)).toMatchObject({ id: 'W2', isNew: false });
	});

	it.each([402, 403])('reports that webhooks are not enabled if the list is refused: %d', async (status) => {
		masv().get(list).reply(status, { message: 'not enabled' });
		const error = await failureOf<WebhooksUnavailableError>(ensureWebhook(nockClient(), request, undefined));
		expect(error).toBeInstanceOf(WebhooksUnavailableError);
		expect(error.hint).toContain(`${status} not enabled`);
	});

	it('does not create a second one after a lost response', async () => {
		masv().get(list).reply(200, []);
		masv().post(list).reply(502);
		// The list may be behind.
		for (const found of [[], [], [asWanted]]) masv().get(list).reply(200, found);
		expect(await ensureWebhook(nockClient(), request, undefined)).toEqual({ id: 'W1', isNew: true, deletedIds: [] });
	});

	it('does not take one that was just deleted for the one whose response was lost', async () => {
		const former = { ...asWanted, id: 'W0', active: false };
		masv().get(list).reply(200, [former]);
		masv().put('/v1/custom_webhooks/W0').reply(404);
		masv().delete('/v1/custom_webhooks/W0').reply(404);
		masv().post(list).reply(502);
		for (const found of [[former], [former, asWanted]]) masv().get(list).reply(200, found);
		expect(await ensureWebhook(nockClient(), request, undefined)).toMatchObject({ id: 'W1', isNew: true });
	});

	it('looks for a lost one within one retry budget, not one per attempt', async () => {
		masv().get(list).reply(200, []);
		masv().post(list).reply(502);
		masv().get(list).times(1_000).reply(503);
		const clock = instantClock();
		expect(await failureOf(ensureWebhook(nockClient({ clock }), request, undefined))).toBeInstanceOf(MasvApiError);
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(halfAMinuteOfOutage.patienceMs);
		forgetTheRest();
	});

	it.each([402, 403, 404])('reports that webhooks are not enabled after a %d', async (status) => {
		masv().get(list).reply(200, []);
		masv().post(list).reply(status, { message: 'not enabled' });
		const error = await failureOf<MasvError>(ensureWebhook(nockClient(), request, undefined));
		expect(error.message).toBe('Webhooks are not enabled for this team');
		expect(adviceOn(error)).toContain('MASV Polling Trigger');
		expect(error.hint).toContain(`${status} not enabled`);
	});

	it('never shows its secret in errors', async () => {
		masv().get(list).reply(200, []);
		masv()
			.post(list)
			.reply(400, { message: `bad header ${request.secret}` });
		const error = await failureOf(ensureWebhook(nockClient(), request, undefined));
		expect(error.message).toContain('[hidden]');
		expect(error.message).not.toContain(request.secret);
	});
});

describe('deleteWebhook', () => {
	it.each([204, 404])('accepts %d', async (status) => {
		masv().delete('/v1/custom_webhooks/W1').reply(status);
		await deleteWebhook(nockClient(), 'W1');
	});

	it('throws anything else', async () => {
		masv().delete('/v1/custom_webhooks/W1').reply(403);
		expect((await failureOf(deleteWebhook(nockClient(), 'W1'))).message).toContain('403');
	});
});

describe('isAsWanted', () => {
	it('ignores the case of the header name', () => {
		expect(isAsWanted({ ...asWanted, headers: { 'X-MASV-Secret': request.secret } }, request)).toBe(true);
	});
});
