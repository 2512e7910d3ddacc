import type { LookupFunction, OnReadOpts } from 'node:net';
import { isIP } from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';

import type { TransportRequest, TransportResponse } from '../transport';
import type { TransportTimeouts } from './dispatcher';
import { HttpFailure } from './httpFailure';
import { ResponseReader } from './responseReader';

/** How often it is looked, in the time after which a response has stalled, whether anything has arrived. */
const stallLooks = 8;

/** Node hands over one TLS record at a time, of at most 16 KiB, however large the buffer is. */
const recordBytes = 16 * 1024;

export interface TlsOptions {
	timeouts: TransportTimeouts;
	/** Resolves the host. Default: Node's. */
	lookup?: LookupFunction;
}

/**
 * A TLS connection for one GET after another, read without streams: Node decrypts into a buffer that is used again (`onread`
 * of `tls.connect`), which takes less than half of the processor's time that a stream takes. Certificates, authorities and
 * TLS versions are Node's defaults, as they are for undici.
 */
export class TlsConnection {
	/** Rejects with an error that `toConnectionError` knows. */
	readonly opened: Promise<void>;
	/** How many responses have been read to the end. */
	responses = 0;
	/** Whether anything of the latest response has arrived. */
	hasBegun = false;

	readonly #socket: TLSSocket;
	readonly #host: string;
	readonly #stallMs: number;
	readonly #onClosed: () => void;
	#reader: ResponseReader | undefined;
	/** What waits for the connection, or for the response. */
	#waiting: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
	#isClosed = false;
	#stallWatch: NodeJS.Timeout | undefined;
	/** What had arrived at the latest look, and how many looks have found nothing more since. */
	#seenBytes = 0;
	#vainLooks = 0;
	#idleWatch: NodeJS.Timeout | undefined;
	/** Whether the content cannot be taken. */
	#isPaused = false;
	#hasEnded = false;
	/** What has arrived meanwhile: Node hands over the rest of what it has read from the network, about 64 KiB. */
	#held: Buffer[] = [];

