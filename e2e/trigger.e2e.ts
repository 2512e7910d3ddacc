import { randomUUID } from 'node:crypto';

import type { Portal, Sandbox, Webhook } from '../sandbox/start.ts';
import { callApi } from '../test/sandbox/callApi.ts';
import { startReverseProxy } from './support/reverseProxy.ts';
import { until } from './support/lab.ts';
import { uploadThrough } from './support/portalUpload.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';
import {
	attachedTo,
	eventIdOf,
	eventOf,
	type Flow,
	openTriggerLab,
	portalsOf,
	type Team,
	type TriggerLab,
	triggerName,
} from './support/triggerLab.ts';
import { newEvent } from './support/webhookEvents.ts';

const mebibyte = 1024 * 1024;

let lab: TriggerLab;
let receiver: Receiver;

beforeAll(async () => {
	lab = await openTriggerLab();
	receiver = await startReceiver();
});

afterAll(async () => {
	await lab?.close();
	await receiver?.close();
});

function chosen(...portals: Portal[]): Record<string, unknown> {
	return { portals: 'chosen', portalIds: portals.map(({ id }) => id) };
}

/** Creates a webhook in MASV that does not belong to us. */
async function foreignWebhook(sandbox: Sandbox, name = 'somebody else'): Promise<Webhook> {
	const body = { active: true, events: ['package.finalized'], method: 'POST', name, url: `${receiver.url}${name}` };
	await callApi(sandbox, `POST /v1/teams/${sandbox.teamId}/custom_webhooks`, { key: true, body });
	return sandbox.webhooks().find((webhook) => webhook.name === name) as Webhook;
}

async function send(sandbox: Sandbox, portal: Portal): Promise<string> {
	return await uploadThrough(sandbox, portal, {
		name: 'Dailies',
		sender: 'anna@example.com',
		files: { 'one.mov': 'one' },
	});
}

function packageIdOf(execution: Parameters<typeof eventOf>[0]): unknown {
	return (eventOf(execution).object as { id: string }).id;
}

describe('publishing', () => {
	afterEach(async () => await lab.clear());

	it('creates one webhook, next to those of others, and one upload starts one execution', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const foreign = await foreignWebhook(sandbox, 'beside');
		const shared = sandbox.seedPortal({ name: 'Shared', custom_webhooks: [{ id: foreign.id }] });
		const own = sandbox.seedPortal({ name: 'Own' });
		const other = sandbox.seedPortal({ name: 'Not selected' });
		const flow = await lab.start(team, { ...chosen(shared, own), settings: { enrich: true } });

		const webhook = lab.webhookOf(flow);
		expect(sandbox.webhooks()).toEqual([foreign, webhook]);
		expect(webhook).toMatchObject({ active: true, method: 'POST', events: ['package.finalized'], url: flow.url });
		const secrets = Object.values(webhook.headers);
		expect(secrets).toEqual([expect.stringMatching(/^\S{32,}$/)]);
		expect(attachedTo(team, shared)).toEqual([foreign.id, webhook.id]);
		expect(attachedTo(team, own)).toEqual([webhook.id]);
		expect(attachedTo(team, other)).toEqual([]);

		const packageId = await uploadThrough(sandbox, shared, {
			name: 'Dailies',
			sender: 'anna@example.com',
			files: { 'one.mov': 'one', 'zwei ö.wav': 'second' },
			form: { project: 'Second unit', reel: '17' },
		});
		await uploadThrough(sandbox, other, { name: 'Elsewhere', sender: 'ben@example.com', files: { x: 'x' } });
		await sandbox.waitForWebhooks();

		const ours = sandbox.deliveries.filter(({ webhookId }) => webhookId === webhook.id);
		expect(ours).toMatchObject([{ attempts: [200], delivered: true }]);
		expect(receiver.received.filter(({ event_id: id }) => id === ours[0]?.eventId)).toHaveLength(1);
		const executions = await lab.executions(flow);
		expect(executions).toHaveLength(1);
		const [execution] = executions;
		expect(execution).toMatchObject({ status: 'success', mode: 'webhook' });
		expect(eventOf(execution!)).toEqual({
			...ours[0]?.body,
			package: expect.objectContaining({
				id: packageId,
				name: 'Dailies',
				state: 'finalized',
				total_files: 2,
			}) as unknown,
			files: [
				expect.objectContaining({ name: 'one.mov', size: 3 }),
				expect.objectContaining({ name: 'zwei ö.wav', size: 6 }),
			] as unknown,
			form_data: { project: 'Second unit', reel: '17' },
		});
		expect(ours[0]?.body).toMatchObject({
			event_type: 'package.finalized',
			object: { id: packageId, portal_id: shared.id, sender: 'anna@example.com', total_files: 2 },
		});
		for (const hidden of ['access_token', secrets[0] as string, sandbox.apiKey]) {
			expect(execution?.raw).not.toContain(JSON.stringify(hidden).slice(1, -1));
		}
	});

	it('attaches the webhook to all portals if none are selected, for all selected events', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		// More than one page.
		const portals = Array.from({ length: 25 }, (_, index) => sandbox.seedPortal({ name: `Portal ${index}` }));
		const flow = await lab.start(team, {
			portals: 'all',
			events: ['package.created', 'package.finalized'],
			settings: { otherEvents: 'package.expired' },
		});
		const webhook = lab.webhookOf(flow);
		expect(webhook.events).toEqual(['package.created', 'package.finalized', 'package.expired']);
		for (const portal of portals) expect(attachedTo(team, portal)).toEqual([webhook.id]);

		const packageId = await send(sandbox, portals[24] as Portal);
		await sandbox.waitForWebhooks();
		const executions = await lab.executions(flow);
		expect(executions.map((execution) => [eventOf(execution).event_type, packageIdOf(execution)])).toEqual([
			['package.created', packageId],
			['package.finalized', packageId],
		]);
	});
});

