import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Portal, type Sandbox, type SandboxOptions, startSandbox, type Webhook } from '../../sandbox/start.ts';
import { freePorts } from '../n8n/freePorts.ts';
import { installN8n } from '../n8n/installN8n.ts';
import type { CredentialReference } from '../n8n/credentials.ts';
import { type Execution, output } from '../n8n/executions.ts';
import { N8nClient } from '../n8n/N8nClient.ts';
import type { Workflow, WorkflowNode } from '../n8n/workflows.ts';
import { type RunningN8n, startN8n } from '../n8n/startN8n.ts';
import { type ReverseProxy, startReverseProxy } from './reverseProxy.ts';
import { root } from './lab.ts';
import { readPrepared } from './prepared.ts';
import { type Changed, deliver, newEvent } from './webhookEvents.ts';

export const triggerType = 'n8n-nodes-masv.masvTrigger';
export const pollingTriggerType = 'n8n-nodes-masv.masvPollingTrigger';

/** Name of the only node in every workflow created here. */
export const triggerName = 'When a Package Comes';

/** A MASV team with its own sandbox, isolated from other tests. */
export interface Team {
	sandbox: Sandbox;
	credential: CredentialReference;
}

interface TriggerOptions {
	/** Node type of the trigger. Default: the webhook trigger. */
	type?: string;
	/** Workflow name. Default: "e2e". */
	name?: string;
	/** Default: the team's credential. */
	credential?: CredentialReference;
}

/** A workflow that starts with a trigger. */
export interface Flow {
	team: Team;
	workflow: Workflow;
	/** The webhook trigger's URL. */
	url: string;
}

/** A separate n8n that tests may kill, behind a reverse proxy, and any number of teams. */
export interface TriggerLab {
	client: N8nClient;
	n8n: RunningN8n;
	proxy: ReverseProxy;
	newTeam(options?: SandboxOptions): Promise<Team>;
	/** Adds a credential with a team's key and another base URL. */
	addCredential(team: Sandbox, baseUrl: string): Promise<CredentialReference>;
	/** Creates a workflow without publishing it. */
	build(team: Team, parameters: Record<string, unknown>, options?: TriggerOptions): Promise<Flow>;
	/** Creates and publishes a workflow. */
	start(team: Team, parameters: Record<string, unknown>, options?: TriggerOptions): Promise<Flow>;
	/** The only webhook at MASV with this workflow's URL. @throws Error if there is none, or more than one */
	webhookOf(flow: Flow): Webhook;
	/** Sends one event directly to n8n, bypassing the proxy; returns the response status. */
	deliver(webhook: Webhook, body: unknown, changed?: Changed): Promise<number>;
	/** All executions of a workflow, oldest first; waits for running ones. */
	executions(flow: Flow): Promise<Execution[]>;
	/**
	 * The executions that an action started. A marker event sent afterwards shows that no more will follow: n8n numbers
	 * executions in the order in which it accepts events.
	 */
	startedBy(flow: Flow, action: () => Promise<unknown>): Promise<Execution[]>;
	/** Kills n8n, like a power failure. Until the restart, MASV gets 503 from the proxy. */
	kill(): Promise<void>;
	restart(): Promise<void>;
	/** Unpublishes all workflows and closes all teams. */
	clear(): Promise<void>;
	close(): Promise<void>;
}

