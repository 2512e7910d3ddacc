import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Answer, drain, htmlPage, send, sendCut, sendHalf } from './answer.ts';
import type { Damage, Fault, Faults, Target } from './faults.ts';
import type { Step } from './steps.ts';

/** One request to the API or the storage. */
export interface RecordedRequest {
	plane: 'api' | 'storage';
	/** `undefined` if no route matches. */
	step?: Step;
	method: string;
	/** Path and query as sent. */
	url: string;
	/** Names in lower case. */
	headers: Record<string, string | string[] | undefined>;
	/** Bytes of the body that have been read. */
	bodyBytes: number;
	/** The text of the body; API only. */
	body?: string;
	/** Status of the response; 0 = none was sent. */
	status: number;
	/** Whether a handler has finished with it, even if the response was then lost. */
	handled: boolean;
}

/** A request on its way to a handler. */
export interface Incoming {
	request: IncomingMessage;
	record: RecordedRequest;
	/** Must be called before the body is read: sends `100 Continue` if the client waits for it. */
	acceptBody: () => void;
	/** What happens to the body of a part on its way. */
	damage?: Damage;
}

export interface PlaneOptions {
	plane: 'api' | 'storage';
	host: string;
	port: number;
	/** With it, the server speaks HTTPS. PEM. */
	tls?: { key: string; cert: string };
	/** Gets every request, in the order in which the heads arrive. */
	requests: RecordedRequest[];
	faults: Faults;
	/** Identifies the request from its head alone. */
	identify: (request: IncomingMessage) => Target | undefined;
	/** Executes the request; rejects only if the client has disconnected. */
	handle: (incoming: Incoming) => Promise<Answer>;
}

export interface Plane {
	url: string;
	close: () => Promise<void>;
}