describe('receiving events', () => {
	let flow: Flow;
	let webhook: Webhook;
	let portal: Portal;

	beforeAll(async () => {
		const team = await lab.newTeam();
		portal = team.sandbox.seedPortal();
		flow = await lab.start(team, chosen(portal));
		webhook = lab.webhookOf(flow);
	});

	afterAll(async () => await lab.clear());

	/** The response statuses, and the IDs of the events that started an execution. */
	async function outcomeOf(send: () => Promise<number[]>): Promise<{ statuses: number[]; started: unknown[] }> {
		let statuses: number[] = [];
		const executions = await lab.startedBy(flow, async () => (statuses = await send()));
		return { statuses, started: executions.map(eventIdOf) };
	}

	it('starts the workflow once for a repeated event', async () => {
		const event = newEvent(portal.id);
		expect(
			await outcomeOf(async () => [
				await lab.deliver(webhook, event),
				await lab.deliver(webhook, event),
				await lab.deliver(webhook, event),
			]),
		).toEqual({ statuses: [200, 200, 200], started: [event.event_id] });
	});

	it('starts the workflow once for an event that arrives twenty times at once', async () => {
		const event = newEvent(portal.id);
		const deliverAll = async (): Promise<number[]> =>
			await Promise.all(Array.from({ length: 20 }, async () => await lab.deliver(webhook, event)));
		expect(await outcomeOf(deliverAll)).toEqual({ statuses: Array(20).fill(200), started: [event.event_id] });
	});

	it('starts the workflow for each of twenty events that arrive at once', async () => {
		const events = Array.from({ length: 20 }, () => newEvent(portal.id));
		const { statuses, started } = await outcomeOf(
			async () => await Promise.all(events.map(async (event) => await lab.deliver(webhook, event))),
		);
		expect(statuses).toEqual(Array(20).fill(200));
		expect(started).toHaveLength(20);
		expect(new Set(started)).toEqual(new Set(events.map((event) => event.event_id)));
	});

	describe.each([
		['without a secret', (): Record<string, string> => ({})],
		['with a wrong secret', () => Object.fromEntries(Object.keys(webhook.headers).map((name) => [name, randomUUID()]))],
		['with an empty secret', () => Object.fromEntries(Object.keys(webhook.headers).map((name) => [name, '']))],
	])('%s', (_, headers) => {
		it.each([
			['a valid event', () => newEvent(portal.id)],
			['invalid JSON', () => '{"event_id": '],
			['20 MiB', () => Buffer.alloc(20 * mebibyte, ' ')],
			['20 MiB of unknown length', () => piecesOf(20 * mebibyte)],
			['an empty body', () => ''],
		])('rejects %s', async (_what, body) => {
			expect(await outcomeOf(async () => [await lab.deliver(webhook, body(), { headers: headers() })])).toEqual({
				statuses: [401],
				started: [],
			});
		});
	});

	it.each([
		['invalid JSON', () => '{"event_id": '],
		['an empty body', () => ''],
		['bytes that are not text', () => Buffer.from([0xff, 0xfe, 0x00, 0x80])],
		['JSON that is not an object', () => '[1, 2]'],
		['JSON that is not an event', () => ({ hello: 'world' })],
		['an event without a package', () => ({ ...newEvent(portal.id), object: {} })],
		['an event of more than 1 MiB', () => ({ ...newEvent(portal.id), note: 'x'.repeat(mebibyte) })],
		['more than 1 MiB of unknown length', () => piecesOf(2 * mebibyte)],
	])('rejects %s with the right secret', async (_, body) => {
		expect(await outcomeOf(async () => [await lab.deliver(webhook, body())])).toEqual({ statuses: [400], started: [] });
	});

	it('starts nothing for a truncated event, and accepts it when it is sent again', async () => {
		const event = newEvent(portal.id);
		const cutOff = new ReadableStream({
			start: (controller) => controller.enqueue(new TextEncoder().encode(JSON.stringify(event).slice(0, 40))),
			pull: (controller) => controller.error(new Error('cut off')),
		});
		const deliverTwice = async (): Promise<number[]> => {
			await expect(lab.deliver(webhook, cutOff)).rejects.toThrow();
			return [await lab.deliver(webhook, event)];
		};
		expect(await outcomeOf(deliverTwice)).toEqual({ statuses: [200], started: [event.event_id] });
	});

	it('accepts an event of just under 1 MiB', async () => {
		const event = { ...newEvent(portal.id), note: 'x'.repeat(mebibyte - 1000) };
		expect(await outcomeOf(async () => [await lab.deliver(webhook, event)])).toEqual({
			statuses: [200],
			started: [event.event_id],
		});
	});

	it('acknowledges events that are not selected or belong to another portal, but starts nothing', async () => {
		expect(
			await outcomeOf(async () => [
				await lab.deliver(webhook, newEvent(portal.id, 'package.created')),
				await lab.deliver(webhook, newEvent('01CTDNW11G67NKHQW5JE8TP2TJ')),
			]),
		).toEqual({ statuses: [200, 200], started: [] });
	});

	it('accepts an event by PUT, and recognizes it when it is repeated by POST', async () => {
		const event = newEvent(portal.id);
		expect(
			await outcomeOf(async () => [
				await lab.deliver(webhook, event, { method: 'PUT' }),
				await lab.deliver(webhook, event, { method: 'POST' }),
			]),
		).toEqual({ statuses: [200, 200], started: [event.event_id] });
	});
});

