import { NodeHelpers } from 'n8n-workflow';

import { secretHeader } from '../../../masv/webhooks/event';
import { MasvTrigger } from '../../../nodes/Masv/MasvTrigger.node';
import { startSandbox } from '../../../sandbox/start';
import { failureOf } from '../../support/failureOf';
import type { TriggerUnderTest } from '../../support/triggerHost';
import {
	attached,
	call,
	deliver,
	event,
	masv,
	n8n,
	portals,
	secret,
	trigger,
	updates,
	useTriggerSandbox,
} from '../../support/triggerSandbox';

useTriggerSandbox();

describe('activation', () => {
	it('creates one webhook with a secret and attaches it without removing others', async () => {
		const foreign = await createForeign();
		masv.seedPortal({ custom_webhooks: [{ id: foreign }] });
		masv.seedPortal();
		const node = trigger({ settings: { otherEvents: ' package.expired , package.finalized' } });
		await node.activate();
		const [, webhook] = masv.webhooks();
		expect(webhook).toMatchObject({
			url: node.url,
			active: true,
			method: 'POST',
			name: 'n8n: Intake',
			events: ['package.finalized', 'package.expired'],
		});
		expect(webhook?.headers[secretHeader]).toMatch(/^[0-9a-f]{64}$/);
		expect(attached()).toEqual([[foreign, webhook?.id], [webhook?.id]]);
	});

	it('needs none of the events of the list if others are entered', async () => {
		masv.seedPortal();
		const parameters = { events: [], settings: { otherEvents: 'package.expired' } };
		const { description } = new MasvTrigger();
		const node = {
			id: '1',
			name: 'Trigger',
			type: 'x',
			typeVersion: 1,
			position: [0, 0] as [number, number],
			parameters,
		};
		// With an issue, n8n does not publish the workflow.
		expect(NodeHelpers.getNodeParametersIssues(description.properties, node, description)).toBeNull();
		await trigger(parameters).activate();
		expect(masv.webhooks()).toMatchObject([{ events: ['package.expired'] }]);
	});

	it('creates nothing twice if n8n activates it repeatedly', async () => {
		masv.seedPortal();
		const node = trigger();
		expect(await node.exists()).toBe(false);
		await node.activate();
		const before = [portals(), masv.webhooks()];
		expect(await node.exists()).toBe(true);
		await node.activate();
		await node.activate();
		expect([portals(), masv.webhooks()]).toEqual(before);
	});

	it.each<[string, (node: TriggerUnderTest) => unknown]>([
		['it was deactivated', async () => await change({ active: false })],
		['its events were changed', async () => await change({ events: ['package.created'] })],
		['its secret was changed', async () => await change({ headers: {} })],
		['it was deleted', async () => await call('DELETE', `/v1/custom_webhooks/${masv.webhooks()[0]?.id}`)],
		['it was detached from the portal', async () => await detachAll()],
		['n8n lost its static data', (node) => void (node.staticData = {})],
	])('repairs the webhook if %s', async (_, damage) => {
		masv.seedPortal();
		const node = trigger();
		await node.activate();
		await damage(node);
		expect(await node.exists()).toBe(false);
		await node.activate();
		expect(await node.exists()).toBe(true);
		expect(masv.webhooks()).toHaveLength(1);
		expect(attached()).toEqual([[masv.webhooks()[0]?.id]]);
		expect(await deliver(node, event(), secret())).toMatchObject({ status: 200 });
		expect(n8n.executions).toHaveLength(1);
	});

	it('follows a change of the selected portals', async () => {
		const [first, second] = [masv.seedPortal(), masv.seedPortal()];
		const node = trigger({ portals: 'chosen', portalIds: [first.id] });
		await node.activate();
		node.parameters = { ...node.parameters, portalIds: [second.id] };
		await node.activate();
		expect(attached()).toEqual([[], [masv.webhooks()[0]?.id]]);
	});

	it('undoes everything when the third of five portals fails', async () => {
		for (let count = 0; count < 5; count++) masv.seedPortal();
		const before = portals();
		masv.inject({ step: 'updatePortal', skip: 2, kind: 'status', status: 400, body: '{"message":"not now"}' });
		const node = trigger();
		expect((await failureOf(node.activate())).message).toContain('not now');
		expect([portals(), masv.webhooks()]).toEqual([before, []]);
		expect(node.staticData).not.toHaveProperty(['node:MASV Trigger', 'setup']);
	});

	it('undoes what it can while portals keep failing', async () => {
		for (let count = 0; count < 5; count++) masv.seedPortal();
		const before = portals();
		masv.inject({ step: 'updatePortal', skip: 2, times: Infinity, kind: 'status', status: 400 });
		await failureOf(trigger().activate());
		expect([portals(), masv.webhooks()]).toEqual([before, []]);
	});

	it('reports what may be left if it cannot undo everything', async () => {
		for (let count = 0; count < 5; count++) masv.seedPortal();
		masv.inject({ step: 'updatePortal', skip: 2, kind: 'status', status: 400 });
		masv.inject({ step: 'deleteWebhook', kind: 'status', status: 400 });
		const error = await failureOf(trigger().activate());
		expect(error.message).toContain(`Webhook ${masv.webhooks()[0]?.id} may still be attached`);
	});

	it('creates nothing if a portal could not be written back', async () => {
		masv.seedPortal();
		masv.inject({
			step: 'listPortals',
			kind: 'status',
			status: 200,
			body: JSON.stringify([{ id: 'O1', name: 'Unit', access_list: [7] }]),
		});
		const error = await failureOf(trigger().activate());
		expect(error.message).toContain('"access_list" of portal "Unit"');
		expect(masv.webhooks()).toEqual([]);
	});

	it('rejects a team without webhooks and refers to the polling trigger', async () => {
		const other = await startSandbox({ webhooks: false });
		try {
			other.seedPortal();
			const node = trigger({}, { credentials: { apiKey: other.apiKey, teamId: other.teamId, baseUrl: other.url } });
			const error = await failureOf(node.activate());
			expect(error.message).toContain('Webhooks are not enabled for this team');
			expect(error.message).toContain('MASV Polling Trigger');
		} finally {
			await other.close();
		}
	});

	it('rejects a URL that MASV cannot reach', async () => {
		const node = trigger(
			{},
			{
				publicUrl: 'http://localhost:5678',
				credentials: { apiKey: 'made-up', teamId: 'T', baseUrl: 'https://masv.example.com' },
			},
		);
		const error = await failureOf(node.activate());
		expect(error.message).toContain('MASV cannot reach localhost:5678');
		expect(error.message).toContain('N8N_WEBHOOK_URL');
	});

	it.each([
		['upload', { has_access_code: true, access_code: 'made up' }],
		['download', { has_download_password: true, download_password: 'made up' }],
	])('rejects a portal whose %s password would be lost', async (_, more) => {
		masv.seedPortal();
		masv.seedPortal({ name: 'Vault', ...more });
		const before = portals();
		const error = await failureOf(trigger().activate());
		expect(error.message).toContain('"Vault"');
		expect(error.message).toContain('Update Portals with Passwords');
		expect([portals(), masv.webhooks()]).toEqual([before, []]);
	});

	it('rejects an empty selection of events or portals', async () => {
		expect((await failureOf(trigger({ events: [] }).activate())).message).toContain('[Trigger On]');
		expect((await failureOf(trigger({ portals: 'chosen' }).activate())).message).toContain('No portal is selected');
		expect((await failureOf(trigger({ portals: 'chosen', portalIds: ['O9'] }).activate())).message).toContain('O9');
	});
});

