import { MasvCancelledError, MasvConnectionError } from '../../masv/errors';
import type { Transport, TransportRequest, TransportResponse } from '../../masv/transport';
import type { Actor, Answer } from './server/model';
import { refusal } from './server/model';
import type { ServerRequest } from './server/state';
import { kindOfRequest } from './requestKind';
import type { Weather } from './weather';
import { chooseFault } from './weather';
import type { Worker } from './worker';

/**
 * The network between a worker and MASV. A request is an event three times: it is sent, it reaches the server and takes
 * effect, its answer arrives. A worker that dies in between leaves the effect.
 */
export function simTransport(
	worker: Worker,
	serve: (request: ServerRequest) => Answer,
	actor: Actor,
	weather: Weather,
	onAnswer: (request: ServerRequest, kind: string, answer: Answer) => void,
): Transport {
	return async (request) => {
		throwIfAborted(request.signal);
		const body = await collect(request.body);
		// Also if it was aborted meanwhile.
		throwIfAborted(request.signal);
		return await new Promise<TransportResponse>((resolve, reject) => {
			const onAbort = (): void => reject(new MasvCancelledError(request.signal?.reason));
			request.signal?.addEventListener('abort', onAbort, { once: true });
			const settle = (run: () => void): void => {
				request.signal?.removeEventListener('abort', onAbort);
				run();
			};
			worker.after(worker.dice.between(0, 1), () => {
				if (request.signal?.aborted === true) return;
				send(worker, serve, actor, weather, request, body, {
					answer: (sent, kind, answer) => {
						if (request.signal?.aborted !== true) onAnswer(sent, kind, answer);
						settle(() => resolve(toResponse(answer)));
					},
					fail: (error) => settle(() => reject(error)),
				});
			});
		});
	};
}

interface Outcome {
	answer: (request: ServerRequest, kind: string, answer: Answer) => void;
	fail: (error: MasvConnectionError) => void;
}

function send(
	worker: Worker,
	serve: (request: ServerRequest) => Answer,
	actor: Actor,
	weather: Weather,
	request: TransportRequest,
	body: Uint8Array,
	outcome: Outcome,
): void {
	const { dice, timeline } = worker;
	const { kind, text } = kindOfRequest(request);
	const fault = chooseFault(weather, dice, kind, text, timeline.nowMs);
	const sent = {
		...request,
		actor,
		sentAt: timeline.nowMs,
		isLate: fault === 'late',
		body: fault === 'damaged' ? damage(body, worker) : body,
	};
	const lost = (mayHaveSucceeded: boolean, ms: number): void => {
		worker.after(ms, () => {
			worker.note(`✗ ${text}: connection lost`);
			outcome.fail(connectionError(request.operation, mayHaveSucceeded));
		});
	};
	/** The request reaches the server. @returns the answer */
	const arrive = (): Answer => {
		const answer = serve(sent);
		timeline.note(
			worker.name,
			`→ ${text}: ${answer.status}${detailOf(answer)}${fault === 'none' ? '' : ` (${fault})`}`,
		);
		return answer;
	};
	const answerLater = (answer: Answer): void => {
		worker.after((answer.tookMs ?? 0) + dice.between(1, 40), (isHeldUp) => {
			// Nobody keeps a connection open for a process that does not move.
			if (isHeldUp && dice.chance(0.5)) return lost(true, 0);
			if (answer.status !== 200 || answer.tookMs !== undefined) worker.note(`← ${text}: ${answer.status}`);
			if (answer.isTooLong === true) outcome.fail(tooLong(request.operation));
			else outcome.answer(sent, kind, answer);
		});
	};
	switch (fault) {
		case 'refused':
			return lost(false, dice.between(1, 2_000));
		case 'request lost':
			return lost(true, dice.between(1, 60_000));
		case 'unavailable':
			return answerLater({ ...refusal(503, 'try again later'), headers: retryAfter(dice.pick([undefined, 20])) });
		case 'too many requests':
			return answerLater({ ...refusal(429, 'too many requests'), headers: retryAfter(dice.pick([undefined, 5])) });
		case 'gateway error before':
			return answerLater({ status: dice.pick([502, 504]), text: '<html><title>Gateway</title></html>' });
		case 'gateway page':
			return answerLater({ status: dice.pick([400, 403, 404, 405]), text: '<html><title>Gateway</title></html>' });
		case 'late':
			timeline.after(dice.between(2_000, 180_000), arrive);
			return lost(true, dice.between(1, 60_000));
		default:
	}
	timeline.after(dice.between(1, 40), () => {
		const answer = arrive();
		if (!worker.survives(kind)) return;
		if (fault === 'answer lost') return lost(true, dice.between(1, 60_000));
		if (fault === 'gateway error after') answerLater({ status: dice.pick([502, 504]), text: '<html></html>' });
		else answerLater(answer);
	});
}

function connectionError(operation: string, mayHaveSucceeded: boolean): MasvConnectionError {
	const code = mayHaveSucceeded ? 'connection_lost' : 'connection_refused';
	return new MasvConnectionError(`Could not ${operation}. The connection failed`, { code, mayHaveSucceeded });
}

function retryAfter(seconds: number | undefined): Record<string, string> {
	return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

function tooLong(operation: string): MasvConnectionError {
	return new MasvConnectionError(`Could not ${operation}. The response is too long`, {
		code: 'response_too_long',
		transient: false,
	});
}

function throwIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted === true) throw new MasvCancelledError(signal.reason);
}

/** The whole body, copied: its buffers are used again when the request has ended. */
async function collect(body: TransportRequest['body']): Promise<Uint8Array> {
	if (body === undefined) return new Uint8Array(0);
	if (typeof body === 'string') return Buffer.from(body);
	if (body instanceof Uint8Array) return Uint8Array.from(body);
	const pieces: Uint8Array[] = [];
	for await (const piece of body) pieces.push(Uint8Array.from(piece));
	return Buffer.concat(pieces);
}

/** A network card that flips a bit, or a proxy that cuts the body short and says nothing. */
function damage(body: Uint8Array, { dice }: Worker): Uint8Array {
	if (dice.chance(0.5)) return body.slice(0, dice.int(0, body.length - 1));
	const damaged = body.slice();
	const at = dice.int(0, body.length - 1);
	damaged[at] = (damaged[at] ?? 0) ^ 1;
	return damaged;
}

function toResponse({ status, json, text, headers }: Answer): TransportResponse {
	return { status, headers: headers ?? {}, text: text ?? (json === undefined ? '' : JSON.stringify(json)) };
}

/** The part of an answer that a reader of the history wants to see. */
function detailOf({ json, text, status }: Answer): string {
	const { id, message, file } = (json ?? {}) as { id?: string; message?: string; file?: { id: string } };
	const shown = message ?? file?.id ?? id ?? (status >= 400 ? text : /<UploadId>(.*?)</.exec(text ?? '')?.[1]);
	return shown === undefined ? '' : ` ${shown}`;
}