/** A stream in chunks, so that the receiver does not know the length in advance. */
function piecesOf(bytes: number): ReadableStream {
	let left = bytes / (mebibyte / 4);
	return new ReadableStream({
		pull: (controller) => {
			if (left-- > 0) controller.enqueue(new Uint8Array(mebibyte / 4).fill(0x20));
			else controller.close();
		},
	});
}

/** Portals with every property that an update could lose. */
async function richPortals({ sandbox }: Team): Promise<{ portals: Portal[]; foreign: Webhook[] }> {
	const foreign = [await foreignWebhook(sandbox, 'first'), await foreignWebhook(sandbox, 'second')];
	const portals = [
		sandbox.seedPortal({ name: 'Plain' }),
		sandbox.seedPortal({ name: 'Inactive', active: false, message: 'Come back tomorrow' }),
		sandbox.seedPortal({
			name: 'In a Teamspace',
			teamspace: { id: '01HTEAMSPACE0000000000TEAM', name: 'Post' },
			tag: { id: '01HTAG0000000000000000000T', name: 'Feature' },
			custom_webhooks: foreign.map(({ id }) => ({ id })),
			recipients: ['in@example.com'],
			cc_recipients: ['copy@example.com'],
			disable_upload_receipt: true,
			custom_expiry_days: 30,
			primary_color: '#123456',
			logo_url: 'https://example.com/logo.png',
			background_url: 'https://example.com/background.png',
		}),
		sandbox.seedPortal({
			name: 'With rules',
			custom_webhooks: [{ id: foreign[1]?.id as string }],
			cloud_connections: [{ id: '01HCLOUD00000000000000000C', target_action: 'transfer', sync_metadata: true }],
			terms_of_service_enabled: true,
			terms_of_service: {
				checkbox_label: 'I agree',
				checkbox_url: 'https://example.com/terms',
				title: 'Terms',
				description: 'All of them',
			},
			package_size_restriction_enabled: true,
			max_package_size: 5_000_000_000_000,
			max_file_size: 1_000_000_000_000,
			max_file_count: 1000,
			file_type_restriction_enabled: true,
			file_type_restriction_exclude: true,
			file_types: ['.exe', '.DMG'],
			expiry_enabled: true,
			expiry: '2099-01-01T00:00:00.000Z',
			package_name_format_enabled: true,
			package_name_format: { value: '^[A-Z]+_\\d+$', label: 'NAME_1' },
			form: { id: '01HFORM000000000000000000F', name: 'Slate', enabled: true, delivery_formats: ['json'], fields: [] },
		}),
	];
	return { portals, foreign };
}

