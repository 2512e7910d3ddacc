import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { secretHeader } from '../../masv/webhooks/event';
import type { Sandbox } from '../../sandbox/start';
import { startSandbox } from '../../sandbox/start';
import type { TriggerHost, TriggerUnderTest } from './triggerHost';
import { startTriggerHost } from './triggerHost';

/** Replaced for each test, see {@link useTriggerSandbox}. */
export let masv: Sandbox;
export let n8n: TriggerHost;
let folder: string;
const { N8N_USER_FOLDER: userFolder } = process.env;

/** Call at the top of a test file: each test gets its own sandbox, trigger host and n8n data folder. */
export function useTriggerSandbox(): void {
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
}

let ids = 0;
export const trigger = (parameters: IDataObject = {}, more: { publicUrl?: string; credentials?: IDataObject } = {}) =>
	n8n.node({
		// A new node for each test, because received events are stored by node.
		id: `t${ids++}`,
		credentials: { apiKey: masv.apiKey, teamId: masv.teamId, baseUrl: masv.url },
		parameters: { events: ['package.finalized'], portals: 'all', portalIds: [], settings: {}, ...parameters },
		...more,
	});

/** All portals, without the time of their last update. */
export const portals = (): unknown[] => masv.portals().map(({ updated_at: _at, ...portal }) => portal);
export const updates = (): number => masv.requests.filter(({ step }) => step === 'updatePortal').length;
export const attached = (): string[][] =>
	masv.portals().map(({ custom_webhooks: webhooks }) => webhooks.map(({ id }) => id));

export interface Reply {
	status: number;
	text: string;
}

export async function deliver(
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

export const secret = (): Record<string, string> => ({
	[secretHeader]: masv.webhooks()[0]?.headers[secretHeader] ?? '',
});
export const event = (more: object = {}): string =>
	JSON.stringify({ event_id: 'e1', event_type: 'package.finalized', object: { id: 'P1', portal_id: 'O1' }, ...more });

/** Sends a request as another user of the team. */
export async function call(method: string, path: string, body?: unknown): Promise<unknown> {
	const response = await fetch(masv.url + path, {
		method,
		headers: { 'x-api-key': masv.apiKey, 'content-type': 'application/json' },
		...(body !== undefined && { body: JSON.stringify(body) }),
	});
	if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
	return response.status === 204 ? undefined : await response.json();
}
