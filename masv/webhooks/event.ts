import type { Hashing } from '../hashing';
import type { WebhookEvent } from '../schemas';
import { webhookEventSchema } from '../schemas';

/** Compares in constant time. Two that are missing are not the same. */
export function isSameSecret(hashing: Hashing, given: unknown, expected: string | undefined): boolean {
	const isSame = hashing.isEqual(typeof given === 'string' ? given : '', expected ?? '');
	return isSame && typeof given === 'string' && expected !== undefined && expected !== '';
}

export interface ReceivedEvent {
	event: WebhookEvent;
	/** All that MASV sent, as it sent it, without the package's token should it ever be in it. */
	sent: object;
}

const utf8 = new TextDecoder();

/** @returns undefined for what is not an event */
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

/** One name for all attempts to deliver an event; without `event_id`, one package has each event once. */
export function eventKey(hashing: Hashing, { event_id, event_type, object }: WebhookEvent): string {
	const name = event_id === undefined ? [event_type, object.id] : [event_id];
	return hashing.sha256(JSON.stringify(name)).slice(0, 32);
}

/** MASV signs nothing. A secret of our own goes with every event instead, as its users in the field do it. */
export const secretHeader = 'x-masv-secret';
