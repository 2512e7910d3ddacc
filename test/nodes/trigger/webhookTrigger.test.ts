import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';
import type { Sandbox } from '../../../sandbox/start';
import { startSandbox } from '../../../sandbox/start';
import { failureOf } from '../../support/failureOf';
import type { TriggerHost, TriggerUnderTest } from '../../support/triggerNode';
import { startTriggerHost } from '../../support/triggerNode';
import { secretHeader } from '../../../masv/webhooks/event';

let masv: Sandbox;
let n8n: TriggerHost;
let folder: string;
const { N8N_USER_FOLDER: userFolder } = process.env;

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'masv-trigger-'));
	process.env.N8N_USER_FOLDER = folder;
	masv = await startSandbox({ webhookRetryDelaysMs: [1] });
	n8n = await startTriggerHost();
});
afterEach(async () => {
	await masv.close();
	await n8n.close();
	await rm(folder, { recursive: true });
	if (userFolder === undefined) delete process.env.N8N_USER_FOLDER;
	else process.env.N8N_USER_FOLDER = userFolder;
});

let ids = 0;
const trigger = (parameters: IDataObject = {}, more: { publicUrl?: string; credentials?: IDataObject } = {}) =>
	n8n.node({
		// Another node for each test: what was received is remembered by node.
		id: `t${ids++}`,
		credentials: { apiKey: masv.apiKey, teamId: masv.teamId, baseUrl: masv.url },
		parameters: { events: ['package.finalized'], portals: 'all', portalIds: [], settings: {}, ...parameters },
		...more,
	});

/** Everything but the time of the last update. */
const portals = (): unknown[] => masv.portals().map(({ updated_at: _at, ...portal }) => portal);
const updates = (): number => masv.requests.filter(({ step }) => step === 'updatePortal').length;
const attached = (): string[][] => masv.portals().map(({ custom_webhooks: webhooks }) => webhooks.map(({ id }) => id));

interface Reply {
	status: number;
	text: string;
}

async function deliver(
	to: TriggerUnderTest,
	body: string | Buffer,
	headers: Record<string, string> = {},
	method = 'POST',
	signal?: AbortSignal,
): Promise<Reply> {
	return await new Promise((resolve, reject) => {
		const sent = httpRequest(
			to.url,
			{ method, headers: { 'content-type': 'application/json', ...headers }, signal },
			(response) => {
				let text = '';
				response.on('data', (piece: Buffer) => (text += piece.toString()));
				response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
			},
		);
		sent.on('error', reject);
		sent.end(body);
	});
}

const secret = (): Record<string, string> => ({ [secretHeader]: masv.webhooks()[0]?.headers[secretHeader] ?? '' });
const event = (more: object = {}): string =>
	JSON.stringify({ event_id: 'e1', event_type: 'package.finalized', object: { id: 'P1', portal_id: 'O1' }, ...more });

