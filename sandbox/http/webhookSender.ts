import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebhookEvent, Webhooks } from '../model/events.ts';
import { isoDate, type Package, type State, type Webhook } from '../model/state.ts';

/** One event for one webhook, with all attempts made so far. */
export interface Delivery {
	webhookId: string;
	url: string;
	method: 'POST' | 'PUT';
	eventId: string;
	eventType: WebhookEvent;
	body: Record<string, unknown>;
	/** The status of each response, or the error message. */
	attempts: (number | string)[];
	delivered: boolean;
}

/** "Each event is attempted up to 5 times" (MASV docs, Webhooks; docs/masv-api.md#webhook-delivery). */
const maxAttempts = 5;
/** Not documented. */
const timeoutMs = 10_000;

/** Sends events to the webhooks attached to portals. */
export class WebhookSender implements Webhooks {
	readonly deliveries: Delivery[] = [];
	readonly #retryDelaysMs: number[];
	readonly #now: () => number;
	readonly #pending = new Set<Promise<void>>();
	readonly #closing = new AbortController();

	constructor(retryDelaysMs: number[], now: () => number) {
		this.#retryDelaysMs = retryDelaysMs;
		this.#now = now;
	}

	announce(state: State, about: Package, type: WebhookEvent): void {
		const attached = state.portals.get(about.portal_id ?? '')?.custom_webhooks ?? [];
		const eventId = randomUUID();
		for (const { id } of attached) {
			const webhook = state.webhooks.get(id);
			if (webhook === undefined || !webhook.active || !webhook.events.includes(type)) continue;
			const body = toBody(webhook, about, type, eventId, isoDate(this.#now()));
			const task: Promise<void> = this.#deliver(webhook, type, eventId, body).finally(() => this.#pending.delete(task));
			this.#pending.add(task);
		}
	}

	/** Resolves once no delivery is in progress or waiting for its next attempt. */
	async settled(): Promise<void> {
		while (this.#pending.size > 0) await Promise.all(this.#pending);
	}

	/** Aborts the deliveries in progress. */
	async close(): Promise<void> {
		this.#closing.abort();
		await this.settled();
	}

	async #deliver(
		webhook: Webhook,
		eventType: WebhookEvent,
		eventId: string,
		body: Record<string, unknown>,
	): Promise<void> {
		const { id: webhookId, url, method } = webhook;
		const delivery: Delivery = { webhookId, url, method, eventId, eventType, body, attempts: [], delivered: false };
		this.deliveries.push(delivery);
		for (let attempt = 0; attempt < maxAttempts; attempt++) {
			if (attempt > 0) await this.#pause(this.#retryDelaysMs[attempt - 1] ?? this.#retryDelaysMs.at(-1) ?? 0);
			if (this.#closing.signal.aborted) return;
			const outcome = await this.#attempt(webhook, body);
			delivery.attempts.push(outcome);
			// Both known receivers assume that any 2xx counts as success (docs/masv-api.md#webhook-delivery).
			delivery.delivered = typeof outcome === 'number' && outcome >= 200 && outcome < 300;
			if (delivery.delivered) return;
		}
	}

	async #attempt({ url, method, headers }: Webhook, body: Record<string, unknown>): Promise<number | string> {
		try {
			const response = await fetch(url, {
				method,
				headers: { ...headers, 'content-type': 'application/json' },
				body: JSON.stringify(body),
				redirect: 'manual',
				signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]),
			});
			await response.body?.cancel();
			return response.status;
		} catch (error) {
			return error instanceof Error ? error.message : String(error);
		}
	}

	async #pause(ms: number): Promise<void> {
		await sleep(ms, undefined, { signal: this.#closing.signal }).catch(() => {});
	}
}

/**
 * The payload as three known consumers read it (docs/masv-api.md#webhook-events): no token, no download URL. The keys
 * of the event take precedence over `body_extras`.
 */
function toBody(
	webhook: Webhook,
	about: Package,
	type: WebhookEvent,
	eventId: string,
	eventTime: string,
): Record<string, unknown> {
	return {
		...webhook.body_extras,
		event_id: eventId,
		event_time: eventTime,
		event_type: type,
		object: {
			id: about.id,
			name: about.name,
			portal_id: about.portal_id,
			sender: about.sender,
			state: about.state,
			total_files: about.total_files,
			type: 'package',
		},
	};
}
