import { setTimeout as sleep } from 'node:timers/promises';

import type { Webhook } from '../sandbox/start.ts';
import { N8nError } from './n8n/N8nSession.ts';
import { until } from './support/lab.ts';
import { type Flow, openTriggerLab, type TriggerLab } from './support/triggerLab.ts';
import { deliver, newEvent } from './support/webhookEvents.ts';

const eventCount = 500;
/** Pause between two events, so that all of them are sent within five seconds. */
const pauseMs = 10;
/** MASV's number of attempts. Their intervals are not documented. */
const maxAttempts = 5;
const retryDelayMs = 2_000;

let lab: TriggerLab;
let flow: Flow;
let webhook: Webhook;

beforeAll(async () => {
	// By default n8n creates a V8 isolate for each event received by a node other than its own Webhook node, and another
	// for the execution: that would be most of the work here.
	lab = await openTriggerLab({ N8N_EXPRESSION_ENGINE: 'legacy' });
});

beforeEach(async () => {
	const team = await lab.newTeam();
	team.sandbox.seedPortal();
	flow = await lab.start(team, {});
	webhook = lab.webhookOf(flow);
});

afterEach(async () => await lab.clear());

afterAll(async () => {
	await lab?.close();
});

/** An event that is being sent. */
interface Sent {
	id: string;
	/** Response statuses, or errors. */
	attempts: Array<number | string>;
	isDelivered: boolean;
}

/** Sends all events, each until a 2xx response or its last attempt; adds each to `sent` immediately. */
async function sendAll(sent: Sent[]): Promise<void> {
	const portalId = flow.team.sandbox.portals()[0]?.id ?? '';
	const under: Promise<void>[] = [];
	for (let count = 0; count < eventCount; count++) {
		const event = newEvent(portalId);
		const one: Sent = { id: event.event_id, attempts: [], isDelivered: false };
		sent.push(one);
		under.push(sendLikeMasv(event, one));
		await sleep(pauseMs);
	}
	await Promise.all(under);
}

async function sendLikeMasv(event: object, one: Sent): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		const outcome = await deliver(webhook, event).catch((error: unknown) => String(error));
		one.attempts.push(outcome);
		one.isDelivered = typeof outcome === 'number' && outcome >= 200 && outcome < 300;
		if (one.isDelivered || attempt === maxAttempts) return;
		await sleep(retryDelayMs);
		// The first two attempts reach an n8n that is down; the later ones, at MASV, come after minutes or hours.
		while (attempt > 2 && !lab.proxy.isOpen) await sleep(retryDelayMs);
	}
}

interface Counted {
	executions: number;
	successes: number;
}

/** Counts the executions of each event. n8n keeps an execution's input even if n8n was killed before it ended. */
async function countByEvent(sent: Sent[]): Promise<Map<string, Counted>> {
	const counted = new Map<string, Counted>(sent.map(({ id }) => [id, { executions: 0, successes: 0 }]));
	for (const { id, status } of await lab.client.executions.listAll(flow.workflow)) {
		const { raw } = await lab.client.executions.get(id);
		for (const found of new Set(raw.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g))) {
			const of = counted.get(found);
			if (of === undefined) continue;
			of.executions++;
			if (status === 'success') of.successes++;
		}
	}
	return counted;
}

/** The events whose counts are wrong. */
function except(counted: Map<string, Counted>, isRight: (of: Counted, eventId: string) => boolean): unknown[] {
	return [...counted].filter(([eventId, of]) => !isRight(of, eventId));
}

/** Waits until no execution is running. A busy n8n with SQLite rejects these requests too. */
async function untilQuiet(): Promise<void> {
	await until(async () => {
		const summaries = await lab.client.executions.listAll(flow.workflow).catch(undefinedWhenBusy);
		return summaries === undefined || summaries.some(({ status }) => status === 'running') ? undefined : true;
	});
}

function undefinedWhenBusy(error: unknown): undefined {
	if (!(error instanceof N8nError && error.status === 503)) throw error;
}

/** Prints how often each response occurred. */
function report(sent: Sent[]): void {
	const answers = new Map<number | string, number>();
	for (const answer of sent.flatMap(({ attempts }) => attempts)) answers.set(answer, (answers.get(answer) ?? 0) + 1);
	const counts = [...answers].map(([answer, count]) => `${count} x ${answer}`).join(', ');
	process.stderr.write(`${sent.length} events were answered: ${counts}\n`);
}

describe('500 events in five seconds', () => {
	it('start 500 executions', async () => {
		const sent: Sent[] = [];
		await sendAll(sent);
		await untilQuiet();
		report(sent);

		expect(sent).toHaveLength(eventCount);
		expect(sent.filter(({ isDelivered }) => !isDelivered)).toEqual([]);
		expect(await lab.client.executions.listAll(flow.workflow)).toHaveLength(eventCount);
		const counted = await countByEvent(sent);
		expect(except(counted, ({ executions, successes }) => executions === 1 && successes === 1)).toEqual([]);
	});

	it('start one execution each, even if n8n is killed in the middle', async () => {
		const sent: Sent[] = [];
		const sending = sendAll(sent);
		await until(() => (sent.filter(({ isDelivered }) => isDelivered).length >= eventCount / 5 ? true : undefined));
		await lab.kill();
		const answeredBefore = new Set(sent.filter(({ isDelivered }) => isDelivered).map(({ id }) => id));
		expect(answeredBefore.size).toBeLessThan(eventCount);
		await lab.restart();
		await sending;
		await untilQuiet();
		report(sent);

		expect(sent).toHaveLength(eventCount);
		expect(sent.filter(({ isDelivered }) => !isDelivered)).toEqual([]);
		// Some were in flight when n8n was killed.
		expect(sent.some(({ attempts }) => attempts[0] === 502)).toBe(true);
		const counted = await countByEvent(sent);
		expect(
			except(counted, ({ executions, successes }, eventId) =>
				answeredBefore.has(eventId) ? executions === 1 : executions >= 1 && successes >= 1,
			),
		).toEqual([]);
	});
});
