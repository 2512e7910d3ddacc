import { request as httpRequest } from 'node:http';

import { secretHeader } from '../../../masv/webhooks/event';
import type { TriggerUnderTest } from '../../support/triggerHost';
import type { Reply } from '../../support/triggerSandbox';
import { call, deliver, event, masv, n8n, secret, trigger, useTriggerSandbox } from '../../support/triggerSandbox';

useTriggerSandbox();

describe('a delivery', () => {
	let node: TriggerUnderTest;
	let portalId: string;
	beforeEach(async () => {
		portalId = masv.seedPortal().id;
		masv.seedPortal();
		node = trigger({ portals: 'chosen', portalIds: [portalId] });
		await node.activate();
	});
	/** Resolves when the server has processed everything sent before: it has responded to another request. */
	const untilProcessed = async (): Promise<void> => {
		await deliver(node, mine({ event_id: 'e9', event_type: 'package.created' }), secret());
	};
	const mine = (more: object = {}): string => event({ object: { id: 'P1', portal_id: portalId }, ...more });

	it.each(['POST', 'PUT'])('starts one execution with everything that MASV sent, by %s', async (method) => {
		const body = mine({ event_time: '2026-01-15T00:00:00Z', studio: 'North' });
		expect((await deliver(node, body, secret(), method)).status).toBe(200);
		expect(n8n.executions).toEqual([JSON.parse(body)]);
	});

	it.each([
		['no secret', {}],
		['a wrong one', { [secretHeader]: '0'.repeat(64) }],
		['an empty one', { [secretHeader]: '' }],
	])('with %s gets 401 regardless of its body', async (_, headers) => {
		for (const body of [mine(), '{', Buffer.alloc(3_000_000, 'x')]) {
			expect((await deliver(node, body, headers)).status).toBe(401);
		}
		expect(n8n.executions).toEqual([]);
	});

	it.each([
		['that is not JSON', '{'],
		['that is empty', ''],
		['that is not an event', '{"hello":"world"}'],
		['that is too long', JSON.stringify({ filler: 'x'.repeat(1_100_000) })],
	])('%s gets 400', async (_, body) => {
		expect((await deliver(node, body, secret())).status).toBe(400);
		expect(n8n.executions).toEqual([]);
	});

	it('that is too long and has no content length gets 400', async () => {
		const headers = { ...secret(), 'transfer-encoding': 'chunked' };
		expect((await deliver(node, Buffer.alloc(1_100_000, 'x'), headers)).status).toBe(400);
	});

	it.each([
		['not subscribed to', () => mine({ event_type: 'package.created' })],
		['of another portal', () => event()],
	])('%s gets 200 and starts nothing', async (_, body) => {
		expect((await deliver(node, body(), secret())).status).toBe(200);
		expect(n8n.executions).toEqual([]);
	});

	it('sent many times at once starts one execution', async () => {
		const replies = await Promise.all(Array.from({ length: 20 }, async () => await deliver(node, mine(), secret())));
		expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
		expect(n8n.executions).toHaveLength(1);
		await deliver(node, mine({ event_id: 'e2' }), secret());
		expect(n8n.executions).toHaveLength(2);
	});

	it('repeated while the first one is being processed is accepted if that one fails', async () => {
		let second: Promise<Reply> | undefined;
		n8n.answer = 500;
		n8n.beforeAnswer = async () => {
			n8n.beforeAnswer = async () => {
				n8n.answer = 200;
				await Promise.resolve();
			};
			second = deliver(node, mine(), secret());
			await untilProcessed();
		};
		expect((await deliver(node, mine(), secret())).status).toBe(500);
		expect((await second)?.status).toBe(200);
		expect(n8n.executions).toHaveLength(2);
	});

	it('that is cut off in the middle starts nothing and can be repeated', async () => {
		const headers = { ...secret(), 'content-length': String(mine().length) };
		const sender = httpRequest(node.url, { method: 'POST', headers });
		sender.on('error', () => {});
		await new Promise((resolve) => sender.write(mine().slice(0, 20), resolve));
		await untilProcessed();
		sender.destroy();
		await untilProcessed();
		expect(n8n.executions).toEqual([]);
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(1);
	});

	it('can be repeated if its execution could not be started', async () => {
		n8n.answer = 500;
		expect((await deliver(node, mine(), secret())).status).toBe(500);
		n8n.answer = 200;
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(2);
	});

	it.each([
		['500', 500, 2],
		['200', 200, 1],
	])('whose sender disconnects is remembered only if n8n responds with success: %s', async (_, status, executions) => {
		n8n.answer = status;
		const sender = new AbortController();
		n8n.beforeAnswer = async () => {
			sender.abort();
			await untilProcessed();
		};
		await expect(deliver(node, mine(), secret(), 'POST', sender.signal)).rejects.toThrow('aborted');
		n8n.beforeAnswer = () => Promise.resolve();
		await untilProcessed();
		n8n.answer = 200;
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(executions);
	});

	it('from the sandbox itself arrives once, with its package', async () => {
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

	it('that names no portal starts the workflow, because only the selected ones have its webhook', async () => {
		expect((await deliver(node, event({ object: { id: 'P1' } }), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(1);
	});

	it('is still known after the node has listened for a test event', async () => {
		await deliver(node, mine(), secret());
		const published = node.staticData;
		Object.assign(node, { mode: 'manual', staticData: {} });
		await node.activate();
		await node.deactivate();
		Object.assign(node, { mode: 'trigger', staticData: published });
		expect((await deliver(node, mine(), secret())).status).toBe(200);
		expect(n8n.executions).toHaveLength(1);
	});

	it('starts the workflow again after it was unpublished and published anew', async () => {
		await deliver(node, mine(), secret());
		await node.deactivate();
		await node.activate();
		await deliver(node, mine(), secret());
		expect(n8n.executions).toHaveLength(2);
	});

	it('while listening for a test event does not affect the production webhook', async () => {
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

async function tokenOf(packageId: string): Promise<string> {
	const { records } = (await call('GET', `/v1.1/teams/${masv.teamId}/inbox?page=1&limit=50&status=new`)) as {
		records: Array<{ id: string; access_token: string }>;
	};
	return records.find(({ id }) => id === packageId)?.access_token ?? '';
}