	/** Begins to connect. */
	constructor(origin: URL, { timeouts, lookup }: TlsOptions, onClosed: () => void = () => undefined) {
		this.#host = origin.host;
		this.#onClosed = onClosed;
		this.#stallMs = timeouts.stallMs;
		const host = origin.hostname.replace(/^\[|\]$/g, '');
		const record = Buffer.allocUnsafeSlow(recordBytes);
		const options: ConnectionOptions & { onread: OnReadOpts } = {
			host,
			port: origin.port === '' ? 443 : Number(origin.port),
			...(isIP(host) === 0 && { servername: host }),
			...(lookup !== undefined && { lookup }),
			ALPNProtocols: ['http/1.1'],
			onread: {
				buffer: record,
				// Nearly all records are full, and a new view of each would have to be collected.
				callback: (bytes) => this.#onRead(bytes === record.length ? record : record.subarray(0, bytes)),
			},
		};
		this.#socket = connect(options);
		this.#socket.setNoDelay(true);
		this.#socket.on('error', (error) => this.fail(error));
		this.#socket.on('end', () => this.#onEnd());
		this.#socket.on('close', () => this.#onEnd());
		const timer = setTimeout(() => this.fail(new HttpFailure('UND_ERR_CONNECT_TIMEOUT')), timeouts.connectMs);
		this.#socket.once('close', () => clearTimeout(timer));
		this.opened = this.#wait();
		this.#socket.once('secureConnect', () => {
			clearTimeout(timer);
			this.#settle();
		});
	}

	/** Whether another request can be sent. */
	get isReusable(): boolean {
		return !this.#isClosed && this.#reader === undefined;
	}

	/** @throws errors that `toConnectionError` knows; what {@link ResponseReader} throws. Then, the connection is closed */
	async get(request: TransportRequest, path: string): Promise<TransportResponse> {
		const reader = new ResponseReader(request);
		this.#reader = reader;
		this.hasBegun = false;
		// It may have ended since it was chosen, and nothing would end the wait.
		if (this.#isClosed) throw new HttpFailure('UND_ERR_SOCKET');
		this.#socket.ref();
		this.#watchStall();
		const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
		this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${lines.join('')}\r\n`, 'latin1');
		await this.#wait();
		this.responses++;
		return reader.response as TransportResponse;
	}

	/** Of the response that has begun. */
	get status(): number | undefined {
		return this.#reader?.status;
	}

	/** Keeps the connection open for the next request, but not the process. */
	rest(idleMs: number): void {
		this.#socket.unref();
		if (this.#idleWatch === undefined) this.#idleWatch = setTimeout(() => this.#onIdle(), idleMs).unref();
		else this.#idleWatch.refresh();
	}

	/** Closes the connection. What waits for it fails for this reason. */
	fail(reason: unknown): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		clearInterval(this.#stallWatch);
		clearTimeout(this.#idleWatch);
		this.#held = [];
		this.#socket.destroy();
		this.#waiting?.reject(reason);
		this.#waiting = undefined;
		this.#onClosed();
	}

	#wait(): Promise<void> {
		return new Promise<void>((resolve, reject) => (this.#waiting = { resolve, reject }));
	}

	#settle(): void {
		this.#waiting?.resolve();
		this.#waiting = undefined;
	}

	/** @returns false to stop reading */
	#onRead(piece: Buffer): boolean {
		this.hasBegun = true;
		if (this.#isPaused) this.#held.push(Buffer.from(piece));
		else this.#push(piece);
		return !this.#isPaused;
	}

	#push(piece: Buffer): void {
		const reader = this.#reader;
		// Nothing was asked for.
		if (reader === undefined) return this.fail(new HttpFailure('UND_ERR_SOCKET'));
		try {
			const pause = reader.push(piece);
			if (pause !== undefined) this.#pauseFor(pause, reader);
			else if (reader.response !== undefined) this.#afterPush(reader);
		} catch (error) {
			this.fail(error);
		}
	}

	#pauseFor(pause: Promise<void>, reader: ResponseReader): void {
		this.#isPaused = true;
		pause.then(
			() => this.#resume(reader),
			(error: unknown) => this.fail(error),
		);
	}

	#resume(reader: ResponseReader): void {
		if (this.#isClosed) return;
		this.#isPaused = false;
		this.#afterPush(reader);
		while (this.#held.length > 0 && !this.#isPaused) this.#push(this.#held.shift() as Buffer);
		if (this.#isPaused || this.#isClosed) return;
		if (this.#hasEnded) return this.#onEnd();
		// The time of the pause is not the server's.
		this.#watchStall();
		this.#socket.resume();
	}

	/**
	 * From now on. The socket's own timeout would be set anew for each record, and would have to be compiled, too. A timer that begins
	 * again takes less time than a new one, which matters with thousands of small files.
	 */
	#watchStall(): void {
		this.#seenBytes = this.#socket.bytesRead;
		this.#vainLooks = 0;
		if (this.#stallWatch === undefined) {
			this.#stallWatch = setInterval(() => this.#look(), this.#stallMs / stallLooks).unref();
		} else {
			this.#stallWatch.refresh();
		}
	}

	#look(): void {
		// Nothing was asked for.
		if (this.#reader === undefined) return;
		this.#vainLooks = this.#socket.bytesRead === this.#seenBytes ? this.#vainLooks + 1 : 0;
		this.#seenBytes = this.#socket.bytesRead;
		if (this.#vainLooks >= stallLooks) this.#onTimeout();
	}

	/** It is not ended while it is in use: its timer begins again when it rests. */
	#onIdle(): void {
		if (this.isReusable) this.fail(undefined);
	}

	#afterPush(reader: ResponseReader): void {
		if (reader.response === undefined || this.#reader !== reader) return;
		this.#reader = undefined;
		const isClean = reader.keepsAlive && this.#held.length === 0;
		this.#settle();
		if (!isClean) this.fail(undefined);
	}

	/** What has arrived before the end is read first. */
	#onEnd(): void {
		this.#hasEnded = true;
		if (this.#isPaused) return;
		const reader = this.#reader;
		try {
			reader?.end();
		} catch (error) {
			return this.fail(error);
		}
		if (reader !== undefined) this.#afterPush(reader);
		this.fail(new HttpFailure('UND_ERR_SOCKET'));
	}

	#onTimeout(): void {
		if (this.#isPaused) return;
		const hasHead = this.#reader?.status !== undefined;
		this.fail(new HttpFailure(hasHead ? 'UND_ERR_BODY_TIMEOUT' : 'UND_ERR_HEADERS_TIMEOUT'));
	}
}
