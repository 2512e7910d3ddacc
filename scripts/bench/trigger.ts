import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pool } from 'undici';

import type { N8nInstall } from '../../e2e/n8n/installN8n.ts';
import { N8nClient } from '../../e2e/n8n/N8nClient.ts';
import type { WorkflowNode } from '../../e2e/n8n/workflows.ts';
import { type RunningN8n, startN8n } from '../../e2e/n8n/startN8n.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start.ts';
import { type Usage, waitUntilIdle, watchProcess } from './proc.ts';
import { median } from './report.ts';
import type { Row, Section } from './rows.ts';

/**
 * n8n's own Webhook node without authentication and with a secret header, and the MASV Trigger, which also uses one.
 * Before it calls a node for an event, n8n creates a V8 isolate for its expressions. Newer versions of its Webhook node do
 * not need one (`webhookPhaseNeedsIsolate`) unless they use a credential.
 */
const contenders = {
	'trigger-webhook': "n8n's Webhook node, no authentication",
	'trigger-webhook-auth': "n8n's Webhook node, header auth",
	'trigger-masv': 'MASV Trigger',
} as const;

type Kind = keyof typeof contenders;

export const triggerKeys = Object.keys(contenders) as Kind[];

const deliveries = 100;
/** Events before each measurement: the first responses after a pause take longer. */
const warmUps = 20;

interface Rhythm {
	name: string;
	atOnce: number;
	/** Pause after each response. */
	pauseMs: number;
}

/** With pauses, n8n finishes each event before the next, so that only the response is timed. The others are full load. */
const rhythms: Rhythm[] = [
	{ name: 'with pauses', atOnce: 1, pauseMs: 250 },
	{ name: 'one at a time', atOnce: 1, pauseMs: 0 },
	{ name: '8 at a time', atOnce: 8, pauseMs: 0 },
];

const portalId = '01CTDNW11G67NKHQW5JE8TP2TJ';

interface Target {
	path: string;
	headers: Record<string, string>;
}

/** One n8n in which all contenders are published, each in a workflow without other nodes. */
export class TriggerContender {
	readonly #n8n: RunningN8n;
	readonly #sandbox: Sandbox;
	readonly #targets: Record<Kind, Target>;

	private constructor(n8n: RunningN8n, sandbox: Sandbox, targets: Record<Kind, Target>) {
		this.#n8n = n8n;
		this.#sandbox = sandbox;
		this.#targets = targets;
	}

	static async start(options: {
		install: N8nInstall;
		userFolder: string;
		packageTarball: string;
		log: (line: string) => void;
	}): Promise<TriggerContender> {
		const sandbox = await startSandbox();
		sandbox.seedPortal({ id: portalId });
		const n8n = await startN8n(options);
		try {
			return new TriggerContender(n8n, sandbox, await activateAll(n8n, sandbox));
		} catch (error) {
			await n8n.stop();
			await sandbox.close();
			throw error;
		}
	}

	async stop(): Promise<void> {
		await this.#n8n.stop();
		await this.#sandbox.close();
	}

	/** Sends events to one trigger. The `seconds` of the result are the median response time. */
	async measure(kind: Kind, rhythm: Rhythm): Promise<Usage> {
		const target = this.#targets[kind];
		await deliver(this.#n8n.url, target, warmUps, rhythm);
		await waitUntilIdle(this.#n8n.pid);
		const usage = await watchProcess(this.#n8n.pid, async () => {
			const times = await deliver(this.#n8n.url, target, deliveries, rhythm);
			// Includes the CPU time of the executions.
			await waitUntilIdle(this.#n8n.pid);
			return median(times) / 1000;
		});
		// The peak is memory that n8n keeps for executions, whichever trigger started them.
		return { ...usage, peakMebibytes: NaN };
	}
}

export function triggerSections(contender: TriggerContender, wants: (key: string) => boolean): Section[] {
	return rhythms.map((rhythm) => ({
		title: `${deliveries} events, ${rhythm.name}`,
		bytes: 0,
		files: deliveries,
		noun: 'events',
		unit: { name: 'ms per response', digits: 2, each: undefined },
		base: 'trigger-webhook',
		rows: triggerKeys.filter(wants).map((key): Row => ({
			key,
			contender: contenders[key],
			measure: async () => await contender.measure(key, rhythm),
		})),
		prepare: () => Promise.resolve(),
	}));
}

async function activateAll(n8n: RunningN8n, sandbox: Sandbox): Promise<Record<Kind, Target>> {
	const client = new N8nClient(n8n.url);
	await client.login();
	const { apiKey, teamId, url: baseUrl } = sandbox;
	const { id, name } = await client.credentials.create('MASV account', 'masvApi', { apiKey, teamId, baseUrl });
	const common = { name: 'Trigger', position: [0, 0] as [number, number], webhookId: randomUUID() };
	const masv: WorkflowNode = {
		...common,
		type: 'n8n-nodes-masv.masvTrigger',
		typeVersion: 1,
		parameters: {},
		credentials: { masvApi: { id, name } },
	};
	const webhook = (path: string, more: object): WorkflowNode => ({
		...common,
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2.1,
		parameters: { httpMethod: 'POST', path, responseMode: 'onReceived', options: {}, ...more },
	});
	const secret = { name: 'x-secret', value: randomUUID() };
	const headerAuth = await client.credentials.create('Header Auth account', 'httpHeaderAuth', secret);
	const open = webhook('bench-open', {});
	const guarded: WorkflowNode = {
		...webhook('bench-guarded', { authentication: 'headerAuth' }),
		credentials: { httpHeaderAuth: { id: headerAuth.id, name: headerAuth.name } },
	};
	for (const node of [open, guarded, masv]) {
		await client.triggers.activate(await client.workflows.create({ name: node.type, nodes: [node], connections: {} }));
	}
	const [made] = sandbox.webhooks();
	if (made === undefined) throw new Error('The MASV Trigger did not create a webhook');
	return {
		'trigger-webhook': { path: '/webhook/bench-open', headers: {} },
		'trigger-webhook-auth': { path: '/webhook/bench-guarded', headers: { [secret.name]: secret.value } },
		'trigger-masv': { path: new URL(made.url).pathname, headers: made.headers },
	};
}

/** Returns the response times in milliseconds. @throws Error for a status other than 200 */
async function deliver(
	url: string,
	{ path, headers }: Target,
	count: number,
	{ atOnce, pauseMs }: Rhythm,
): Promise<number[]> {
	const pool = new Pool(url, { connections: atOnce, pipelining: 1 });
	const times: number[] = [];
	let left = count;
	const sender = async (): Promise<void> => {
		while (left-- > 0) {
			const body = JSON.stringify(newEvent());
			const startedAt = performance.now();
			const answer = await pool.request({
				path,
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
				body,
			});
			await answer.body.dump();
			times.push(performance.now() - startedAt);
			if (answer.statusCode !== 200) throw new Error(`n8n responded with ${answer.statusCode}`);
			if (pauseMs > 0) await sleep(pauseMs);
		}
	};
	try {
		await Promise.all(Array.from({ length: atOnce }, sender));
	} finally {
		await pool.close();
	}
	return times;
}

/** A new event, as MASV sends it. */
function newEvent(): object {
	return {
		event_id: randomUUID(),
		event_time: new Date().toISOString(),
		event_type: 'package.finalized',
		object: {
			id: randomUUID().replaceAll('-', '').slice(0, 26).toUpperCase(),
			name: 'Dailies',
			portal_id: portalId,
			sender: 'sender@example.com',
			state: 'finalized',
			total_files: 12,
			type: 'package',
		},
	};
}
