import type { Limit } from '../workers';
import { createLimit } from '../workers';
import type { Budget } from './budget';
import { createBudget } from './budget';
import { firstConnections, mostConnections } from './climb';
import type { Lines, LineUser } from './lines';
import type { BufferKind, MemoryShares } from './memoryShares';
import { bufferBytesFor, createMemoryShares } from './memoryShares';

/** More do not fill a line better, and each takes a connection to MASV. */
const mostWorkers = 160;

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
	moved: (bytes: number) => void;
	failed: (error: unknown) => void;
	close: () => void;
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
	/** As many of them for each connection, if that is more. Default: so that eight connections have `workersAhead`. */
	aheadPerConnection?: number;
}

/** A fixed number if one is given; otherwise what fills the line to the server, which changes in the course of the transfer. */
export function openWidth({
	connections: fixed,
	lines,
	line,
	memoryShares = createMemoryShares(),
	onMemory,
	buffers,
	workersAhead,
	aheadPerConnection = workersAhead / firstConnections,
}: WidthOptions): Width {
	const workersOf = (connections: number): number => {
		const ahead = Math.ceil(Math.max(workersAhead, aheadPerConnection * connections));
		return Math.min(connections + ahead, Math.max(connections + workersAhead, mostWorkers));
	};
	const isFixed = fixed !== undefined || lines === undefined;
	const limit = createLimit(fixed ?? firstConnections);
	const workers = createBudget(workersOf(limit.concurrency));
	const user: LineUser = {
		isFull: () => limit.pendingCount > 0 || workers.isShort,
		inUse: () => limit.activeCount,
		onChange: (connections) => {
			limit.concurrency = connections;
			workers.setLimit(workersOf(connections));
		},
	};
	const lane = isFixed ? undefined : lines.join(line, user);
	const part = memoryShares.join(onMemory);
	return {
		most: isFixed ? limit.concurrency : mostConnections,
		get connections() {
			return limit.concurrency;
		},
		limit,
		workers,
		// A file that fills the line leaves little for others: large files are transferred one after another, before their
		// addresses expire.
		workersFor: (pieces) =>
			pieces < limit.concurrency ? pieces : Math.max(1, workersOf(limit.concurrency) - workersAhead),
		get bufferBytes() {
			return bufferBytesFor(limit.concurrency, part.share, buffers);
		},
		moved: (bytes) => lane?.moved(bytes),
		failed: (error) => lane?.failed(error),
		close: () => {
			lane?.leave();
			part.leave();
		},
	};
}
