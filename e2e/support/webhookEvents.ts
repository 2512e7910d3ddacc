import { randomUUID } from 'node:crypto';

import type { Webhook } from '../../sandbox/start.ts';

/** An event as MASV sends it to a webhook. */
export interface MasvEvent {
	event_id: string;
	event_time: string;
	event_type: string;
	object: { id: string; portal_id: string; [field: string]: unknown };
}

/** Creates an event with new IDs. */
export function newEvent(portalId: string, type = 'package.finalized'): MasvEvent {
	const id = randomUUID().replaceAll('-', '').slice(0, 26).toUpperCase();
	return {
		event_id: randomUUID(),
		event_time: new Date().toISOString(),
		event_type: type,
		object: {
			id,
			name: 'By hand',
			portal_id: portalId,
			sender: 'sender@example.com',
			state: 'finalized',
			total_files: 1,
			type: 'package',
		},
	};
}

export interface Changed {
	method?: 'POST' | 'PUT';
	/** Default: the webhook's headers. */
	headers?: Record<string, string>;
}

/**
 * Sends one event as MASV would for this webhook, or with some changes.
 * @param body text, bytes and streams are sent unchanged, everything else as JSON
 * @returns the response status
 */
export async function deliver(
	webhook: Pick<Webhook, 'url' | 'method' | 'headers'>,
	body: unknown,
	{ method = webhook.method, headers = webhook.headers }: Changed = {},
): Promise<number> {
	const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
	const response = await fetch(webhook.url, {
		method,
		headers: { 'content-type': 'application/json', ...headers },
		body: isRaw ? (body as string) : JSON.stringify(body),
		duplex: 'half',
	});
	await response.arrayBuffer();
	return response.status;
}