describe('static data that another trigger of the workflow has written back', () => {
	it.each([
		['from before the first activation', false],
		['from an earlier activation with another key', true],
	])('%s loses no event and leaves nothing in MASV', async (_, isOld) => {
		masv.seedPortal();
		const node = trigger();
		if (isOld) await node.activate();
		const before = structuredClone(node.staticData) as Record<string, { setup?: { secret: string } }>;
		if (isOld) await node.deactivate();
		for (const { setup } of Object.values(before)) if (setup !== undefined) setup.secret = '0'.repeat(64);
		await node.activate();
		const [current] = masv.webhooks();
		node.staticData = before;
		expect((await deliver(node, event(), { [secretHeader]: current?.headers[secretHeader] ?? '' })).status).toBe(200);
		expect(n8n.executions).toHaveLength(1);
		await node.deactivate();
		expect([masv.webhooks(), attached()]).toEqual([[], [[]]]);
	});
});

describe('deactivation', () => {
	it('leaves portals as they were', async () => {
		const foreign = await createForeign();
		masv.seedPortal({
			tag: { id: 'T1', name: 'Season 2' },
			teamspace: { id: 'S1', name: 'North' },
			custom_webhooks: [{ id: foreign }],
			custom_expiry_days: 20,
			file_type_restriction_enabled: true,
			file_types: ['.mov'],
			package_size_restriction_enabled: true,
			max_file_count: 7,
			expiry_enabled: true,
			expiry: '2027-01-01T00:00:00.000Z',
			recipients: ['a@b.example'],
		});
		masv.seedPortal({ message: 'Hello' });
		const before = portals();
		const node = trigger();
		await node.activate();
		expect(portals()).not.toEqual(before);
		await node.deactivate();
		expect(portals()).toEqual(before);
		expect(masv.webhooks().map(({ id }) => id)).toEqual([foreign]);
		expect(node.staticData).not.toHaveProperty(['node:MASV Trigger', 'setup']);
	});

	it('succeeds if everything is already deleted, and finds its webhook if n8n lost its static data', async () => {
		masv.seedPortal();
		const node = trigger();
		await node.activate();
		node.staticData = {};
		await node.deactivate();
		expect([masv.webhooks(), attached()]).toEqual([[], [[]]]);
		await node.deactivate();
	});

	it('throws the error that interrupted it, and continues on the next attempt', async () => {
		masv.seedPortal();
		masv.seedPortal();
		const node = trigger();
		await node.activate();
		masv.inject({ step: 'updatePortal', kind: 'status', status: 400 });
		masv.inject({ step: 'deleteWebhook', kind: 'status', status: 403 });
		await failureOf(node.deactivate());
		expect(attached().filter((webhooks) => webhooks.length === 1)).toHaveLength(1);
		await node.deactivate();
		expect([masv.webhooks(), attached()]).toEqual([[], [[], []]]);
	});

	it('deletes the webhook even if it cannot detach it from a portal without losing a password', async () => {
		const { id } = masv.seedPortal();
		const node = trigger();
		await node.activate();
		await call('PUT', `/v1/portals/${id}`, {
			name: 'Unit',
			subdomain: masv.portals()[0]?.subdomain,
			active: true,
			has_access_code: true,
			access_code: 'made up',
			custom_webhooks: masv.portals()[0]?.custom_webhooks,
		});
		const updatesBefore = updates();
		await node.deactivate();
		expect([masv.webhooks(), attached(), updates()]).toEqual([[], [[]], updatesBefore]);
	});

	it('does not affect another workflow on the same portal', async () => {
		masv.seedPortal();
		const [one, other] = [trigger(), trigger()];
		await Promise.all([one.activate(), other.activate()]);
		expect(attached()[0]).toHaveLength(2);
		await one.deactivate();
		expect(masv.webhooks().map(({ url }) => url)).toEqual([other.url]);
		expect(await other.exists()).toBe(true);
	});
});

