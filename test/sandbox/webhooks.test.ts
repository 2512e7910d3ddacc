import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import {
	anyText,
	bytes,
	callApi,
	createPackage,
	finalizeFile,
	finalizePackage,
	uploadParts,
	useSandbox,
} from './callApi.ts';
import { startSandbox } from '../../sandbox/start.ts';

const sandbox = useSandbox({ webhookRetryDelaysMs: [1, 1, 1, 1] });

interface Received {
	method: string;
	secret: string | string[] | undefined;
	type: string | undefined;
	body: Record<string, unknown>;
}

let server: Server;
let url = '';
let received: Received[] = [];
/** Statuses of the receiver's responses, in order; 200 once they are used up. */
let statuses: number[] = [];

beforeAll(async () => {
	server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const body = JSON.parse(Buffer.concat(chunks).toString()) as Received['body'];
			const { method = '', headers } = request;
			received.push({ method, secret: headers['x-masv-secret'], type: headers['content-type'], body });
			response.writeHead(statuses.shift() ?? 200, { connection: 'close' }).end();
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1`;
});
afterAll(() => void server.close());
beforeEach(() => {
	received = [];
	statuses = [];
});

async function createWebhook(fields: object = {}) {
	const body = { active: true, events: ['package.finalized'], method: 'POST', url, ...fields };
	return await callApi(sandbox(), `POST /v1/teams/${sandbox().teamId}/custom_webhooks`, { key: true, body });
}

async function sendToPortal(webhookIds: string[]): Promise<{ id: string; portalId: string }> {
	const portal = sandbox().seedPortal({ custom_webhooks: webhookIds.map((id) => ({ id })) });
	const body = { name: 'Sent', description: '', sender: 's@x.example' };
	const { json } = await callApi(sandbox(), `POST /v1/portals/${portal.id}/packages`, { body });
	const into = { id: json.id, token: json.access_token };
	await finalizeFile(sandbox(), await uploadParts(sandbox(), into, [bytes('x')]));
	await finalizePackage(sandbox(), into);
	await sandbox().waitForWebhooks();
	return { id: json.id, portalId: portal.id };
}

test('an event has the package, the static headers and the extra keys, but no token', async () => {
	const { status, json } = await createWebhook({
		headers: { 'x-masv-secret': 's3' },
		body_extras: { flow: 'a', event_type: 'b' },
	});
	expect(status).toBe(201);
	const { id, portalId } = await sendToPortal([json.id]);
	const object = {
		id,
		name: 'Sent',
		portal_id: portalId,
		sender: 's@x.example',
		state: 'finalized',
		total_files: 1,
		type: 'package',
	};
	expect(received).toEqual([
		{
			method: 'POST',
			secret: 's3',
			type: 'application/json',
			body: {
				event_id: anyText,
				event_time: anyText,
				event_type: 'package.finalized',
				flow: 'a',
				object,
			},
		},
	]);
});

test('package.created comes first, with PUT if the webhook says so', async () => {
	const { json } = await createWebhook({ events: ['package.created', 'package.finalized'], method: 'PUT' });
	await sendToPortal([json.id]);
	expect(received.map(({ method }) => method)).toEqual(['PUT', 'PUT']);
	const types = sandbox()
		.deliveries.slice(-2)
		.map(({ eventType }) => eventType);
	expect(types).toEqual(['package.created', 'package.finalized']);
});

test.each([
	['inactive', { active: false }],
	['not subscribed', { events: ['package.created2'] }],
])('a webhook that is %s gets no events', async (_name, fields) => {
	const { json } = await createWebhook(fields);
	await sendToPortal([json.id]);
	expect(received).toEqual([]);
});

test('packages sent without a portal trigger no events', async () => {
	await createWebhook({ events: ['package.created'] });
	await createPackage(sandbox());
	await sandbox().waitForWebhooks();
	expect(received).toEqual([]);
});

test.each([
	['is repeated until it succeeds, with the same event', [500, 404, 202], [500, 404, 202], true],
	['is abandoned after five attempts', [500, 500, 500, 500, 500, 200], [500, 500, 500, 500, 500], false],
	['does not follow redirects', [302, 200], [302, 200], true],
])('a delivery %s', async (_name, answers, attempts, delivered) => {
	const { json } = await createWebhook();
	statuses = [...answers];
	await sendToPortal([json.id]);
	expect(sandbox().deliveries.at(-1)).toMatchObject({ attempts, delivered, webhookId: json.id });
	expect(new Set(received.map(({ body }) => body.event_id)).size).toBe(1);
});

test('webhooks can be listed, changed and deleted; a deleted one is detached', async () => {
	const { json: created } = await createWebhook({ name: 'mine' });
	const portal = sandbox().seedPortal({ custom_webhooks: [{ id: created.id }] });
	const at = `/v1/custom_webhooks/${created.id}`;
	expect((await callApi(sandbox(), `GET ${at}`, { key: true })).json).toEqual(created);
	const list = await callApi(sandbox(), `GET /v1/teams/${sandbox().teamId}/custom_webhooks`, { key: true });
	expect(list.json).toContainEqual(created);
	const body = { active: false, events: ['package.created'], method: 'PUT', url };
	const changed = await callApi(sandbox(), `PUT ${at}`, { key: true, body });
	expect([changed.status, changed.json]).toEqual([200, { ...created, ...body, name: '' }]);
	expect((await callApi(sandbox(), `DELETE ${at}`, { key: true })).status).toBe(204);
	expect((await callApi(sandbox(), `GET ${at}`, { key: true })).status).toBe(404);
	expect(
		sandbox()
			.portals()
			.find(({ id }) => id === portal.id)?.custom_webhooks,
	).toEqual([]);
});

test.each([
	['active', 'true'],
	['events', []],
	['method', 'GET'],
	['url', 'ftp://x.example'],
	['body_extras', { count: 1 }],
])('rejects a webhook with an invalid %s', async (field, value) => {
	const { status, json } = await createWebhook({ [field]: value });
	expect([status, json.errors[0]?.field.split('.')[0]]).toEqual([400, field]);
});

test('answers 403 to a team without the feature', async () => {
	const own = await startSandbox({ webhooks: false });
	const body = { active: true, events: ['package.finalized'], method: 'POST', url };
	const route = `POST /v1/teams/${own.teamId}/custom_webhooks`;
	const { status, json } = await callApi(own, route, { key: true, body });
	await own.close();
	expect([status, json.message]).toEqual([403, anyText]);
});