describe('unpublishing', () => {
	afterEach(async () => await lab.clear());

	it('leaves every portal as it was, and keeps the webhooks of others', async () => {
		const team = await lab.newTeam();
		const { portals, foreign } = await richPortals(team);
		const before = portalsOf(team);
		const flow = await lab.start(team, chosen(...portals));
		const webhook = lab.webhookOf(flow);
		for (const portal of portals) {
			expect(attachedTo(team, portal)).toEqual([...portal.custom_webhooks.map(({ id }) => id), webhook.id]);
		}

		await lab.client.triggers.deactivate(flow.workflow);

		expect(portalsOf(team)).toEqual(before);
		expect(team.sandbox.webhooks()).toEqual(foreign);
		// n8n has released the URL too.
		expect(await lab.deliver(webhook, newEvent(portals[0]?.id ?? ''))).toBe(404);
	});

	it('leaves nothing behind, even if repeated', async () => {
		const team = await lab.newTeam();
		const { portals, foreign } = await richPortals(team);
		const before = portalsOf(team);
		const flow = await lab.build(team, chosen(...portals));
		for (let round = 0; round < 2; round++) {
			await lab.client.triggers.activate(flow.workflow);
			await lab.client.triggers.activate(flow.workflow);
			const webhook = lab.webhookOf(flow);
			for (const portal of portals) {
				expect(attachedTo(team, portal)).toEqual([...portal.custom_webhooks.map(({ id }) => id), webhook.id]);
			}
			await lab.client.triggers.deactivate(flow.workflow);
			await lab.client.triggers.deactivate(flow.workflow);
			expect(portalsOf(team)).toEqual(before);
			expect(team.sandbox.webhooks()).toEqual(foreign);
		}
	});

	it('keeps a single webhook while the workflow is changed and the node renamed', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const [first, second] = [sandbox.seedPortal({ name: 'First' }), sandbox.seedPortal({ name: 'Second' })];
		const before = portalsOf(team);
		const flow = await lab.start(team, chosen(first, second));
		const change = async (changes: Record<string, unknown>): Promise<void> => {
			const saved = await lab.client.workflows.get(flow.workflow.id);
			await lab.client.workflows.update(saved, { nodes: saved.nodes.map((node) => ({ ...node, ...changes })) });
		};
		const expectOneAt = (...portals: Portal[]): void => {
			const { id } = lab.webhookOf(flow);
			expect(sandbox.webhooks()).toHaveLength(1);
			for (const portal of [first, second])
				expect(attachedTo(team, portal)).toEqual(portals.includes(portal) ? [id] : []);
		};

		await change({ position: [100, 100] });
		expectOneAt(first, second);
		await lab.client.triggers.activate(flow.workflow);
		expectOneAt(first, second);

		await change({ parameters: { ...chosen(second), events: ['package.created'] } });
		await lab.client.triggers.activate(flow.workflow);
		expectOneAt(second);
		expect(lab.webhookOf(flow).events).toEqual(['package.created']);

		await change({ name: 'Renamed' });
		await lab.client.triggers.activate(flow.workflow);
		expectOneAt(second);
		expect(await lab.deliver(lab.webhookOf(flow), newEvent(second.id, 'package.created'))).toBe(200);
		expect(await lab.executions(flow)).toHaveLength(1);

		await lab.client.triggers.deactivate(flow.workflow);
		expect(portalsOf(team)).toEqual(before);
		expect(sandbox.webhooks()).toEqual([]);
	});
});

