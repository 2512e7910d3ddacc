import type { TransportRequest } from '../transport';
import { AnswerPace } from './answerPace';
import type { Timer } from './callLimit';

/** The wait for the answer to a part. */
export interface AnswerWait {
	/** All bytes have been handed over. Does nothing once it was stopped: undici reports this also for what has failed. */
	start(): void;
	/** The answer has begun. An error says nothing about the rate. */
	answered(isSuccess: boolean): void;
	/** For good. */
	stop(): void;
}

/** What is handed over at once, and with it the whole part. */
const mostSmallBytes = 64 * 1024;

/**
 * How long the dispatcher is to wait for the answer, in ms. 0 for parts that need an {@link AnswerWait}: what it allows is not fixed
 * before anything is sent. A small part does not need one, which would take more time than its checksum.
 * @param paces by origin
 * @returns undefined for a request without content in bytes: the dispatcher's limits are right for those
 */
export function answerLimit(
	origin: string,
	{ body }: Pick<TransportRequest, 'body'>,
	paces: Map<string, AnswerPace>,
): number | undefined {
	if (body === undefined || typeof body === 'string') return undefined;
	const isSmall = body instanceof Uint8Array && body.byteLength <= mostSmallBytes;
	return isSmall ? paceOf(origin, paces).allowedMs(0) : 0;
}

export function createWait(
	origin: string,
	{ body, headers }: Pick<TransportRequest, 'body' | 'headers'>,
	paces: Map<string, AnswerPace>,
	timer: Timer,
	onTimeout: () => void,
): AnswerWait {
	const bytes = body instanceof Uint8Array ? body.byteLength : Number(headers['content-length'] ?? 0);
	return new PacedWait(paceOf(origin, paces), bytes, timer, onTimeout);
}

function paceOf(origin: string, paces: Map<string, AnswerPace>): AnswerPace {
	const known = paces.get(origin);
	if (known !== undefined) return known;
	const pace = new AnswerPace();
	paces.set(origin, pace);
	return pace;
}

class PacedWait implements AnswerWait {
	readonly #pace: AnswerPace;
	readonly #bytes: number;
	readonly #timer: Timer;
	readonly #onTimeout: () => void;
	readonly #startedAt = performance.now();
	readonly #bytesUnderWay: number;
	#stopTimer: (() => void) | undefined;
	#isOver = false;

	constructor(pace: AnswerPace, bytes: number, timer: Timer, onTimeout: () => void) {
		this.#pace = pace;
		this.#bytes = bytes;
		this.#timer = timer;
		this.#onTimeout = onTimeout;
		this.#bytesUnderWay = pace.begin(bytes);
	}

	start(): void {
		if (this.#isOver) return;
		this.#stopTimer?.();
		this.#wait(performance.now() - this.#startedAt, 0);
	}

	answered(isSuccess: boolean): void {
		if (isSuccess && !this.#isOver) {
			this.#pace.noteAnswer(this.#bytesUnderWay, performance.now() - this.#startedAt);
		}
		this.stop();
	}

	stop(): void {
		if (!this.#isOver) this.#pace.end(this.#bytes);
		this.#isOver = true;
		this.#stopTimer?.();
		this.#stopTimer = undefined;
	}

	/** @param waitedMs since all bytes were handed over */
	#wait(sentMs: number, waitedMs: number): void {
		const allowedMs = this.#pace.allowedMs(sentMs);
		const expire = (): void => {
			// More parts may be under way by now, or a slow answer may have come.
			if (this.#pace.allowedMs(sentMs) > allowedMs) return this.#wait(sentMs, allowedMs);
			this.#pace.noteTimeout(this.#startedAt, performance.now());
			this.#onTimeout();
		};
		this.#stopTimer = this.#timer(expire, allowedMs - waitedMs);
	}
}
