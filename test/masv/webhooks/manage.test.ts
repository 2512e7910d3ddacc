import type { MasvError } from '../../../masv/errors';
import {
	addWebhook,
	changeWebhook,
	eraseWebhook,
	fetchWebhooks,
	withoutHeaderValues,
} from '../../../masv/webhooks/manage';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const list = `/v1/teams/${teamId}/custom_webhooks`;
const route = '/v1/custom_webhooks/W1';
const body = {
	url: 'https://hook.example/a',
	events: ['package.finalized'],
	method: 'POST' as const,
	active: true,
	name: 'Dailies',
	headers: { 'x-secret': 'made-up-secret' },
	body_extras: { show: 'North' },
};
const lists = (...found: object[]) => masv().get(list).reply(200, found);

describe('fetchWebhooks', () => {
	it('lists all of them', async () => {
		lists({ id: 'W1', ...body }, { id: 'W2' });
		expect(await fetchWebhooks(nockClient())).toEqual([{ id: 'W1', ...body }, { id: 'W2' }]);
	});

	it('reports that MASV does not document the list, if there is none', async () => {
		masv().get(list).reply(404);
		const error = await failureOf<MasvError>(fetchWebhooks(nockClient()));
		expect(error.code).toBe('route_undocumented');
		expect(error.message).toContain('MASV does not document this');
	});
});

describe('addWebhook', () => {
	it('sends the whole webhook', async () => {
		lists();
		masv()
			.post(list, body)
			.reply(201, { id: 'W1', ...body });
		expect(await addWebhook(nockClient(), body)).toEqual({ id: 'W1', ...body });
	});

	it('finds the new one after a lost response, not one that was there before', async () => {
		lists({ id: 'W0', url: body.url });
		masv().post(list).reply(502);
		lists({ id: 'W0', url: body.url }, { id: 'W9', url: 'https://other.example' }, { id: 'W1', url: body.url });
		expect(await addWebhook(nockClient(), body)).toEqual({ id: 'W1', url: body.url });
	});

	it('reports a team without webhooks', async () => {
		masv().get(list).reply(403, { message: 'not enabled' });
		const error = await failureOf<MasvError>(addWebhook(nockClient(), body));
		expect(error.code).toBe('webhooks_unavailable');
	});

	it('never shows a header in a message', async () => {
		lists();
		masv().post(list).reply(400, { message: 'header made-up-secret is invalid' });
		expect((await failureOf(addWebhook(nockClient(), body))).message).not.toContain('made-up-secret');
	});
});