describe('a trigger that cannot be published', () => {
	interface Rejected {
		team: Team;
		before: string[];
		message: string;
	}
	const rejected: Record<string, Rejected> = {};

	/** Tries to publish, and records the error. */
	async function tryPublish(name: string, team: Team, activate: () => Promise<unknown>): Promise<void> {
		const before = portalsOf(team);
		const message = await activate().then(
			() => 'it was published',
			(error: Error) => error.message,
		);
		rejected[name] = { team, before, message };
	}

	// In parallel: n8n tries each one five times, for 15 seconds in total.
	beforeAll(async () => {
		const plain = await lab.newTeam({ webhooks: false });
		plain.sandbox.seedPortal();
		const far = await lab.newTeam();
		far.sandbox.seedPortal();
		const guarded = await lab.newTeam();
		guarded.sandbox.seedPortal({ name: 'Open' });
		guarded.sandbox.seedPortal({ name: 'Closed', has_access_code: true, access_code: 'sesame' });
		guarded.sandbox.seedPortal({ name: 'Sealed', has_download_password: true, download_password: 'sesame' });
		const lost = await lab.newTeam();
		lost.sandbox.seedPortal({ name: 'Closed', has_access_code: true, access_code: 'sesame' });
		const broken = await lab.newTeam();
		const five = Array.from({ length: 5 }, (_, index) => broken.sandbox.seedPortal({ name: `Portal ${index + 1}` }));
		await foreignWebhook(broken.sandbox, 'stays');
		const proxy = await startReverseProxy(broken.sandbox.url);
		proxy.rejectWith = (method, path) => (method === 'PUT' && path.includes(five[2]?.id as string) ? 500 : undefined);
		const throughProxy = await lab.addCredential(broken.sandbox, proxy.url);

		const all = { portals: 'all' };
		await Promise.all([
			tryPublish('no webhooks', plain, async () => await lab.start(plain, all)),
			tryPublish('local n8n', far, async () => {
				const credential = await lab.addCredential(far.sandbox, 'https://masv.example');
				await lab.start(far, all, { credential });
			}),
			tryPublish('passwords', guarded, async () => await lab.start(guarded, all)),
			tryPublish('passwords, tried', lost, async () => {
				await lab.start(lost, { ...all, settings: { updateProtectedPortals: true } });
			}),
			tryPublish('third portal', broken, async () => {
				await lab.start(broken, chosen(...five), { credential: throughProxy });
			}),
		]);
		await proxy.close();
	});

	afterAll(async () => await lab.clear());

	it('reports that the team has no webhooks, and names the alternative', () => {
		expect(rejected['no webhooks']?.message).toMatch(/Webhooks are not enabled for this team.*MASV Polling Trigger/s);
	});

	it('reports which n8n setting is missing if MASV cannot reach n8n', () => {
		expect(rejected['local n8n']?.message).toMatch(/N8N_WEBHOOK_URL/);
	});

	it('names the portals whose passwords an update could remove, and changes none of them', () => {
		const { message, team } = rejected.passwords as Rejected;
		for (const name of ['"Closed"', '"Sealed"', 'MASV Polling Trigger']) expect(message).toContain(name);
		expect(message).not.toContain('Open');
		expect(team.sandbox.requests.filter(({ step }) => step === 'updatePortal' || step === 'createWebhook')).toEqual([]);
	});

	it('updates such portals if the user allows it', () => {
		const { message, team } = rejected['passwords, tried'] as Rejected;
		expect(message).toMatch(/"Closed"/);
		const tried = team.sandbox.requests.filter(({ step }) => step === 'updatePortal');
		expect(tried.length).toBeGreaterThan(0);
		expect(new Set(tried.map(({ status }) => status))).toEqual(new Set([400]));
	});

	it('reports which portal could not be updated', () => {
		const { message, team } = rejected['third portal'] as Rejected;
		expect(message).toMatch(/"Portal 3".*500/s);
		// Two updates, and two to undo them. The proxy rejected the failing one.
		expect(team.sandbox.requests.filter(({ step }) => step === 'updatePortal').length).toBeGreaterThanOrEqual(4);
	});

	it.each(['no webhooks', 'local n8n', 'passwords', 'passwords, tried', 'third portal'])(
		'leaves every portal as it was, and no webhook (%s)',
		(name) => {
			const { team, before, message } = rejected[name] as Rejected;
			expect(message).toMatch(/^The workflow was not published/);
			expect(portalsOf(team)).toEqual(before);
			expect(team.sandbox.webhooks().map((webhook) => webhook.name)).toEqual(name === 'third portal' ? ['stays'] : []);
		},
	);
});

