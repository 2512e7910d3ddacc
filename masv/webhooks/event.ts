import { createHash, timingSafeEqual } from 'node:crypto';
import type { WebhookEvent } from '../schemas';
import { webhookEventSchema } from '../schemas';

/** Compares in constant time. Two that are missing are not the same. */
export function isSameSecret(given: unknown, expected: string | undefined): boolean {
	const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
	const isSame = timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(expected ?? ''));
	return isSame && typeof given === 'string' && expected !== undefined && expected !== '';
}

export interface ReceivedEvent {
	event: WebhookEvent;
	/** All that MASV sent, as it sent it, without the package's token should it ever be in it. */
	sent: object;
}

/** @returns undefined for what is not an event */
export function parseWebhookEvent(body: Buffer): ReceivedEvent | undefined {
	let sent: unknown;
	try {
		sent = JSON.parse(body.toString('utf8'));
	} catch {
		return undefined;
	}
	const event = webhookEventSchema.safeParse(sent).data;
	if (event === undefined) return undefined;
	const { object, ...more } = sent as { object: Record<string, unknown> };
	const { access_token: _secret, ...shown } = object;
	return { event, sent: { ...more, object: shown } };
}

/** One name for all attempts to deliver an event; without `event_id`, one package has each event once. */
export function eventKey({ event_id, event_type, object }: WebhookEvent): string {
	const name = event_id === undefined ? [event_type, object.id] : [event_id];
	return createHash('sha256').update(JSON.stringify(name)).digest('hex').slice(0, 32);
}

/** MASV signs nothing. A secret of our own goes with every event instead, as its users in the field do it. */
export const secretHeader = 'x-masv-secret';
