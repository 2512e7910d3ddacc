import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Worker } from 'node:worker_threads';

import { throwIfCancelled } from '../../errors';
import type { TransportRequest, TransportResponse } from '../../transport';
import { untilAborted } from '../../untilAborted';
import type { Timer } from '../callLimit';
import { StalledCall, systemTimer, withCallLimit } from '../callLimit';
import { toConnectionError } from '../connectionFailure';
import { HttpFailure } from '../httpFailure';
import type { TlsOptions } from '../tlsConnection';
import type { LendingRequest } from './lentGet';
import { NoThread } from './noThread';
import { RunningThread } from './runningThread';
import type { StartThread } from '../startThread';

export interface ReceiveThreadOptions extends TlsOptions {
	start: StartThread;
	/** What tests replace. */
	timer?: Timer;
}

/**
 * Gets content in a thread of its own, which also writes it to the disk: decrypting and writing take a whole processor, and
 * everything else in n8n would wait for it. The thread is started when it is needed, and ends when it is not needed for a while.
 */
export class ReceiveThread {
	readonly #options: ReceiveThreadOptions;
	#running: RunningThread | undefined;
	/** Where no thread can be started, or one has failed, it is not tried again and again. */
	#isUnfit = false;

	constructor(options: ReceiveThreadOptions) {
		this.#options = options;
	}

	/** @throws NoThread, NotPlain, MasvErrors */
	async get(request: LendingRequest): Promise<TransportResponse> {
		throwIfCancelled(request.signal);
		const { lookup } = this.#options;
		const addresses = lookup && (await untilAborted(request.signal)(this.#resolve(lookup, request)));
		throwIfCancelled(request.signal);
		this.#running ??= this.#run();
		return await this.#running.get(request, addresses);
	}

	/** Ends all requests, and takes no others. */
	destroy(): void {
		this.#isUnfit = true;
		this.#running?.end();
		this.#running = undefined;
	}

	#run(): RunningThread {
		const { start, timeouts, timer = systemTimer } = this.#options;
		if (this.#isUnfit) throw new NoThread();
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
				if (this.#running === running) this.#running = undefined;
			},
		});
		return running;
	}

	/** In the time in which a connection has to be opened, of which it is a part. */
	async #resolve(lookup: LookupFunction, request: TransportRequest): Promise<LookupAddress[]> {
		const { timeouts, timer } = this.#options;
		try {
			return await withCallLimit(addressesOf(lookup, request.url), timeouts.connectMs, timer);
		} catch (error) {
			const failure = error instanceof StalledCall ? new HttpFailure('UND_ERR_CONNECT_TIMEOUT') : error;
			throw toConnectionError(failure, request, undefined);
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
