import type { LookupAddress } from 'node:dns';
import type { Worker } from 'node:worker_threads';

import type { TransportResponse } from '../../transport';
import type { Timer } from '../callLimit';
import { StalledCall } from '../callLimit';
import type { LendingRequest } from './lentGet';
import { LentGet } from './lentGet';
import type { FromThread, ToThread } from './messages';

/** A thread that nobody needs gives its memory back after a while. */
const idleMs = 10_000;
/** Disks of this machine answer at once. A thread that says nothing for twice as long is held by one that does not. */
const silentMs = 60_000;

export interface RunningThreadOptions {
	timer: Timer;
	/** It takes no other requests. @param hasFailed whether another one would not do better */
	onOver: (hasFailed: boolean) => void;
}

/** A thread, and the requests that it works on. */
export class RunningThread {
	readonly #worker: Worker;
	readonly #options: RunningThreadOptions;
	readonly #gets = new Map<number, LentGet>();
	#lastId = 0;
	#isEnding = false;
	#idling: NodeJS.Timeout | undefined;
	#stopWatching: (() => void) | undefined;
	/** Since the watch looked last. */
	#wasHeard = false;
	/** Whether it has been asked for a sign of life. */
	#isAsked = false;

	constructor(worker: Worker, options: RunningThreadOptions) {
		this.#worker = worker;
		this.#options = options;
		worker.unref();
		worker.on('message', (message: FromThread) => this.#on(message));
		// Its end follows.
		worker.on('error', () => undefined);
		worker.on('exit', () => this.#onExit());
	}

	/** How many it works on. */
	get requests(): number {
		return this.#gets.size;
	}

	/** @throws NoThread, NotPlain, MasvErrors */
	async get(request: LendingRequest, addresses: LookupAddress[] | undefined): Promise<TransportResponse> {
		return await new Promise((resolve, reject) => {
			clearTimeout(this.#idling);
			const id = ++this.#lastId;
			this.#gets.set(id, new LentGet(id, request, (message) => this.#post(message), resolve, reject));
			this.#worker.ref();
			this.#stopWatching ??= this.#watch();
			const { operation, url, headers, maxResponseBytes } = request;
			this.#post({ kind: 'get', id, request: { operation, url, headers, maxResponseBytes }, addresses });
		});
	}

	/** Ends all requests. What was lent is given back when the thread has ended. */
	end(): void {
		this.#isEnding = true;
		clearTimeout(this.#idling);
		void this.#worker.terminate();
	}

	#post(message: ToThread): void {
		this.#worker.postMessage(message);
	}

	#on(message: FromThread): void {
		this.#wasHeard = true;
		if (message.kind === 'pong') return;
		if (this.#gets.get(message.id)?.on(message) !== true) return;
		this.#gets.delete(message.id);
		if (this.#gets.size === 0) this.#rest();
	}

	#rest(): void {
		this.#stopWatching?.();
		this.#stopWatching = undefined;
		this.#worker.unref();
		this.#idling = setTimeout(() => {
			this.#options.onOver(false);
			this.end();
		}, idleMs).unref();
	}

	#watch(): () => void {
		this.#wasHeard = true;
		let stop: () => void;
		const look = (): void => {
			if (!this.#wasHeard && this.#isAsked) return this.#stall();
			this.#isAsked = !this.#wasHeard;
			if (this.#isAsked) this.#post({ kind: 'ping' });
			this.#wasHeard = false;
			stop = this.#options.timer(look, silentMs);
		};
		stop = this.#options.timer(look, silentMs);
		return () => stop();
	}

	#stall(): void {
		this.#options.onOver(true);
		for (const get of this.#gets.values()) get.stall(new StalledCall());
		// The process may end, although the thread cannot.
		this.#worker.unref();
	}

	#onExit(): void {
		this.#stopWatching?.();
		clearTimeout(this.#idling);
		this.#options.onOver(!this.#isEnding);
		for (const get of this.#gets.values()) get.abandon();
		this.#gets.clear();
	}
}