describe('changeWebhook', () => {
	const listed = { id: 'W1', team_id: teamId, created_at: '2026-01-01T00:00:00.000Z', something_new: 1, ...body };

	it('sends everything else as it is', async () => {
		lists({ id: 'W0' }, listed);
		masv()
			.put(route, { ...body, something_new: 1, active: false })
			.reply(200, { ...listed, active: false });
		expect(await changeWebhook(nockClient(), 'W1', { active: false })).toEqual({ ...listed, active: false });
	});

	it('changes the same webhook one after the other, so that no change is lost', async () => {
		let stored: object = listed;
		masv()
			.get(list)
			.twice()
			.reply(() => [200, [stored]])
			.put(route)
			.twice()
			.reply(async (request: Request) => [200, (stored = { ...((await request.json()) as object), id: 'W1' })]);
		await Promise.all([
			changeWebhook(nockClient(), 'W1', { active: false }),
			changeWebhook(nockClient(), 'W1', { name: 'Rushes' }),
		]);
		expect(stored).toMatchObject({ active: false, name: 'Rushes' });
	});

	it('leaves out what MASV returns as null', async () => {
		lists({ ...listed, something_unset: null });
		masv()
			.put(route, { ...body, something_new: 1, active: false })
			.reply(200, listed);
		await changeWebhook(nockClient(), 'W1', { active: false });
	});

	it('does not depend on the response, which is not documented', async () => {
		lists(listed);
		masv().put(route).reply(204);
		expect(await changeWebhook(nockClient(), 'W1', { name: 'Rushes' })).toEqual({ ...listed, name: 'Rushes' });
	});

	it.each([
		['it had before', { active: false }, 'made-up-secret'],
		['it gets', { headers: { 'x-secret': 'new-secret' } }, 'new-secret'],
	])('never shows a header in a message that %s', async (_, changed, secret) => {
		lists(listed);
		masv()
			.put(route)
			.reply(400, { message: `header ${secret} is invalid` });
		const { message } = await failureOf(changeWebhook(nockClient(), 'W1', changed));
		expect(message).toContain('header [hidden] is invalid');
	});

	it('does not replace headers with the asterisks that MASV shows for them', async () => {
		lists({ ...listed, headers: { 'x-secret': '****' } });
		const error = await failureOf<MasvError>(changeWebhook(nockClient(), 'W1', { active: false }));
		expect(error.code).toBe('webhook_headers_unreadable');
		lists({ ...listed, headers: { 'x-secret': '****' } });
		masv()
			.put(route, { ...body, something_new: 1, headers: { 'x-secret': 'new-secret' } })
			.reply(200, listed);
		await changeWebhook(nockClient(), 'W1', { headers: { 'x-secret': 'new-secret' } });
	});

	it('does not lose headers in a form that is not documented', async () => {
		lists({ ...listed, headers: { 'x-secret': ['made-up-secret'] } });
		const error = await failureOf<MasvError>(changeWebhook(nockClient(), 'W1', { active: false }));
		expect(error.code).toBe('webhook_headers_unreadable');
	});

	it('sends what it cannot read as it is', async () => {
		const events = [{ name: 'package.finalized' }];
		lists({ ...listed, events });
		masv()
			.put(route, { ...body, something_new: 1, events, active: false })
			.reply(204);
		await changeWebhook(nockClient(), 'W1', { active: false });
	});

	it.each(['the list does not contain', 'is gone at the update'])('reports a webhook that %s', async (when) => {
		lists(...(when.startsWith('is gone') ? [listed] : []));
		if (when.startsWith('is gone')) masv().put(route).reply(404, { message: 'not found' });
		const error = await failureOf<MasvError>(changeWebhook(nockClient(), 'W1', { active: false }));
		expect([error.code, error.message]).toEqual(['webhook_not_found', 'There is no webhook W1 in the team']);
	});
});

describe('eraseWebhook', () => {
	it('deletes it', async () => {
		masv().delete(route).reply(204);
		expect(await eraseWebhook(nockClient(), 'W1')).toEqual({ id: 'W1', deleted: true, already_deleted: false });
	});

	it('counts one that the list no longer contains as deleted', async () => {
		masv().delete(route).reply(404);
		lists({ id: 'W2' });
		expect(await eraseWebhook(nockClient(), 'W1')).toMatchObject({ already_deleted: true });
	});

	it.each([
		[404, [{ id: 'W1' }]],
		[405, undefined],
	])('does not report success on a server without the route: %s', async (status, listed) => {
		masv().delete(route).reply(status);
		if (listed !== undefined) lists(...listed);
		const error = await failureOf<MasvError>(eraseWebhook(nockClient(), 'W1'));
		expect(error.code).toBe('route_undocumented');
	});

	it('does not believe that it is gone if there is no list either', async () => {
		masv().delete(route).reply(404).get(list).reply(404);
		expect(await failureOf(eraseWebhook(nockClient(), 'W1'))).toMatchObject({ code: 'route_undocumented' });
	});
});

it('a webhook is shown without the values of its headers', () => {
	expect(withoutHeaderValues({ id: 'W1', ...body })).toEqual({ id: 'W1', ...body, headers: { 'x-secret': '****' } });
	expect(withoutHeaderValues({ id: 'W1' })).toEqual({ id: 'W1' });
});