export async function openTriggerLab(env: Record<string, string> = {}): Promise<TriggerLab> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-trigger-')));
	const [port = 0] = await freePorts(1);
	const proxy = await startReverseProxy(`http://127.0.0.1:${port}`);
	const end = async (): Promise<void> => {
		await proxy.close();
		await rm(folder, { recursive: true, force: true });
	};
	const n8n = await startN8n({
		install: await installN8n({ folder: join(root, 'e2e', '.n8n') }),
		userFolder: join(folder, 'n8n'),
		packageTarball: readPrepared().tarball,
		port,
		env: { N8N_WEBHOOK_URL: proxy.url, ...env },
	}).catch(async (error: unknown) => {
		await end();
		throw error;
	});
	const client = new N8nClient(n8n.url);
	await client.login();
	const teams: Team[] = [];
	const flows: Flow[] = [];

	const lab: TriggerLab = {
		client,
		n8n,
		proxy,
		newTeam: async (options) => {
			const sandbox = await startSandbox(options);
			const team = { sandbox, credential: await lab.addCredential(sandbox, sandbox.url) };
			teams.push(team);
			return team;
		},
		addCredential: async ({ apiKey, teamId }, baseUrl) => {
			const { id, name } = await client.credentials.create('MASV account', 'masvApi', { apiKey, teamId, baseUrl });
			return { id, name };
		},
		build: async (team, parameters, options = {}) => {
			const { type = triggerType, name = 'e2e', credential = team.credential } = options;
			const node: WorkflowNode = {
				name: triggerName,
				type,
				typeVersion: 1,
				position: [0, 0],
				parameters,
				credentials: { masvApi: credential },
				webhookId: randomUUID(),
			};
			const workflow = await client.workflows.create({ name, nodes: [node], connections: {} });
			const flow = { team, workflow, url: client.triggers.webhookUrl(node).replace(n8n.url, proxy.url) };
			flows.push(flow);
			return flow;
		},
		start: async (team, parameters, options) => {
			const flow = await lab.build(team, parameters, options);
			await client.triggers.activate(flow.workflow);
			return flow;
		},
		webhookOf: ({ team, url }) => {
			const found = team.sandbox.webhooks().filter((webhook) => webhook.url === url);
			if (found.length !== 1) throw new Error(`MASV has ${found.length} webhooks to ${url}`);
			return found[0] as Webhook;
		},
		deliver: async (webhook, body, changed) =>
			await deliver({ ...webhook, url: webhook.url.replace(proxy.url, n8n.url) }, body, changed),
		executions: async ({ workflow }) => {
			const ids = (await client.executions.listAll(workflow)).map(({ id }) => id);
			return await inOrder(client, ids);
		},
		startedBy: async (flow, action) => {
			const known = new Set((await client.executions.listAll(flow.workflow)).map(({ id }) => id));
			await action();
			const webhook = lab.webhookOf(flow);
			const portal = flow.team.sandbox.portals().find(({ custom_webhooks: attached }) => isAmong(attached, webhook));
			const last = newEvent(portal?.id ?? '', webhook.events[0]);
			const status = await lab.deliver({ ...webhook, method: 'POST' }, last);
			if (status !== 200) throw new Error(`n8n responded with ${status} to the marker event`);
			const ids = (await client.executions.listAll(flow.workflow)).map(({ id }) => id);
			const started = await inOrder(
				client,
				ids.filter((id) => !known.has(id)),
			);
			const others = started.filter((execution) => eventIdOf(execution) !== last.event_id);
			if (others.length === started.length) throw new Error('The marker event did not start an execution');
			return others;
		},
		kill: async () => {
			await n8n.kill();
			proxy.isOpen = false;
		},
		restart: async () => {
			await n8n.restart();
			await client.login();
			proxy.isOpen = true;
		},
		clear: async () => {
			for (const { workflow } of flows.splice(0)) await client.triggers.deactivate(workflow);
			for (const { sandbox } of teams.splice(0)) await sandbox.close();
		},
		close: async () => {
			try {
				await lab.clear();
			} finally {
				await n8n.stop();
				await end();
			}
		},
	};
	return lab;
}

/** The event that the trigger returned; empty if there is none. */
export function eventOf(execution: Execution): Record<string, unknown> {
	return output(execution, triggerName)[0]?.json ?? {};
}

export function eventIdOf(execution: Execution): unknown {
	return eventOf(execution).event_id;
}

/** Everything MASV stores about its portals, except for the time of the last change. */
export function portalsOf({ sandbox }: Team): string[] {
	return sandbox.portals().map((portal) => JSON.stringify({ ...portal, updated_at: '' }));
}

/** IDs of the webhooks currently attached to a portal. */
export function attachedTo({ sandbox }: Team, { id }: Portal): string[] {
	const portal = sandbox.portals().find((candidate) => candidate.id === id);
	return (portal?.custom_webhooks ?? []).map((webhook) => webhook.id);
}

function isAmong(attached: { id: string }[], { id }: Webhook): boolean {
	return attached.some((webhook) => webhook.id === id);
}

/** Fetches executions, oldest first; eight at a time, so as not to overload n8n. */
async function inOrder(client: N8nClient, ids: string[]): Promise<Execution[]> {
	const left = [...ids];
	const found: Execution[] = [];
	const worker = async (): Promise<void> => {
		for (let id = left.pop(); id !== undefined; id = left.pop()) found.push(await client.executions.wait(id));
	};
	await Promise.all(Array.from({ length: 8 }, worker));
	return found.sort((a, b) => Number(a.id) - Number(b.id));
}
