import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { MasvConnectionError, MasvError, throwIfCancelled } from '../errors';
import { sharedDispatcher } from './dispatcher';
import { toConnectionError } from './connectionTrouble';
import type { TransportRequest, ResponseHeaders, TransportResponse, Transport } from '../transport';

/** @param dispatcher default: the one that the process shares */
export function createTransport(dispatcher?: Dispatcher): Transport {
	return async (request) => {
		const { signal } = request;
		throwIfCancelled(signal);
		const exchange = new Exchange(request);
		if (signal !== undefined) enter(signal, exchange);
		try {
			exchange.begin(dispatcher ?? sharedDispatcher());
			return await exchange.response;
		} catch (error) {
			throwIfCancelled(signal);
			throw error instanceof MasvError ? error : toConnectionError(error, request, exchange.status);
		} finally {
			if (signal !== undefined) leave(signal, exchange);
		}
	};
}

interface UnderWay {
	exchanges: Set<Exchange>;
	stop: () => void;
}

const underWay = new WeakMap<AbortSignal, UnderWay>();

/** The signal ends the exchange. It is listened to once for all of its own: thousands may share one. */
function enter(signal: AbortSignal, exchange: Exchange): void {
	const known = underWay.get(signal);
	if (known !== undefined) return void known.exchanges.add(exchange);
	const exchanges = new Set([exchange]);
	const stop = (): void => {
		for (const each of exchanges) each.fail(signal.reason);
	};
	underWay.set(signal, { exchanges, stop });
	signal.addEventListener('abort', stop);
}

function leave(signal: AbortSignal, exchange: Exchange): void {
	const known = underWay.get(signal);
	if (known === undefined) return;
	known.exchanges.delete(exchange);
	if (known.exchanges.size > 0) return;
	// Node keeps a signal that is made of others for as long as somebody listens to it.
	signal.removeEventListener('abort', known.stop);
	underWay.delete(signal);
}

const utf8 = new TextDecoder();

/**
 * One request and its answer, as undici's dispatchers tell of it. undici's own `request` gives each answer as a stream,
 * and ours are short texts: a small file costs five of them, and much of its time went into those streams.
 */
class Exchange implements Dispatcher.DispatchHandler {
	/** Of the answer, once it has begun. */
	status: number | undefined;
	readonly response: Promise<TransportResponse>;

	readonly #request: TransportRequest;
	#controller: Dispatcher.DispatchController | undefined;
	#headers: ResponseHeaders = {};
	readonly #pieces: Uint8Array[] = [];
	#bytes = 0;
	#resolve!: (response: TransportResponse) => void;
	#reject!: (reason: unknown) => void;

	constructor(request: TransportRequest) {
		this.#request = request;
		this.response = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	begin(dispatcher: Dispatcher): void {
		const { url, method, headers, body } = this.#request;
		const { origin, path } = splitUrl(url);
		// undici takes any async iterable; its types name Node's Readable only.
		const sent = (body ?? null) as string | Uint8Array | Readable | null;
		dispatcher.dispatch({ origin, path, method, headers, body: sent }, this);
	}

	/** Also when it still waits for a connection: then it is ended as soon as it would begin. */
	fail(reason: unknown): void {
		this.#controller?.abort(reason as Error);
		this.#reject(reason);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		const { signal } = this.#request;
		if (signal?.aborted === true) controller.abort(signal.reason as Error);
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
		// Announcements such as 103 come before the answer itself.
		if (status < 200) return;
		this.status = status;
		this.#headers = headers;
	}

	onResponseData(_controller: Dispatcher.DispatchController, piece: Uint8Array): void {
		const { operation, maxResponseBytes } = this.#request;
		this.#bytes += piece.length;
		this.#pieces.push(piece);
		if (this.#bytes <= maxResponseBytes) return;
		const message = `Could not ${operation}. The answer is longer than ${maxResponseBytes} bytes and was not read to its end`;
		this.fail(new MasvConnectionError(message, { code: 'response_too_long', transient: false }));
	}

	onResponseEnd(): void {
		const whole = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
		this.#resolve({ status: this.status ?? 0, headers: this.#headers, text: utf8.decode(whole) });
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.#reject(error);
	}
}

/**
 * Almost every URL can be cut in two as it is, at a fraction of what reading it whole takes. Those with anything in them that
 * `URL` would write in another way are left to it. @throws ERR_INVALID_URL
 */
function splitUrl(url: string): { origin: string; path: string } {
	const plain = /^(https?:\/\/[a-z0-9.:-]+)(?!.*\/(?:\.|%2e))(\/[\w\-.~!$&()*+,;=:@%/?]*)$/i.exec(url);
	if (plain !== null) return { origin: plain[1] as string, path: plain[2] as string };
	const { origin, pathname, search } = new URL(url);
	return { origin, path: pathname + search };
}