describe('two workflows on one portal', () => {
	afterEach(async () => await lab.clear());

	it('each get every event, and unpublishing one does not affect the other', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const foreign = await foreignWebhook(sandbox);
		const portal = sandbox.seedPortal({ custom_webhooks: [{ id: foreign.id }] });
		const flows = await Promise.all(
			['one', 'two'].map(async (name) => await lab.start(team, chosen(portal), { name })),
		);
		const [one, two] = flows as [Flow, Flow];
		expect(new Set(attachedTo(team, portal))).toEqual(
			new Set([foreign, lab.webhookOf(one), lab.webhookOf(two)].map(({ id }) => id)),
		);
		const both = await send(sandbox, portal);
		await sandbox.waitForWebhooks();
		for (const flow of flows) expect((await lab.executions(flow)).map(packageIdOf)).toEqual([both]);

		await lab.client.triggers.deactivate(one.workflow);

		expect(attachedTo(team, portal)).toEqual([foreign.id, lab.webhookOf(two).id]);
		expect(sandbox.webhooks()).toHaveLength(2);
		const second = await send(sandbox, portal);
		await sandbox.waitForWebhooks();
		expect((await lab.executions(one)).map(packageIdOf)).toEqual([both]);
		expect((await lab.executions(two)).map(packageIdOf)).toEqual([both, second]);
	});
});

