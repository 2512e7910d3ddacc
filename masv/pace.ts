import { asksToSlowDown } from './answers';
import type { Clock } from './clock';
import { MasvApiError } from './errors';
import { pause } from './pause';
import { sharedByName } from './sharedByName';
import { untilAborted } from './untilAborted';

/** The first pause between two requests to a host that asked for fewer. */
const firstGapMs = 20;
/** Small steps: with larger ones, the rate swings far below what the host permits. */
const slowDown = 1.4;
const speedUp = 0.97;
/** Below it, requests are no longer held back. */
const smallestGapMs = 5;
/**
 * The longest pause, also for `Retry-After`: the call that received it waits as long as its policy permits, but others may have
 * less time, such as a poll of a minute.
 */
const largestGapMs = 5_000;

/**
 * Limits the rate of requests to one host for all calls together, once the host has rejected one for being too frequent. The
 * rate falls with each further rejection and rises with each success.
 */
export interface Pace {
	/**
	 * Resolves when the next request may be sent. @returns undefined if it may be sent now
	 * @throws MasvCancelledError
	 */
	turn(signal?: AbortSignal): Promise<void> | undefined;
	/** @param startedAt when the request was sent, in ms since the epoch */
	succeeded(startedAt: number): void;
	failed(error: unknown, startedAt: number): void;
}

export function createPace(clock: Clock): Pace {
	return new HostPace(clock);
}

class HostPace implements Pace {
	readonly #clock: Clock;
	#gapMs = 0;
	#nextAt = 0;
	#slowedAt = -Infinity;
	#seenAt = -Infinity;
	#waiting = 0;
	#last: Promise<void> = Promise.resolve();

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	turn(signal?: AbortSignal): Promise<void> | undefined {
		// Nearly always: the host has never asked for fewer.
		if (this.#slowedAt === -Infinity) return undefined;
		if (this.#waiting === 0 && this.#leftMs() <= 0) {
			this.#nextAt = this.#seenAt + this.#gapMs;
			return undefined;
		}
		this.#waiting++;
		this.#last = this.#last.then(async () => await this.#wait(signal)).finally(() => this.#waiting--);
		return untilAborted(signal)(this.#last);
	}

	succeeded(startedAt: number): void {
		if (startedAt < this.#slowedAt) return;
		this.#gapMs *= speedUp;
		if (this.#gapMs < smallestGapMs) this.#gapMs = 0;
	}

	failed(error: unknown, startedAt: number): void {
		if (!asksToSlowDown(error)) return;
		const now = this.#clock.now();
		const holdMs = error instanceof MasvApiError ? (error.retryAfterMs ?? 0) : 0;
		this.#nextAt = Math.max(this.#nextAt, now + Math.min(holdMs, largestGapMs));
		// Requests that were sent before the rate fell say nothing about the rate of now.
		if (startedAt < this.#slowedAt) return;
		this.#slowedAt = now;
		this.#gapMs = Math.min(largestGapMs, Math.max(firstGapMs, this.#gapMs * slowDown));
		this.#nextAt = Math.max(this.#nextAt, now + this.#gapMs);
	}

	#leftMs(): number {
		const now = this.#clock.now();
		// The clock was set back.
		if (now < Math.max(this.#seenAt, this.#slowedAt)) this.#nextAt = this.#slowedAt = now;
		this.#seenAt = now;
		return this.#nextAt - now;
	}

	/** Only once all before it have been let through: it gets the gap of then, which may have grown or fallen. */
	async #wait(signal: AbortSignal | undefined): Promise<void> {
		for (let ms = this.#leftMs(); ms > 0; ms = this.#leftMs()) {
			// Others wait behind this one, and it no longer needs its turn.
			if (signal?.aborted === true) return;
			await pause(this.#clock, ms);
		}
		this.#nextAt = this.#clock.now() + this.#gapMs;
	}
}

/** The pace of each host. @param url of a request to it */
export type Paces = (url: string) => Pace;

export function createPaces(clock: Clock): Paces {
	const paceOf = sharedByName<Pace>();
	return (url) => {
		const end = url.indexOf('/', 'https://'.length);
		return paceOf(end < 0 ? url : url.slice(0, end), () => createPace(clock));
	};
}