/** An HTTP server on its own port that records every request and applies faults. */
export async function startPlane(options: PlaneOptions): Promise<Plane> {
	const server = options.tls === undefined ? createServer() : createSecureServer(options.tls);
	// Long uploads must not time out, and idle connections must stay open as long as those of a real load balancer.
	server.keepAliveTimeout = 75_000;
	server.headersTimeout = 60_000;
	server.requestTimeout = 0;
	server.timeout = 0;
	server.on('request', (request, response) => void serve(options, request, response, false));
	server.on('checkContinue', (request, response) => void serve(options, request, response, true));
	await listen(server, options.port, options.host);
	const { port } = server.address() as AddressInfo;
	return {
		url: `${options.tls === undefined ? 'http' : 'https'}://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
		close: async () => {
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			server.closeAllConnections();
			await closed;
		},
	};
}

async function listen(server: Server, port: number, host: string): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, host, () => {
			server.off('error', reject);
			resolve();
		});
	});
}

async function serve(
	options: PlaneOptions,
	request: IncomingMessage,
	response: ServerResponse,
	waitsForContinue: boolean,
): Promise<void> {
	const record: RecordedRequest = {
		plane: options.plane,
		method: request.method ?? '',
		url: request.url ?? '',
		headers: { ...request.headers },
		bodyBytes: 0,
		status: 0,
		handled: false,
	};
	options.requests.push(record);
	request.on('error', () => {}); // a client that disconnects is not our error
	response.on('error', () => {});
	const exchange = new Exchange(options, request, response, record, waitsForContinue);
	const target = options.identify(request);
	if (target !== undefined) record.step = target.step;
	const fault = target === undefined ? undefined : options.faults.strike(target);
	try {
		await (fault === undefined ? exchange.answer(await exchange.carryOut()) : strike(fault, exchange));
	} catch {
		// The connection broke, so no response can be sent.
		request.socket.destroy();
	}
}

/** One request and its response. */
class Exchange {
	readonly #options: PlaneOptions;
	readonly #request: IncomingMessage;
	readonly #response: ServerResponse;
	readonly #record: RecordedRequest;
	#waitsForContinue: boolean;

	constructor(
		options: PlaneOptions,
		request: IncomingMessage,
		response: ServerResponse,
		record: RecordedRequest,
		waitsForContinue: boolean,
	) {
		this.#options = options;
		this.#request = request;
		this.#response = response;
		this.#record = record;
		this.#waitsForContinue = waitsForContinue;
	}

	async carryOut(damage?: Damage): Promise<Answer> {
		const acceptBody = () => this.#acceptBody();
		const answer = await this.#options.handle({ request: this.#request, record: this.#record, acceptBody, damage });
		this.#record.handled = true;
		return answer;
	}

	async answer(answer: Answer): Promise<void> {
		if (this.#waitsForContinue) {
			// Rejected before 100 Continue: the client may or may not send the body, so the connection cannot be reused.
			answer = { ...answer, headers: { ...answer.headers, connection: 'close' } };
		} else {
			this.#record.bodyBytes += await drain(this.#request);
		}
		this.#record.status = answer.status;
		await send(this.#response, answer);
	}

	async cut(answer: Answer): Promise<void> {
		this.#record.status = answer.status;
		await sendCut(this.#response, answer);
	}

	async half(answer: Answer): Promise<void> {
		this.#record.status = answer.status;
		await sendHalf(this.#response, answer);
	}

	ignoreRange(): void {
		delete this.#request.headers.range;
	}

	close(): void {
		this.#request.socket.destroy();
	}

	reset(): void {
		const { socket } = this.#request;
		// Node cannot reset a connection with TLS. One that ends without TLS's own end looks the same to the other side.
		if (socket instanceof TLSSocket) socket.destroy();
		else socket.resetAndDestroy();
	}

	/**
	 * Resets the connection once half of the announced body has arrived; without a Content-Length, after its first bytes.
	 */
	resetMidBody(): void {
		this.#acceptBody();
		const half = Math.max(1, Math.floor(Number(this.#request.headers['content-length'] ?? 0) / 2));
		this.#request.on('data', (chunk: Buffer) => {
			this.#record.bodyBytes += chunk.length;
			if (this.#record.bodyBytes >= half) this.reset();
		});
		this.#request.once('end', () => this.reset());
	}

	#acceptBody(): void {
		if (this.#waitsForContinue) this.#response.writeContinue();
		this.#waitsForContinue = false;
	}
}

async function strike(fault: Fault, exchange: Exchange): Promise<void> {
	switch (fault.kind) {
		case 'status':
			return await exchange.answer(toAnswer(fault, 500, JSON.stringify({ code: fault.status, message: 'injected' })));
		case 'html':
			return await exchange.answer(htmlAnswer(fault));
		case 'emptyOk':
			return await exchange.answer({ status: 200 });
		case 'wrongJson':
			return await exchange.answer({
				status: 200,
				headers: { 'content-type': 'application/json' },
				body: fault.body ?? '{"unexpected":[{"shape":true}]}',
			});
		case 'refuse':
			return exchange.close();
		case 'resetBeforeBody':
			return exchange.reset();
		case 'resetMidBody':
			return exchange.resetMidBody();
		case 'resetAfterBody':
			await exchange.carryOut();
			return exchange.reset();
		case 'lostAnswerStatus':
			await exchange.carryOut();
			return await exchange.answer(htmlAnswer(fault));
		case 'cutAnswer':
			return await exchange.cut(await exchange.carryOut());
		case 'hang':
			return;
		case 'hangAfterBody':
			await exchange.carryOut();
			return;
		case 'damage':
			return await exchange.answer(await exchange.carryOut(fault.damage ?? 'flip'));
		case 'alterAnswer': {
			const answer = await exchange.carryOut();
			const headers = { ...answer.headers, ...fault.headers };
			return await exchange.answer({ ...answer, status: fault.status ?? answer.status, headers });
		}
		case 'stallAnswer':
			return await exchange.half(await exchange.carryOut());
		case 'ignoreRange':
			exchange.ignoreRange();
			return await exchange.answer(await exchange.carryOut());
	}
}

function htmlAnswer(fault: Fault): Answer {
	return toAnswer({ contentType: 'text/html; charset=utf-8', ...fault }, 502, htmlPage(fault.status ?? 502));
}

function toAnswer(fault: Fault, defaultStatus: number, defaultBody: string): Answer {
	return {
		status: fault.status ?? defaultStatus,
		headers: { 'content-type': fault.contentType ?? 'application/json', ...fault.headers },
		body: fault.body ?? defaultBody,
	};
}
