import { randomUUID } from 'node:crypto';

import { type Sandbox, startSandbox, type Webhook } from '../../sandbox/start.ts';
import { type Cluster, openCluster } from '../cluster/openCluster.ts';
import type { Workflow, WorkflowNode } from '../n8n/workflows.ts';
import { until } from '../support/lab.ts';
import { deliver, type MasvEvent, newEvent } from '../support/webhookEvents.ts';

const eventCount = 500;
/** Deliveries of the same event at the same moment; MASV makes up to five, one after another. */
const copies = 5;
/** Events under way at the same moment. */
const parallelEvents = 8;
const rounds = Number(process.env.QUEUE_ROUNDS ?? 1);

let cluster: Cluster;
let sandbox: Sandbox;
let workflow: Workflow;
let webhook: Webhook;

beforeAll(async () => {
	cluster = await openCluster({
		workers: 1,
		webhookProcessors: 2,
		log: (line) => process.stderr.write(`${line}\n`),
		// By default, n8n creates a V8 isolate for each event, which would be most of the work here.
		env: { N8N_EXPRESSION_ENGINE: 'legacy' },
	});
	sandbox = await startSandbox();
	sandbox.seedPortal();
	const { apiKey, teamId, url } = sandbox;
	const masvApi = await cluster.client.credentials.create('MASV account', 'masvApi', { apiKey, teamId, baseUrl: url });
	const node: WorkflowNode = {
		name: 'When a Package Comes',
		type: 'n8n-nodes-masv.masvTrigger',
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		credentials: { masvApi },
		webhookId: randomUUID(),
	};
	workflow = await cluster.client.workflows.create({ name: 'trigger', nodes: [node], connections: {} });
	await cluster.client.triggers.activate(workflow);
	webhook = sandbox.webhooks()[0] as Webhook;
});

afterAll(async () => {
	await cluster?.close();
	await sandbox?.close();
});

/** The webhook of MASV, at one of the webhook processors. */
function at(processor: number): Webhook {
	const { proxy } = cluster.webhookProcessors[
		processor % cluster.webhookProcessors.length
	] as Cluster['webhookProcessors'][0];
	return { ...webhook, url: webhook.url.replace(cluster.main.url, proxy.url) };
}

/** As a load balancer: to the processors in turn, and to the next one if one does not respond. @param onLost called then */
async function balance(turn: number, event: MasvEvent, onLost: () => void): Promise<number> {
	const status = await deliver(at(turn), event);
	if (status !== 502) return status;
	onLost();
	return await deliver(at(turn + 1), event);
}

/** Calls `work` for each number below `count`, some at the same moment. */
async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
	let next = 0;
	const run = async (): Promise<void> => {
		while (next < count) await work(next++);
	};
	await Promise.all(Array.from({ length: parallelEvents }, run));
}

/** The events that executions which have ended name, by the ID of the execution. */
const eventsByExecution = new Map<string, string[]>();

/** How many executions each event has started, when all of them have ended. What n8n has not listed after a minute does not exist. */
async function countByEvent(eventIds: string[]): Promise<Map<string, number>> {
	const counts = new Map(eventIds.map((id) => [id, 0]));
	const listEnded = async () => {
		const all = await cluster.client.executions.listAll(workflow);
		return all.some(({ status }) => ['new', 'running', 'waiting'].includes(status)) ? undefined : all;
	};
	// A slow machine needs minutes for what waits in the queue.
	await until(listEnded, 5 * 60_000);
	await until(async () => {
		const all = await listEnded();
		if (all === undefined) return undefined;
		const unread = all.filter(({ id }) => !eventsByExecution.has(id));
		await inParallel(unread.length, async (index) => {
			const { id = '' } = unread[index] ?? {};
			const { raw } = await cluster.client.executions.get(id);
			const named = new Set(raw.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g));
			const known = eventIds.filter((each) => named.has(each));
			if (known.length > 0) eventsByExecution.set(id, known);
		});
		for (const id of eventIds) counts.set(id, 0);
		for (const id of [...eventsByExecution.values()].flat()) {
			if (counts.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
		}
		return [...counts.values()].includes(0) ? undefined : true;
	}).catch(() => undefined);
	return counts;
}

const portalId = (): string => sandbox.portals()[0]?.id ?? '';

describe('the webhook trigger with two webhook processors', () => {
	it.each(Array.from({ length: rounds }, (_, index) => index + 1))(
		`starts ${eventCount} executions for ${eventCount} events that are each delivered ${copies} times at once (round %s)`,
		async () => {
			const ids: string[] = [];
			const statuses = new Map<number, number>();
			await inParallel(eventCount, async () => {
				const event = newEvent(portalId());
				ids.push(event.event_id);
				const answers = await Promise.all(
					Array.from({ length: copies }, async (_, copy) => await deliver(at(copy), event)),
				);
				for (const status of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
			});
			process.stderr.write(`responses: ${JSON.stringify([...statuses])}\n`);
			const counts = await countByEvent(ids);
			expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
			expect([...statuses.keys()]).toEqual([200]);
		},
	);

	it('loses no event and doubles at most those in flight when one of them is killed', async () => {
		const ids: string[] = [];
		/** What the killed one may have been working on: it did not respond, or the other one waits for it. */
		const inFlight = new Set<string>();
		let done = 0;
		let killing: Promise<void> | undefined;
		await inParallel(eventCount, async (index) => {
			const event = newEvent(portalId());
			ids.push(event.event_id);
			for (let attempt = 1; ; attempt++) {
				const status = await balance(index + attempt, event, () => inFlight.add(event.event_id));
				if (status === 200) break;
				inFlight.add(event.event_id);
				// An event that the killed one was working on is taken by the other one after half a minute.
				if (attempt === 10) throw new Error(`Event ${index} was not taken: ${status}`);
			}
			done++;
			if (done === Math.floor(eventCount / 3)) killing = cluster.webhookProcessors[0]?.n8n.kill();
		});
		await killing;
		const counts = await countByEvent(ids);
		const doubled = [...counts].filter(([, count]) => count > 1);
		process.stderr.write(
			`${inFlight.size} events did not get through at once, ${doubled.length} of them started twice\n`,
		);
		expect([...counts].filter(([, count]) => count === 0)).toEqual([]);
		expect(doubled.filter(([id]) => !inFlight.has(id))).toEqual([]);
		expect(inFlight.size).toBeGreaterThan(0);
	});
});