describe('listening for a test event', () => {
	afterEach(async () => await lab.clear());

	it('gets one event without affecting the published workflow', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const portal = sandbox.seedPortal();
		const before = portalsOf(team);
		const flow = await lab.start(team, chosen(portal));
		const production = lab.webhookOf(flow);
		const early = newEvent(portal.id);
		expect(await lab.deliver(production, early)).toBe(200);

		await lab.client.triggers.listen(flow.workflow, triggerName);
		const test = sandbox.webhooks().find(({ id }) => id !== production.id) as Webhook;
		expect(test.url).toBe(flow.url.replace('/webhook/', '/webhook-test/'));
		expect(attachedTo(team, portal)).toEqual([production.id, test.id]);
		const packageId = await send(sandbox, portal);
		await sandbox.waitForWebhooks();

		const [, ...started] = await until(async () => {
			const executions = await lab.executions(flow);
			return executions.length >= 3 ? executions : undefined;
		});
		expect(started.map(packageIdOf)).toEqual([packageId, packageId]);
		expect(started.map(({ mode }) => mode).sort()).toEqual(['manual', 'webhook']);
		await until(() => (sandbox.webhooks().length === 1 ? true : undefined));
		expect(sandbox.webhooks()).toEqual([production]);
		expect(attachedTo(team, portal)).toEqual([production.id]);

		// The published workflow still remembers earlier events, and gets new ones.
		const next = newEvent(portal.id);
		const after = await lab.startedBy(flow, async () => {
			expect(await lab.deliver(production, early)).toBe(200);
			expect(await lab.deliver(production, next)).toBe(200);
		});
		expect(after.map(eventIdOf)).toEqual([next.event_id]);
		await lab.client.triggers.deactivate(flow.workflow);
		expect(portalsOf(team)).toEqual(before);
		expect(sandbox.webhooks()).toEqual([]);
	});

	it('can be stopped without affecting the published workflow', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const portal = sandbox.seedPortal();
		const flow = await lab.start(team, chosen(portal));
		const production = lab.webhookOf(flow);
		const early = newEvent(portal.id);
		expect(await lab.deliver(production, early)).toBe(200);

		await lab.client.triggers.listen(flow.workflow, triggerName);
		expect(sandbox.webhooks()).toHaveLength(2);
		await lab.client.triggers.stopListening(flow.workflow);
		await until(() => (sandbox.webhooks().length === 1 ? true : undefined));

		expect(sandbox.webhooks()).toEqual([production]);
		expect(attachedTo(team, portal)).toEqual([production.id]);
		expect(await lab.startedBy(flow, async () => await lab.deliver(production, early))).toEqual([]);
	});

	it('works without a published workflow, and leaves nothing behind', async () => {
		const team = await lab.newTeam();
		const { sandbox } = team;
		const portal = sandbox.seedPortal();
		const before = portalsOf(team);
		const flow = await lab.build(team, chosen(portal));
		await lab.client.triggers.listen(flow.workflow, triggerName);
		const packageId = await send(sandbox, portal);
		const execution = await lab.client.executions.waitForNew(flow.workflow);
		expect(execution).toMatchObject({ mode: 'manual', status: 'success' });
		expect(packageIdOf(execution)).toBe(packageId);
		await until(() => (sandbox.webhooks().length === 0 ? true : undefined));
		expect(portalsOf(team)).toEqual(before);
	});
});

describe('n8n, killed and restarted', () => {
	let team: Team;
	let flow: Flow;
	let portal: Portal;
	let before: Webhook;
	const early = newEvent('');
	let meanwhile: string;

	beforeAll(async () => {
		team = await lab.newTeam({ webhookRetryDelaysMs: [2_000, 20_000, 40_000, 60_000] });
		portal = team.sandbox.seedPortal();
		early.object.portal_id = portal.id;
		flow = await lab.start(team, chosen(portal));
		before = lab.webhookOf(flow);
		expect(await lab.deliver(before, early)).toBe(200);
		expect(await lab.executions(flow)).toHaveLength(1);
		await lab.kill();
		meanwhile = await send(team.sandbox, portal);
		await until(() => (team.sandbox.deliveries[0]?.attempts.length === 1 ? true : undefined));
		await lab.restart();
	});

	afterAll(async () => await lab.clear());

	it('still has its webhook', () => {
		expect(team.sandbox.webhooks()).toEqual([before]);
		expect(attachedTo(team, portal)).toEqual([before.id]);
	});

	it('gets events from the meantime once', async () => {
		await team.sandbox.waitForWebhooks();
		const { attempts, delivered } = team.sandbox.deliveries[0] ?? {};
		expect(delivered).toBe(true);
		expect(attempts?.length).toBeGreaterThan(1);
		const executions = await lab.executions(flow);
		expect(executions.map(packageIdOf).filter((id) => id === meanwhile)).toHaveLength(1);
	});

	it('does not start again for earlier events', async () => {
		const webhook = lab.webhookOf(flow);
		const started = await lab.startedBy(flow, async () => {
			expect(await lab.deliver(webhook, early)).toBe(200);
			expect(await lab.deliver(webhook, early)).toBe(200);
		});
		expect(started).toEqual([]);
		const executions = await lab.executions(flow);
		expect(executions.map(eventIdOf).filter((id) => id === early.event_id)).toHaveLength(1);
	});

	it('starts for new events, and can still be unpublished', async () => {
		const packageId = await send(team.sandbox, portal);
		await team.sandbox.waitForWebhooks();
		expect((await lab.executions(flow)).map(packageIdOf)).toContain(packageId);
		await lab.client.triggers.deactivate(flow.workflow);
		expect(team.sandbox.webhooks()).toEqual([]);
		expect(attachedTo(team, portal)).toEqual([]);
		expect(await lab.deliver(before, newEvent(portal.id))).toBe(404);
	});
});
