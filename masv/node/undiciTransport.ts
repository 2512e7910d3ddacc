import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { errors } from 'undici';
import { MasvConnectionError, MasvError, throwIfCancelled } from '../errors';
import type { AnswerPace } from './answerPace';
import type { AnswerWait } from './answerWait';
import { createWait } from './answerWait';
import { toConnectionError } from './connectionFailure';
import { splitUrl } from './splitUrl';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';
import { stopOnAbort } from './stopOnAbort';
import type { TransportRequest, ResponseHeaders, TransportResponse, Transport } from '../transport';

/** @param timer for the answers to parts; everything else is timed by the dispatcher */
export function createTransport(dispatcher: Dispatcher, timer: Timer = systemTimer): Transport {
	const paces = new Map<string, AnswerPace>();
	return async (request) => {
		const { signal } = request;
		throwIfCancelled(signal);
		const exchange = new Exchange(request);
		const ended = stopOnAbort(signal, exchange);
		try {
			exchange.dispatch(dispatcher, paces, timer);
			return await exchange.response;
		} catch (error) {
			throwIfCancelled(signal);
			throw error instanceof MasvError ? error : toConnectionError(error, request, exchange.status);
		} finally {
			exchange.end();
			ended();
		}
	};
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
	#isTaken = false;
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
		try {
			this.#isTaken = this.#request.content?.takes({ status, headers }) ?? false;
		} catch (error) {
			this.fail(error);
		}
	}

	onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
		if (this.#isTaken) return this.#handOver(controller, piece);
		const { operation, maxResponseBytes } = this.#request;
		this.#bytes += piece.length;
		this.#pieces.push(piece);
		if (this.#bytes <= maxResponseBytes) return;
		const message = `Could not ${operation}. The response exceeds the limit of ${maxResponseBytes} bytes`;
		this.fail(new MasvConnectionError(message, { code: 'response_too_long', transient: false }));
	}

	#handOver(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
		const pause = this.#request.content?.take(piece);
		if (pause === undefined) return;
		controller.pause();
		pause.then(
			() => controller.resume(),
			(error: unknown) => this.fail(error),
		);
	}

	onResponseEnd(): void {
		const whole = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
		this.#resolve({ status: this.status ?? 0, headers: this.#headers, text: utf8.decode(whole) });
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.#reject(error);
	}
}
