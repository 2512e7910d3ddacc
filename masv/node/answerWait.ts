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

/**
 * undici's own timer cannot be used: what it allows is fixed before anything is sent.
 * @param paces by origin
 * @returns undefined for a request without content in bytes: the dispatcher's limits are right for those
 */
export function createWait(
	origin: string,
	{ body, headers }: TransportRequest,
	paces: Map<string, AnswerPace>,
	timer: Timer,
	onTimeout: () => void,
): AnswerWait | undefined {
	if (body === undefined || typeof body === 'string') return undefined;
	const pace = paces.get(origin) ?? new AnswerPace();
	paces.set(origin, pace);
	const bytes = body instanceof Uint8Array ? body.byteLength : Number(headers['content-length'] ?? 0);
	const startedAt = performance.now();
	const bytesUnderWay = pace.begin(bytes);
	let stopTimer: (() => void) | undefined;
	let isOver = false;
	const stop = (): void => {
		if (!isOver) pace.end(bytes);
		isOver = true;
		stopTimer?.();
		stopTimer = undefined;
	};
	/** @param waitedMs since all bytes were handed over */
	const wait = (sentMs: number, waitedMs: number): void => {
		const allowedMs = pace.allowedMs(sentMs);
		const expire = (): void => {
			// More parts may be under way by now, or a slow answer may have come.
			if (pace.allowedMs(sentMs) > allowedMs) return wait(sentMs, allowedMs);
			pace.noteTimeout(startedAt, performance.now());
			onTimeout();
		};
		stopTimer = timer(expire, allowedMs - waitedMs);
	};
	return {
		start: () => {
			if (isOver) return;
			stopTimer?.();
			wait(performance.now() - startedAt, 0);
		},
		answered: (isSuccess) => {
			if (isSuccess && !isOver) pace.noteAnswer(bytesUnderWay, performance.now() - startedAt);
			stop();
		},
		stop,
	};
}