describe('a test of the trigger that fails', () => {
	/** Listens for a test event as n8n does: it stops listening if that fails. */
	const listen = async (node: TriggerUnderTest): Promise<void> => {
		node.mode = 'manual';
		try {
			await node.activate();
		} catch (error) {
			await node.deactivate();
			throw error;
		}
	};

	it('because of a wrong key shows that, and leaves nothing in n8n that blocks other tests', async () => {
		const node = trigger({}, { credentials: { apiKey: 'wrong', teamId: masv.teamId, baseUrl: masv.url } });
		expect((await failureOf(listen(node))).message).toContain('Check the API Key');
		expect(n8n.warnings).toEqual([expect.stringMatching(/^MASV Trigger: the webhook for test events may still .*401/)]);
	});

	it('because a field is invalid leaves nothing in n8n either', async () => {
		const node = trigger({ settings: { updateProtectedPortals: 'maybe' } });
		expect((await failureOf(listen(node))).message).toContain('must be true or false, not "maybe"');
		expect(n8n.warnings).toEqual([expect.stringContaining('not "maybe"')]);
	});

	it('when it stops listening is logged, and the next test cleans up what is left in MASV', async () => {
		masv.seedPortal();
		const node = trigger();
		await listen(node);
		masv.inject({ step: 'deleteWebhook', kind: 'status', status: 403 });
		await node.deactivate();
		expect([n8n.warnings, masv.webhooks()]).toEqual([[expect.stringContaining('403')], [expect.anything()]]);
		// n8n starts each test without stored data.
		node.staticData = {};
		await listen(node);
		expect(masv.webhooks()).toHaveLength(1);
		await node.deactivate();
		expect([masv.webhooks(), attached(), n8n.warnings]).toEqual([[], [[]], [expect.anything()]]);
	});

	it('when it stops listening keeps what the next test needs on a server that does not list webhooks', async () => {
		masv.seedPortal();
		const node = trigger();
		await listen(node);
		const fault = masv.inject({ step: 'listWebhooks', times: Infinity, kind: 'status', status: 404 });
		masv.inject({ step: 'deleteWebhook', kind: 'status', status: 403 });
		await node.deactivate();
		await listen(node);
		await node.deactivate();
		fault.remove();
		expect([masv.webhooks(), attached()]).toEqual([[], [[]]]);
	});
});

async function createForeign(): Promise<string> {
	const made = await call('POST', `/v1/teams/${masv.teamId}/custom_webhooks`, {
		active: true,
		events: ['package.finalized'],
		method: 'POST',
		url: 'https://elsewhere.example.com/hook',
	});
	return (made as { id: string }).id;
}

async function change(more: object): Promise<void> {
	const [webhook] = masv.webhooks();
	if (webhook === undefined) throw new Error('There is no webhook');
	const { id, team_id: _team, ...body } = webhook;
	await call('PUT', `/v1/custom_webhooks/${id}`, { ...body, ...more });
}

async function detachAll(): Promise<void> {
	for (const { id, name, subdomain } of masv.portals()) {
		await call('PUT', `/v1/portals/${id}`, { name, subdomain, active: true, has_access_code: false });
	}
}
