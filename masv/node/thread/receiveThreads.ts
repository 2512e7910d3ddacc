import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';

import { throwIfCancelled } from '../../errors';
import type { TransportRequest, TransportResponse } from '../../transport';
import { untilAborted } from '../../untilAborted';
import type { Timer } from '../callLimit';
import { systemTimer } from '../callLimit';
import { toConnectionError } from '../connectionFailure';
import { withConnectLimit } from '../connectLimit';
import type { TlsOptions } from '../tlsConnection';
import type { LendingRequest } from './lentGet';
import { NoThread } from './noThread';
import { RunningThread } from './runningThread';
import type { StartThread } from '../startThread';

export interface ReceiveThreadsOptions extends TlsOptions {
	start: StartThread;
	/** What tests replace. */
	timer?: Timer;
}

/** Two receive 1.2 times as fast as one, where there is a processor for each. */
const mostThreads = Math.min(2, availableParallelism());
/** Another one is started when each has so many requests. */
const fullRequests = 3;

/**
 * Gets content in threads of their own, which also write it to the disk: decrypting and writing take a whole processor, and
 * everything else in n8n would wait for it. A thread is started when it is needed, and ends when it is not needed for a while.
 */
export class ReceiveThreads {
	readonly #options: ReceiveThreadsOptions;
	readonly #running = new Set<RunningThread>();
	/** Where no thread can be started, or one has failed, it is not tried again and again. */
	#isUnfit = false;

	constructor(options: ReceiveThreadsOptions) {
		this.#options = options;
	}

	/** @throws NoThread, NotPlain, MasvErrors */
	async get(request: LendingRequest): Promise<TransportResponse> {
		throwIfCancelled(request.signal);
		const { lookup } = this.#options;
		const addresses = lookup && (await this.#resolve(lookup, request));
		throwIfCancelled(request.signal);
		return await this.#choose().get(request, addresses);
	}

	/** Ends all requests, and takes no others. */
	destroy(): void {
		this.#isUnfit = true;
		for (const running of this.#running) running.end();
		this.#running.clear();
	}

	#choose(): RunningThread {
		if (this.#isUnfit) throw new NoThread();
		const [idlest] = [...this.#running].sort((a, b) => a.requests - b.requests);
		const isFull = idlest === undefined || idlest.requests >= fullRequests;
		return isFull && this.#running.size < mostThreads ? this.#run() : (idlest as RunningThread);
	}

	#run(): RunningThread {
		const { start, timeouts, timer = systemTimer } = this.#options;
		let worker: Worker;
		try {
			worker = start(timeouts);
		} catch {
			this.#isUnfit = true;
			throw new NoThread();
		}
		const running = new RunningThread(worker, {
			timer,
			onOver: (hasFailed) => {
				this.#isUnfit ||= hasFailed;
				this.#running.delete(running);
			},
		});
		this.#running.add(running);
		return running;
	}

	/** In the time in which a connection has to be opened, of which it is a part. */
	async #resolve(lookup: LookupFunction, request: TransportRequest): Promise<LookupAddress[]> {
		const { timeouts, timer } = this.#options;
		try {
			// Within the limit, whose timer would otherwise outlive a request that is canceled.
			const found = untilAborted(request.signal)(addressesOf(lookup, request.url));
			return await withConnectLimit(found, timeouts.connectMs, timer);
		} catch (error) {
			throwIfCancelled(request.signal);
			throw toConnectionError(error, request, undefined);
		}
	}
}

async function addressesOf(lookup: LookupFunction, url: string): Promise<LookupAddress[]> {
	const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
	return await new Promise((found, fail) => {
		lookup(host, { all: true }, (error, address, family) => {
			if (error !== null) fail(error);
			else found(typeof address === 'string' ? [{ address, family: family ?? 4 }] : address);
		});
	});
}
