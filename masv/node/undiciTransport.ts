import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { errors } from 'undici';
import { MasvConnectionError, MasvError, throwIfCancelled } from '../errors';
import { sharedDispatcher } from './dispatcher';
import type { AnswerPace } from './answerPace';
import type { AnswerWait } from './answerWait';
import { createWait } from './answerWait';
import { toConnectionError } from './connectionFailure';
import { splitUrl } from './splitUrl';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';
import type { TransportRequest, ResponseHeaders, TransportResponse, Transport } from '../transport';

/**
 * @param dispatcher default: the dispatcher shared by the process
 * @param timer for the answers to parts; everything else is timed by the dispatcher
 */
export function createTransport(dispatcher?: Dispatcher, timer: Timer = systemTimer): Transport {
	const paces = new Map<string, AnswerPace>();
	return async (request) => {
		const { signal } = request;
		throwIfCancelled(signal);
		const exchange = new Exchange(request);
		if (signal !== undefined) track(signal, exchange);
		try {
			exchange.dispatch(dispatcher ?? sharedDispatcher(), paces, timer);
			return await exchange.response;
		} catch (error) {
			throwIfCancelled(signal);
			throw error instanceof MasvError ? error : toConnectionError(error, request, exchange.status);
		} finally {
			exchange.end();
			if (signal !== undefined) untrack(signal, exchange);
		}
	};
}

interface ActiveExchanges {
	exchanges: Set<Exchange>;
	stop: () => void;
}

const activeBySignal = new WeakMap<AbortSignal, ActiveExchanges>();

/** Cancels the exchange on abort. One listener per signal, because thousands of requests may share a signal. */
function track(signal: AbortSignal, exchange: Exchange): void {
	const active = activeBySignal.get(signal);
	if (active !== undefined) return void active.exchanges.add(exchange);
	const exchanges = new Set([exchange]);
	const stop = (): void => {
		for (const each of exchanges) each.fail(signal.reason);
	};
	activeBySignal.set(signal, { exchanges, stop });
	signal.addEventListener('abort', stop);
}

function untrack(signal: AbortSignal, exchange: Exchange): void {
	const active = activeBySignal.get(signal);
	if (active === undefined) return;
	active.exchanges.delete(exchange);
	if (active.exchanges.size > 0) return;
	// Node keeps a signal created by AbortSignal.any() in memory while it has listeners.
	signal.removeEventListener('abort', active.stop);
	activeBySignal.delete(signal);
}

const utf8 = new TextDecoder();

/**
 * One request and its response. undici's own `request` creates a stream for each response, which is slow for the short
 * responses of MASV, five of them per small file.
 */
class Exchange implements Dispatcher.DispatchHandler {
	/** Undefined until the response has started. */
	status: number | undefined;
	readonly response: Promise<TransportResponse>;

	readonly #request: TransportRequest;
	#controller: Dispatcher.DispatchController | undefined;
	#headers: ResponseHeaders = {};
	readonly #pieces: Uint8Array[] = [];
	#bytes = 0;
	#wait: AnswerWait | undefined;
	#resolve!: (response: TransportResponse) => void;
	#reject!: (reason: unknown) => void;

	constructor(request: TransportRequest) {
		this.#request = request;
		this.response = new Promise((resolve, reject) => {
			this.#resolve = resolve;
			this.#reject = reject;
		});
	}

	dispatch(dispatcher: Dispatcher, paces: Map<string, AnswerPace>, timer: Timer): void {
		const { url, method, headers, body } = this.#request;
		const { origin, path } = splitUrl(url);
		// undici accepts any async iterable, but its types list only Node's Readable.
		const sent = (body ?? null) as string | Uint8Array | Readable | null;
		this.#wait = createWait(origin, this.#request, paces, timer, () => this.fail(new errors.HeadersTimeoutError()));
		const limits = this.#wait === undefined ? undefined : { headersTimeout: 0 };
		dispatcher.dispatch({ origin, path, method, headers, body: sent, ...limits }, this);
	}

	/** Stops what is still timed. */
	end(): void {
		this.#wait?.stop();
	}

	/** A request still waiting for a connection is aborted as soon as it gets one. */
	fail(reason: unknown): void {
		this.#controller?.abort(reason as Error);
		this.#reject(reason);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		const { signal } = this.#request;
		if (signal?.aborted === true) controller.abort(signal.reason as Error);
	}

	/** All of the body has been handed over. */
	onRequestSent(): void {
		if (this.status === undefined) this.#wait?.start();
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
		// Informational responses such as 103 precede the final response.
		if (status < 200) return;
		this.#wait?.answered(status < 300);
		this.status = status;
		this.#headers = headers;
	}

	onResponseData(_controller: Dispatcher.DispatchController, piece: Uint8Array): void {
		const { operation, maxResponseBytes } = this.#request;
		this.#bytes += piece.length;
		this.#pieces.push(piece);
		if (this.#bytes <= maxResponseBytes) return;
		const message = `Could not ${operation}. The response exceeds the limit of ${maxResponseBytes} bytes`;
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
