import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { errors } from 'undici';
import { MasvConnectionError, MasvError, throwIfCancelled, toCancellation } from '../errors';
import type { AnswerPace } from './answerPace';
import type { AnswerWait } from './answerWait';
import { answerLimit, createWait } from './answerWait';
import { toConnectionError } from './connectionFailure';
import type { RequestDispatcher } from './pools';
import { withShortEnd } from './shortEnd';
import { splitUrl } from './splitUrl';
import type { Timer } from './callLimit';
import { systemTimer } from './callLimit';
import { stopOnAbort } from './stopOnAbort';
import type { TransportRequest, ResponseHeaders, TransportResponse, Transport } from '../transport';

/** @param timer for the answers to parts that are not small; everything else is timed by the dispatcher */
export function createTransport(
	dispatcher: Pick<RequestDispatcher, 'dispatch'>,
	timer: Timer = systemTimer,
): Transport {
	const paces = new Map<string, AnswerPace>();
	return (request) =>
		new Promise((resolve, reject) => {
			throwIfCancelled(request.signal);
			new Exchange(request, resolve, reject).start(dispatcher, paces, timer);
		});
}

const utf8 = new TextDecoder();

function toText(pieces: readonly Uint8Array[]): string {
	// Two of the five responses for a small file.
	if (pieces.length === 0) return '';
	return utf8.decode(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
}

/** Such a text takes a few milliseconds to be made and read. */
const longBytes = 256 * 1024;

/** Its text is made only for those who need all of it at once. */
class LongResponse implements TransportResponse {
	readonly status: number;
	readonly headers: ResponseHeaders;
	readonly pieces: readonly Uint8Array[];
	#text: string | undefined;

	constructor(status: number, headers: ResponseHeaders, pieces: readonly Uint8Array[]) {
		this.status = status;
		this.headers = headers;
		this.pieces = pieces;
	}

	get text(): string {
		return (this.#text ??= toText(this.pieces));
	}
}

function toSend(
	body: TransportRequest['body'],
	headers: TransportRequest['headers'],
): string | Uint8Array | Readable | null {
	if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body ?? null;
	// undici accepts any async iterable, but its types list only Node's Readable.
	return withShortEnd(body, Number(headers['content-length'])) as Readable;
}

/**
 * One request and its response. undici's own `request` creates a stream for each response, which is slow for the short
 * responses of MASV, five of them per small file. For the same reason, there is one promise per request.
 */
class Exchange implements Dispatcher.DispatchHandler {
	/** Undefined until the response has started. */
	#status: number | undefined;
	readonly #request: TransportRequest;
	readonly #resolve: (response: TransportResponse) => void;
	readonly #reject: (error: unknown) => void;
	#controller: Dispatcher.DispatchController | undefined;
	#headers: ResponseHeaders = {};
	#isTaken = false;
	readonly #pieces: Uint8Array[] = [];
	#bytes = 0;
	#wait: AnswerWait | undefined;
	#stopListening: (() => void) | undefined;
	#hasEnded = false;

	constructor(
		request: TransportRequest,
		resolve: (response: TransportResponse) => void,
		reject: (error: unknown) => void,
	) {
		this.#request = request;
		this.#resolve = resolve;
		this.#reject = reject;
	}

	start(dispatcher: Pick<RequestDispatcher, 'dispatch'>, paces: Map<string, AnswerPace>, timer: Timer): void {
		const { url, method, headers, body, signal } = this.#request;
		this.#stopListening = stopOnAbort(signal, this);
		try {
			const { origin, path } = splitUrl(url);
			const headersTimeout = answerLimit(origin, this.#request, paces);
			if (headersTimeout === 0) {
				const onTimeout = (): void => this.fail(new errors.HeadersTimeoutError());
				this.#wait = createWait(origin, this.#request, paces, timer, onTimeout);
			}
			dispatcher.dispatch({ origin, path, method, headers, body: toSend(body, headers), headersTimeout }, this);
		} catch (error) {
			this.fail(error);
		}
	}

	/** A request still waiting for a connection is aborted as soon as it gets one. */
	fail(reason: unknown): void {
		this.#controller?.abort(reason as Error);
		this.#fail(reason);
	}

	#fail(reason: unknown): void {
		if (!this.#end()) return;
		const { signal } = this.#request;
		if (signal?.aborted === true) this.#reject(toCancellation(signal.reason));
		else this.#reject(reason instanceof MasvError ? reason : toConnectionError(reason, this.#request, this.#status));
	}

	/** Stops what is still timed or listened for. @returns false if it has ended before */
	#end(): boolean {
		if (this.#hasEnded) return false;
		this.#hasEnded = true;
		this.#wait?.stop();
		this.#stopListening?.();
		return true;
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		if (this.#hasEnded) controller.abort(new Error('The request was canceled'));
	}

	/** All of the body has been handed over. */
	onRequestSent(): void {
		if (this.#status === undefined) this.#wait?.start();
	}

	onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
		// Informational responses such as 103 precede the final response.
		if (status < 200) return;
		this.#wait?.answered(status < 300);
		this.#status = status;
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
		if (!this.#end()) return;
		const [status, headers, pieces] = [this.#status ?? 0, this.#headers, this.#pieces];
		const isLong = this.#bytes >= longBytes;
		this.#resolve(isLong ? new LongResponse(status, headers, pieces) : { status, headers, text: toText(pieces) });
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.#fail(error);
	}
}
