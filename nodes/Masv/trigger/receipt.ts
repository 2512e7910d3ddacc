import type { IncomingMessage, ServerResponse } from 'node:http';

import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { WebhookEvent } from '../../../masv/schemas';
import type { EventMemory } from '../../../masv/webhooks/eventMemory';
import { eventKey, isSameSecret, parseWebhookEvent, secretHeader } from '../../../masv/webhooks/event';
import { webhookSecret } from '../../../masv/webhooks/subscription';
import { connectTrigger } from '../connect';
import { platform } from '../platform';
import { eventMemoryOf } from './eventMemory';
import { isTest, readEvents, readPortalIds, urlOf } from './fields';
import { readSubscription } from './state';

/** Events are smaller than a kilobyte. */
const maxEventBytes = 1024 * 1024;

/**
 * Handles one delivery. Nothing in it is read until its secret proves that MASV sent it. MASV retries after an error
 * status, so one is returned only if another attempt may succeed, or for requests that MASV would never send.
 */
export async function receive(n8n: IWebhookFunctions): Promise<IWebhookResponseData> {
	const isWanted = readFilter(n8n);
	if (!(await isFromMasv(n8n))) return reject(n8n, 401, 'Not a MASV webhook, or one with another API key');
	const body = await readBody(n8n);
	if (typeof body === 'string') return reject(n8n, 400, body);
	const received = parseWebhookEvent(body);
	if (received === undefined) return reject(n8n, 400, 'The body is not a MASV event in JSON');
	const { event, sent } = received;
	if (!isWanted(event)) return { webhookResponse: { message: 'Event ignored: not subscribed' } };
	// While listening for a test event, repeated events are accepted.
	if (!isTest(n8n)) {
		const memory = eventMemoryOf(n8n);
		const key = eventKey(platform.hashing, event);
		const claim = await memory.claim(key);
		if (claim === 'known') return { webhookResponse: { message: 'Event ignored: already received' } };
		if (claim === 'undecided') return reject(n8n, 503, 'n8n is still processing another delivery of this event');
		rememberOnSuccess(responseOf(n8n), memory, key);
	}
	return { workflowData: [[{ json: sent as IDataObject }]] };
}

/** Whether a delivery has the secret that is stored or, because that may be lost or out of date, the one that activation computes. */
async function isFromMasv(n8n: IWebhookFunctions): Promise<boolean> {
	const sent = n8n.getHeaderData()[secretHeader];
	if (sent === undefined || sent === '') return false;
	const stored = readSubscription(n8n, isTest(n8n))?.secret;
	return isSameSecret(platform.hashing, sent, stored) || isSameSecret(platform.hashing, sent, await deriveSecret(n8n));
}

/** @returns undefined without a valid credential: every delivery is rejected then */
async function deriveSecret(n8n: IWebhookFunctions): Promise<string | undefined> {
	try {
		return webhookSecret(await connectTrigger(n8n), urlOf(n8n));
	} catch {
		return undefined;
	}
}

/** Which events the node's fields select. */
function readFilter(n8n: IWebhookFunctions): (event: WebhookEvent) => boolean {
	const events = readEvents(n8n);
	const portalIds = readPortalIds(n8n);
	return ({ event_type: type, object: { portal_id: portalId } }) =>
		events.includes(type) &&
		// The webhook is attached to these portals only, so an event without a portal came through one of them.
		(portalIds === undefined || portalId === undefined || portalIds.includes(portalId));
}

/**
 * n8n responds once the execution has started. Only then is the event remembered: if n8n stops before that, MASV gets
 * no response and sends the event again. It only matters that n8n responds, not whether the sender still receives the
 * response, so this does not wait for any event of the response.
 */
function rememberOnSuccess(response: ServerResponse, memory: EventMemory, key: string): void {
	const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
	response.end = (...args: unknown[]) => {
		response.end = end as typeof response.end;
		if (response.statusCode < 300) memory.keep(key);
		else memory.release(key);
		return end(...args);
	};
}

/**
 * n8n's types refer to a package that users of this one may not have installed; this part of it is Node's own type.
 */
function responseOf(n8n: IWebhookFunctions): ServerResponse {
	const response: unknown = n8n.getResponseObject();
	return response as ServerResponse;
}

function reject(n8n: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	responseOf(n8n).writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
	return { noWebhookResponse: true };
}

/**
 * The raw body. n8n has not read it (see the hidden field of the trigger); versions that read it anyway keep a copy.
 * @returns an error message if it cannot be an event
 */
async function readBody(n8n: IWebhookFunctions): Promise<Buffer | string> {
	const request = n8n.getRequestObject() as IncomingMessage & { rawBody?: Buffer };
	const tooLong = `The event is larger than ${maxEventBytes} bytes`;
	if (request.rawBody !== undefined) return request.rawBody.length > maxEventBytes ? tooLong : request.rawBody;
	if (request.readableEnded) return Buffer.from(JSON.stringify(n8n.getBodyData()));
	return await new Promise((resolve) => {
		const pieces: Buffer[] = [];
		let bytes = 0;
		// An oversized body is read to the end and discarded: if the connection were closed early, the sender would not see
		// the response.
		request.on('data', (piece: Buffer) => {
			bytes += piece.length;
			if (bytes > maxEventBytes) resolve(tooLong);
			else pieces.push(piece);
		});
		request.once('end', () => resolve(Buffer.concat(pieces)));
		// A sender that disconnects will send the event again. Throwing here would start an execution that fails.
		const interrupted = (): void => resolve('The connection closed before the event was complete');
		request.once('error', interrupted).once('close', interrupted);
		if (request.destroyed) interrupted();
	});
}
