import type { Hashing } from '../hashing';
import { withoutSecrets } from '../packages/shown';
import type { MasvPackage, WebhookEvent } from '../schemas';
import { webhookEventSchema } from '../schemas';

/** Compares in constant time. Two missing secrets are not equal. */
export function isSameSecret(hashing: Hashing, given: unknown, expected: string | undefined): boolean {
	const isSame = hashing.isEqual(typeof given === 'string' ? given : '', expected ?? '');
	return isSame && typeof given === 'string' && expected !== undefined && expected !== '';
}

export interface ReceivedEvent {
	event: WebhookEvent;
	/** Everything MASV sent, unchanged, but without the secrets of the package, should it contain them. */
	sent: object;
}

/** A byte order mark is part of the text, and so no JSON. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

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
	const { object, ...more } = sent as { object: MasvPackage };
	return { event, sent: { ...more, object: withoutSecrets(object) } };
}

/** The same key for all attempts to deliver an event. Without an `event_id`, each package has each event only once. */
export function eventKey(hashing: Hashing, { event_id, event_type, object }: WebhookEvent): string {
	const name = event_id === undefined ? [event_type, object.id] : [event_id];
	return hashing.sha256(JSON.stringify(name)).slice(0, 32);
}

/** MASV does not sign webhooks, so a secret of our own is sent with every event: docs/masv-api.md#webhook-delivery */
export const secretHeader = 'x-masv-secret';
