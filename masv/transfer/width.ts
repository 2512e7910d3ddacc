import type { Clock } from '../clock';
import type { Load } from '../load';
import { noLoad } from '../load';
import type { Limit } from '../workers';
import { createLimit } from '../workers';
import type { Budget } from './budget';
import { createBudget } from './budget';
import { firstConnections, mostConnections } from './climb';
import type { Lane, Lines, LineUser } from './lines';
import { busyShare, idleShare } from './loadGate';
import type { BufferKind, MemoryShare, MemoryShares } from './memoryShares';
import { bufferBytesFor, createMemoryShares } from './memoryShares';

/** More do not fill a line better, and each takes a connection to MASV. */
const mostWorkers = 160;

/** Time between two looks at how busy the processor is, in milliseconds. */
const lookEveryMs = 100;

/** How many pieces and files of one transfer are under way at the same time. */
export interface Width {
	/** The most pieces there can be at a time: files are divided into at least as many, if they are large enough. */
	readonly most: number;
	/** How many there may be now. */
	readonly connections: number;
	/** Limits the number of pieces under way: parts of an upload, ranges of a download. */
	limit: Limit;
	/** Limits the number of files; each takes {@link workersFor}. */
	workers: Budget;
	/** @param pieces of the file that can be under way at the same time */
	workersFor(pieces: number): number;
	/** How large each buffer of a connection may be now, in bytes. */
	readonly bufferBytes: number;
	/** To be told of bytes that went over the line, and of attempts that failed. */
	moved(bytes: number): void;
	failed(error: unknown): void;
	close(): void;
}

export interface WidthOptions {
	/** Set by the user. Default: what fills the line, or eight without `lines`. */
	connections: number | undefined;
	lines: Lines | undefined;
	/** See {@link Lines.join}. */
	line: string;
	/** Shared by all transfers of the process. Default: this one has all of it. */
	memoryShares: MemoryShares | undefined;
	/** Told of the share of the memory that the transfer has, and of each new one. */
	onMemory?: (share: number) => void;
	buffers: BufferKind;
	/**
	 * At least so many workers do what needs no content while others transfer it: only one of
	 * the requests for a small file does. Thus small files saturate the line however far away the server is.
	 */
	workersAhead: number;
	/**
	 * As many of them for each connection, if that is more, as long as the processor has time: where it is the bound, more files under way
	 * only take connections. Default: so that eight connections have `workersAhead`.
	 */
	aheadPerConnection?: number;
	clock: Pick<Clock, 'now'>;
	/** How busy the processor is. Default: never busy. */
	load: Load | undefined;
}

/** A fixed number if one is given; otherwise what fills the line to the server, which changes in the course of the transfer. */
export function openWidth(options: WidthOptions): Width {
	return new TransferWidth(options);
}

class TransferWidth implements Width {
	readonly most: number;
	readonly limit: Limit;
	readonly workers: Budget;
	readonly #workersAhead: number;
	readonly #aheadPerConnection: number;
	readonly #clock: Pick<Clock, 'now'>;
	/** How busy the processor was since the last look. */
	readonly #readLoad: () => number;
	#lookedAt: number;
	/** Not known before the first look: few connections at first, because each takes time to open. */
	#hasTime = false;
	readonly #lane: Lane | undefined;
	readonly #memory: MemoryShare;
	readonly #buffers: BufferKind;
	/** The number of connections that the buffers are for. */
	#sharedBy: number;

	constructor({ connections: fixed, lines, line, memoryShares = createMemoryShares(), ...options }: WidthOptions) {
		this.#workersAhead = options.workersAhead;
		this.#aheadPerConnection = options.aheadPerConnection ?? options.workersAhead / firstConnections;
		this.#clock = options.clock;
		this.#readLoad = (options.load ?? noLoad).watch();
		this.#lookedAt = this.#clock.now();
		this.limit = createLimit(fixed ?? firstConnections);
		this.workers = createBudget(this.#workersOf(this.connections));
		const isFixed = fixed !== undefined || lines === undefined;
		this.most = isFixed ? this.connections : mostConnections;
		this.#lane = isFixed ? undefined : lines.join(line, this.#toUser());
		this.#memory = memoryShares.join(options.onMemory);
		this.#buffers = options.buffers;
		this.#sharedBy = this.connections;
	}

	get connections(): number {
		return this.limit.concurrency;
	}

	get bufferBytes(): number {
		// After the number has fallen, pieces that were begun before still take their share of the memory.
		const isOver = this.limit.activeCount > this.connections;
		this.#sharedBy = isOver ? Math.max(this.#sharedBy, this.connections) : this.connections;
		return bufferBytesFor(this.#sharedBy, this.#memory.share, this.#buffers);
	}

	workersFor(pieces: number): number {
		// A file that fills the line leaves little for others: large files are transferred one after another, before their
		// addresses expire.
		if (pieces < this.connections) return pieces;
		return this.#workersOf(this.connections) - this.#workersAhead;
	}

	moved(bytes: number): void {
		this.#lane?.moved(bytes);
		this.#lookAtLoad();
	}

	failed(error: unknown): void {
		this.#lane?.failed(error);
	}

	close(): void {
		this.#lane?.leave();
		this.#memory.leave();
	}

	#lookAtLoad(): void {
		const now = this.#clock.now();
		// Or the clock was set back.
		if (Math.abs(now - this.#lookedAt) < lookEveryMs) return;
		this.#lookedAt = now;
		const share = this.#readLoad();
		this.#hasTime = this.#hasTime ? share <= busyShare : share < idleShare;
		this.workers.setLimit(this.#workersOf(this.connections));
	}

	#workersOf(connections: number): number {
		const perConnection = this.#hasTime ? this.#aheadPerConnection : this.#workersAhead / firstConnections;
		const ahead = Math.ceil(Math.max(this.#workersAhead, perConnection * connections));
		return Math.min(connections + ahead, mostWorkers);
	}

	#toUser(): LineUser {
		return {
			// One file alone has no more pieces under way than the most, so that none of them waits then.
			isFull: () => this.limit.pendingCount > 0 || this.workers.isShort || this.limit.activeCount >= this.most,
			inUse: () => this.limit.activeCount,
			onChange: (connections) => {
				this.limit.concurrency = connections;
				this.workers.setLimit(this.#workersOf(connections));
			},
		};
	}
}
