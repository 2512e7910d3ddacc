import type { TransportRequest, TransportResponse } from '../transport';
import { createOpeningTurns } from './openingTurns';
import { splitUrl } from './splitUrl';
import type { TlsOptions } from './tlsConnection';
import { TlsConnection } from './tlsConnection';

/** As long as undici keeps a connection that nobody uses. */
const idleMs = 4_000;

/** TLS connections by origin, which are kept for the next request. As many are open as there are requests. */
export class TlsConnections {
	readonly #options: TlsOptions;
	readonly #idle = new Map<string, TlsConnection[]>();
	readonly #all = new Set<TlsConnection>();
	readonly #takeTurn = createOpeningTurns();
	#isDestroyed = false;

	constructor(options: TlsOptions) {
		this.#options = options;
	}

	/**
	 * Sends a GET. If a connection that was kept turns out to be closed, another one is opened: the server may have closed it
	 * at the moment it was used.
	 * @param onUse told the connection that the request is on, also if that changes
	 * @throws errors that `toConnectionError` knows, those of {@link TlsConnection}
	 */
	async get(request: TransportRequest, onUse: (connection: TlsConnection) => void): Promise<TransportResponse> {
		const { origin, path } = splitUrl(request.url);
		for (;;) {
			const kept = this.#takeIdle(origin);
			const connection = kept ?? (await this.#openInTurn(origin, request.signal));
			onUse(connection);
			try {
				await connection.opened;
				const response = await connection.get(request, path);
				this.#keep(origin, connection);
				return response;
			} catch (error) {
				connection.fail(error);
				if (kept === undefined || connection.hasBegun || request.signal?.aborted === true) throw error;
			}
		}
	}

	/** Ends all connections. No other one is opened from now on. */
	destroy(): void {
		this.#isDestroyed = true;
		for (const connection of this.#all) connection.fail(closedError());
	}

	async #openInTurn(origin: string, signal: AbortSignal | undefined): Promise<TlsConnection> {
		await this.#takeTurn();
		signal?.throwIfAborted();
		if (this.#isDestroyed) throw closedError();
		return this.#open(origin);
	}

	#open(origin: string): TlsConnection {
		const onClosed = (): void => this.#forget(origin, connection);
		const connection: TlsConnection = new TlsConnection(new URL(origin), this.#options, onClosed);
		this.#all.add(connection);
		return connection;
	}

	/** A process that runs for months meets many hosts of the storage. */
	#forget(origin: string, connection: TlsConnection): void {
		this.#all.delete(connection);
		const idle = this.#idle.get(origin) ?? [];
		const at = idle.indexOf(connection);
		if (at !== -1) idle.splice(at, 1);
		if (idle.length === 0) this.#idle.delete(origin);
	}

	/** The latest: those that nobody needs any more are closed. */
	#takeIdle(origin: string): TlsConnection | undefined {
		return this.#idle.get(origin)?.pop();
	}

	#keep(origin: string, connection: TlsConnection): void {
		if (!connection.isReusable) return;
		connection.rest(idleMs);
		const idle = this.#idle.get(origin);
		if (idle === undefined) this.#idle.set(origin, [connection]);
		else idle.push(connection);
	}
}

function closedError(): Error {
	return new Error('The transport was closed');
}
