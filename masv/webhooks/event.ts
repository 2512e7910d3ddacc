import type { Hashing } from '../hashing';
import type { WebhookEvent } from '../schemas';
import { webhookEventSchema } from '../schemas';

/** Compares in constant time. Two missing secrets are not equal. */
export function isSameSecret(hashing: Hashing, given: unknown, expected: string | undefined): boolean {
	const isSame = hashing.isEqual(typeof given === 'string' ? given : '', expected ?? '');
	return isSame && typeof given === 'string' && expected !== undefined && expected !== '';
}

export interface ReceivedEvent {
	event: WebhookEvent;
	/** Everything MASV sent, unchanged, but without the package token in case it is included. */
	sent: object;
}

const utf8 = new TextDecoder();

/** @returns undefined if the body is not an event */
export function parseWebhookEvent(body: Uint8Array): ReceivedEvent | undefined {
	let sent: unknown;
	try {
		sent = JSON.parse(utf8.decode(body));
	} catch {
		return undefined;
	}
	const event = webhookEventSchema.safeParse(sent).data;
	if (event === undefined) return undefined;
	const { object, ...more } = sent as { object: Record<string, unknown> };
	const { access_token: _secret, ...shown } = object;
	return { event, sent: { ...more, object: shown } };
}

/** The same key for all attempts to deliver an event. Without an `event_id`, each package has each event only once. */
export function eventKey(hashing: Hashing, { event_id, event_type, object }: WebhookEvent): string {
	const name = event_id === undefined ? [event_type, object.id] : [event_id];
	return hashing.sha256(JSON.stringify(name)).slice(0, 32);
}

/** MASV does not sign webhooks, so a secret of our own is sent with every event: docs/masv-api.md#webhook-delivery */
export const secretHeader = 'x-masv-secret';