describe('activation', () => {
	it('makes one webhook with a secret and attaches it beside what is there', async () => {
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

	it('creates nothing twice, however often n8n asks', async () => {
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
		['somebody has switched it off', async () => await change({ active: false })],
		['somebody has changed its events', async () => await change({ events: ['package.created'] })],
		['somebody has changed its secret', async () => await change({ headers: {} })],
		['somebody has deleted it', async () => await call('DELETE', `/v1/custom_webhooks/${masv.webhooks()[0]?.id}`)],
		['somebody has taken it from the portal', async () => await detachAll()],
		['n8n has lost what it knew', (node) => void (node.staticData = {})],
	])('repairs it when %s', async (_, damage) => {
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

	it('follows a change of its portals', async () => {
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

	it('undoes what it can when portals go on failing', async () => {
		for (let count = 0; count < 5; count++) masv.seedPortal();
		const before = portals();
		masv.inject({ step: 'updatePortal', skip: 2, times: Infinity, kind: 'status', status: 400 });
		await failureOf(trigger().activate());
		expect([portals(), masv.webhooks()]).toEqual([before, []]);
	});

	it('says what may be left when it cannot undo it', async () => {
		for (let count = 0; count < 5; count++) masv.seedPortal();
		masv.inject({ step: 'updatePortal', skip: 2, kind: 'status', status: 400 });
		masv.inject({ step: 'deleteWebhook', kind: 'status', status: 400 });
		const error = await failureOf(trigger().activate());
		expect(error.message).toContain(`Webhook ${masv.webhooks()[0]?.id} may still be attached`);
	});

	it('makes nothing when a portal is one that it could not write back', async () => {
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

	it('refuses a team without webhooks and points to the other trigger', async () => {
		const other = await startSandbox({ webhooks: false });
		try {
			other.seedPortal();
			const node = trigger({}, { credentials: { apiKey: other.apiKey, teamId: other.teamId, baseUrl: other.url } });
			const error = await failureOf(node.activate());
			expect(error.message).toContain('MASV does not let this team have webhooks');
			expect(error.message).toContain('MASV Polling Trigger');
		} finally {
			await other.close();
		}
	});

	it('refuses an address that MASV cannot reach', async () => {
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
	])('refuses a portal whose %s password would be lost', async (_, more) => {
		masv.seedPortal();
		masv.seedPortal({ name: 'Vault', ...more });
		const before = portals();
		const error = await failureOf(trigger().activate());
		expect(error.message).toContain('"Vault"');
		expect(error.message).toContain('Update Portals with Passwords');
		expect([portals(), masv.webhooks()]).toEqual([before, []]);
	});

	it('refuses to listen to nothing, and to no portal', async () => {
		expect((await failureOf(trigger({ events: [] }).activate())).message).toContain('[Trigger On]');
		expect((await failureOf(trigger({ portals: 'chosen' }).activate())).message).toContain('No portal is chosen');
		expect((await failureOf(trigger({ portals: 'chosen', portalIds: ['O9'] }).activate())).message).toContain('O9');
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

	it('is content when all is gone already, and finds its own when n8n has forgotten', async () => {
		masv.seedPortal();
		const node = trigger();
		await node.activate();
		node.staticData = {};
		await node.deactivate();
		expect([masv.webhooks(), attached()]).toEqual([[], [[]]]);
		await node.deactivate();
	});

	it('throws what keeps it from undoing, and goes on at the next try', async () => {
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

	it('leaves no webhook behind that a portal does not let go of, and no password lost', async () => {
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

	it('leaves another workflow on the same portal alone', async () => {
		masv.seedPortal();
		const [one, other] = [trigger(), trigger()];
		await Promise.all([one.activate(), other.activate()]);
		expect(attached()[0]).toHaveLength(2);
		await one.deactivate();
		expect(masv.webhooks().map(({ url }) => url)).toEqual([other.url]);
		expect(await other.exists()).toBe(true);
	});
});

describe('a delivery', () => {
	let node: TriggerUnderTest;
	let portalId: string;
	beforeEach(async () => {
		portalId = masv.seedPortal().id;
		masv.seedPortal();
		node = trigger({ portals: 'chosen', portalIds: [portalId] });
		await node.activate();
	});
	/** The server has seen what was sent to it before: it answers something else. */
	const untilNoticed = async (): Promise<void> => {
		await deliver(node, mine({ event_id: 'e9', event_type: 'package.created' }), secret());
	};
	const mine = (more: object = {}): string => event({ object: { id: 'P1', portal_id: portalId }, ...more });

	it.each(['POST', 'PUT'])('starts one execution with all that MASV sent, by %s', async (method) => {
		const body = mine({ event_time: '2026-01-15T00:00:00Z', studio: 'North' });
		expect((await deliver(node, body, secret(), method)).status).toBe(200);
		expect(n8n.executions).toEqual([JSON.parse(body)]);
	});

	it.each([
		['no secret', {}],
		['a wrong one', { [secretHeader]: '0'.repeat(64) }],
		['an empty one', { [secretHeader]: '' }],
	])('with %s gets 401, whatever its body', async (_, headers) => {
		for (const body of [mine(), '{', Buffer.alloc(3_000_000, 'x')]) {
			expect((await deliver(node, body, headers)).status).toBe(401);
		}
		expect(n8n.executions).toEqual([]);
	});

	it.each([
		['that is not JSON', '{'],
		['that is empty', ''],
		['that is no event', '{"hello":"world"}'],
		['that is too long', JSON.stringify({ filler: 'x'.repeat(1_100_000) })],
	])('%s gets 400', async (_, body) => {
		expect((await deliver(node, body, secret())).status).toBe(400);
		expect(n8n.executions).toEqual([]);
	});

	it('that is too long and does not say so gets 400', async () => {
		const headers = { ...secret(), 'transfer-encoding': 'chunked' };
		expect((await deliver(node, Buffer.alloc(1_100_000, 'x'), headers)).status).toBe(400);
	});

	it.each([
		['not asked for', () => mine({ event_type: 'package.created' })],
		['of another portal', () => event()],
	])('%s gets 200 and starts nothing', async (_, body) => {
		expect((await deliver(node, body(), secret())).status).toBe(200);
		expect(n8n.executions).toEqual([]);
	});

	it('comes five times and at the same moment and starts one execution', async () => {
		const replies = await Promise.all(Array.from({ length: 20 }, async () => await deliver(node, mine(), secret())));
		expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
		expect(n8n.executions).toHaveLength(1);
		await deliver(node, mine({ event_id: 'e2' }), secret());
		expect(n8n.executions).toHaveLength(2);
	});

	it('comes again while the first is not decided, and gets its turn when that fails', async () => {
		let second: Promise<Reply> | undefined;
		n8n.answer = 500;
		n8n.beforeAnswer = async () => {
			n8n.beforeAnswer = async () => {
				n8n.answer = 200;
				await Promise.resolve();
			};
			second = deliver(node, mine(), secret());
			await untilNoticed();
		};
		expect((await deliver(node, mine(), secret())).status).toBe(500);
		expect((await second)?.status).toBe(200);
		expect(n8n.executions).toHaveLength(2);
	});

	it('that is cut off in the middle starts nothing, and may come again', async () => {
		const headers = { ...secret(), 'content-length': String(mine().length) };
		const sender = httpRequest(node.url, { method: 'POST', headers });
		sender.on('error', () => {});
		await new Promise((resolve) => sender.write(mine().slice(0, 20), resolve));
		await untilNoticed();
		sender.destroy();
		await untilNoticed();
		expect(n8n.executions).toEqual([]);
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(1);
	});

	it('comes again after its execution could not be begun', async () => {
		n8n.answer = 500;
		expect((await deliver(node, mine(), secret())).status).toBe(500);
		n8n.answer = 200;
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(2);
	});

	it.each([
		['500', 500, 2],
		['200', 200, 1],
	])('whose sender hangs up counts by what n8n answers: %s', async (_, status, executions) => {
		n8n.answer = status;
		const sender = new AbortController();
		n8n.beforeAnswer = async () => {
			sender.abort();
			await untilNoticed();
		};
		await expect(deliver(node, mine(), secret(), 'POST', sender.signal)).rejects.toThrow('aborted');
		n8n.beforeAnswer = () => Promise.resolve();
		await untilNoticed();
		n8n.answer = 200;
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(executions);
	});

	it('of the sandbox itself arrives once, with its package', async () => {
		const finalized = masv.seedPackage({
			portal_id: portalId,
			state: 'new',
			name: 'Dailies',
			files: [{ name: 'a.mov', content: 'take one' }],
		});
		const created = await fetch(`${masv.url}/v1/packages/${finalized.id}/finalize`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-package-token': await tokenOf(finalized.id) },
		});
		expect(created.status).toBe(204);
		await masv.waitForWebhooks();
		expect(masv.deliveries.map(({ delivered, attempts }) => [delivered, attempts])).toEqual([[true, [200]]]);
		expect(n8n.executions).toMatchObject([
			{ event_type: 'package.finalized', object: { id: finalized.id, name: 'Dailies', portal_id: portalId } },
		]);
	});

	it('while listening for a test event does not touch the other', async () => {
		const production = masv.webhooks()[0];
		const test = trigger({ portals: 'chosen', portalIds: [portalId] });
		test.mode = 'manual';
		await test.activate();
		expect(masv.webhooks().map(({ name }) => name)).toEqual(['n8n: Intake', 'n8n: Intake (test)']);
		await test.deactivate();
		expect(masv.webhooks()).toEqual([production]);
		expect(await node.exists()).toBe(true);
	});
});

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
	const response = await fetch(masv.url + path, {
		method,
		headers: { 'x-api-key': masv.apiKey, 'content-type': 'application/json' },
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
	return response.status === 204 ? undefined : await response.json();
}

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

async function tokenOf(packageId: string): Promise<string> {
	const { records } = (await call('GET', `/v1.1/teams/${masv.teamId}/inbox?page=1&limit=50&status=new`)) as {
		records: Array<{ id: string; access_token: string }>;
	};
	return records.find(({ id }) => id === packageId)?.access_token ?? '';
}
