import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A response of either server. `body` is sent with its exact length. */
export interface Answer {
	status: number;
	headers?: Record<string, string>;
	body?: string | Buffer | StreamedBody;
}

interface StreamedBody {
	bytes: number;
	open(): Readable;
}

/**
 * An HTML page as a proxy in front of the API would send it; the API itself answers JSON
 * (docs/masv-api.md#error-bodies).
 */
export function htmlPage(status: number): string {
	return `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>${status} Bad Gateway</h1></body></html>`;
}

/** Sends a complete response. Rejects only if the connection breaks. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
	const body = answer.body ?? '';
	if (typeof body === 'string' || Buffer.isBuffer(body)) {
		writeHead(response, answer, Buffer.byteLength(body));
		response.end(body);
		return;
	}
	writeHead(response, answer, body.bytes);
	if (response.req.method === 'HEAD') response.end();
	else await pipeline(body.open(), response);
}

/**
 * Sends a truncated response: half of the body, or a head announcing a body that never comes. A 204 cannot announce a
 * body, so it is cut off inside its status line.
 */
export async function sendCut(response: ServerResponse, answer: Answer): Promise<void> {
	const { socket } = response.req;
	if (answer.status === 204) {
		socket.write('HTTP/1.1 204 No Con');
		socket.destroySoon();
		return;
	}
	const body = await wholeBody(answer);
	writeHead(response, answer, body.length === 0 ? 64 : body.length);
	response.flushHeaders();
	if (body.length > 0) response.write(body.subarray(0, Math.floor(body.length / 2)));
	socket.destroySoon();
}

/** Sends the head and half of the body, and then nothing. */
export async function sendHalf(response: ServerResponse, answer: Answer): Promise<void> {
	const body = await wholeBody(answer);
	writeHead(response, answer, body.length);
	response.flushHeaders();
	response.write(body.subarray(0, Math.floor(body.length / 2)));
}

/** Reads and discards the rest of a request body, so that the connection can be reused. Returns the bytes discarded. */
export async function drain(request: IncomingMessage): Promise<number> {
	let bytes = 0;
	if (request.readableEnded || request.destroyed) return bytes;
	await new Promise<void>((resolve) => {
		request.on('data', (chunk: Buffer) => (bytes += chunk.length));
		request.once('end', resolve).once('close', resolve).once('error', resolve);
	});
	return bytes;
}

function writeHead(response: ServerResponse, answer: Answer, bodyBytes: number): void {
	// A 204 must not have a Content-Length (RFC 9110, 8.6).
	const length = answer.status === 204 ? {} : { 'content-length': String(bodyBytes) };
	response.writeHead(answer.status, { server: 'masv-sandbox', ...length, ...answer.headers });
}

async function wholeBody(answer: Answer): Promise<Buffer> {
	const body = answer.body ?? '';
	if (typeof body === 'string') return Buffer.from(body);
	if (Buffer.isBuffer(body)) return body;
	const chunks: Buffer[] = [];
	for await (const chunk of body.open()) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}
