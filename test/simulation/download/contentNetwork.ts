import { MasvCancelledError, MasvConnectionError } from '../../../masv/errors';
import type { Transport, TransportRequest, TransportResponse } from '../../../masv/transport';
import type { Worker } from '../worker';
import type { ContentFault, ObjectAnswer } from './storage';

/** What the storage and the judge are to a connection. */
export interface ContentHost {
	/** A request reaches the storage. */
	answer(request: TransportRequest, fault: ContentFault): ObjectAnswer;
	chooseFault(request: TransportRequest): ContentFault;
	/** A request is sent. */
	asked(request: TransportRequest): void;
	/** The client has taken so many bytes that are at this position of the file. */
	delivered(request: TransportRequest, answer: ObjectAnswer, position: number, bytes: number): void;
}

/** Pieces of content are as long as this at most, and arrive one after another. */
const maxPieceBytes = 3_000;

/** The connections of a worker to the storage. Content arrives in pieces, with time between them. */
export function contentTransport(worker: Worker, host: ContentHost): Transport {
	return async (request) =>
		await new Promise<TransportResponse>((resolve, reject) => {
			const { signal } = request;
			let isOver = false;
			const end = (settle: () => void): void => {
				if (isOver) return;
				isOver = true;
				signal?.removeEventListener('abort', onAbort);
				settle();
			};
			const onAbort = (): void => end(() => reject(new MasvCancelledError(signal?.reason)));
			if (signal?.aborted === true) return onAbort();
			signal?.addEventListener('abort', onAbort, { once: true });
			const fail = (code: 'connection_lost' | 'connection_refused', ms: number): void =>
				void worker.after(ms, () =>
					end(() => {
						worker.note(`✗ ${describe(request)}: ${code}`);
						reject(new MasvConnectionError(`Could not ${request.operation}. The connection failed`, { code }));
					}),
				);
			receive(worker, host, request, {
				isOver: () => isOver,
				fail,
				reject: (error) => end(() => reject(error)),
				resolve: (response) => end(() => resolve(response)),
			});
		});
}

interface Exchange {
	isOver: () => boolean;
	fail: (code: 'connection_lost' | 'connection_refused', ms: number) => void;
	reject: (error: Error) => void;
	resolve: (response: TransportResponse) => void;
}

function receive(worker: Worker, host: ContentHost, request: TransportRequest, exchange: Exchange): void {
	const { dice, timeline } = worker;
	const fault = host.chooseFault(request);
	host.asked(request);
	if (fault === 'refused') return exchange.fail('connection_refused', dice.between(1, 2_000));
	timeline.after(dice.between(1, 40), () => {
		if (worker.isDead || exchange.isOver()) return;
		const answer = host.answer(request, fault);
		const shown = `${answer.status}${fault === 'none' ? '' : ` (${fault})`}`;
		worker.note(`→ ${describe(request)}: ${shown}`);
		if (!worker.survives('get object')) return;
		worker.after(dice.between(1, 40), (isHeldUp) => {
			if (exchange.isOver()) return;
			// Nobody keeps a connection open for a process that does not move.
			if (isHeldUp && dice.chance(0.5)) return exchange.fail('connection_lost', 0);
			const body = fault === 'damaged' ? damage(answer.body, worker) : answer.body;
			const cut = fault === 'lost' || fault === 'ends early' ? dice.int(0, body.length) : body.length;
			// With a known length, a body that ends early is a connection that is lost.
			const isLost = fault === 'lost' || (fault === 'ends early' && answer.headers['content-length'] !== undefined);
			deliver(worker, host, request, { ...answer, body: body.subarray(0, cut) }, isLost, exchange);
		});
	});
}

function deliver(
	worker: Worker,
	host: ContentHost,
	request: TransportRequest,
	answer: ObjectAnswer,
	isLost: boolean,
	exchange: Exchange,
): void {
	const { status, headers, body } = answer;
	const { content } = request;
	const { dice } = worker;
	let isTaken: boolean;
	try {
		isTaken = content?.takes({ status, headers }) ?? false;
	} catch (error) {
		return exchange.reject(error as Error);
	}
	if (!isTaken) return exchange.resolve({ status, headers, text: Buffer.from(body).toString() });
	/** Used again for each piece, as the memory of a connection is. */
	const memory = new Uint8Array(maxPieceBytes);
	const next = (at: number): void => {
		if (exchange.isOver()) return;
		if (at >= body.length) {
			if (isLost) exchange.fail('connection_lost', dice.between(0, 1_000));
			else exchange.resolve({ status, headers, text: '' });
			return;
		}
		const bytes = Math.min(body.length - at, dice.int(1, maxPieceBytes));
		memory.set(body.subarray(at, at + bytes));
		const pause = content?.take(memory.subarray(0, bytes));
		memory.fill(0xee);
		host.delivered(request, answer, answer.start + at, bytes);
		const goOn = (): void => void worker.after(dice.between(0, 8), () => next(at + bytes));
		if (pause === undefined) goOn();
		else pause.then(goOn, (error: unknown) => exchange.reject(error as Error));
	};
	next(0);
}

function damage(body: Uint8Array, { dice }: Worker): Uint8Array {
	const damaged = body.slice();
	const at = dice.int(0, body.length - 1);
	damaged[at] = (damaged[at] ?? 0) ^ 1;
	return damaged;
}

/** For the history. */
function describe({ url, headers }: TransportRequest): string {
	return `get ${new URL(url).pathname.split('/').at(-1)} ${headers.range?.replace('bytes=', '') ?? 'whole'}`;
}
