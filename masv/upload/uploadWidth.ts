import type { Budget } from '../transfer/budget';
import { createBudget } from '../transfer/budget';
import { firstConnections, mostConnections } from '../transfer/climb';
import type { Lane, Lines } from '../transfer/lines';
import type { Limit } from '../workers';
import { createLimit } from '../workers';
import type { PartPlan } from './partPlan';

/**
 * Workers that add and finalize files while others send parts: only one of the five requests for a small file carries
 * content. A large file takes as many workers as it has parts in flight. Thus small files saturate the connection, while
 * large ones are uploaded one after another, before their part URLs expire.
 */
const workersAhead = 12;

/** How many parts and files of one upload are under way at the same time. */
export interface UploadWidth {
	/** The most there can be: files are divided into at least as many parts, if they are large enough. */
	parallelParts: number;
	/** Limits the number of parts in flight. */
	limit: Limit;
	/** Limits the number of files; each takes {@link workersFor}. */
	workers: Budget;
	workersFor(plan: PartPlan): number;
	/** To be told of bytes sent and of attempts that failed. */
	moved: (bytes: number) => void;
	failed: (error: unknown) => void;
	close: () => void;
}

/** A fixed number if one is given; otherwise what fills the line to the server, which changes in the course of the upload. */
export function openWidth(
	{ parallelParts, lines }: { parallelParts?: number; lines?: Lines },
	server: string,
): UploadWidth {
	if (parallelParts !== undefined || lines === undefined) return fixedWidth(parallelParts ?? firstConnections);
	const limit = createLimit(firstConnections);
	const workers = createBudget(firstConnections + workersAhead);
	const lane: Lane = lines.join(
		server,
		() => limit.pendingCount > 0,
		(connections) => {
			limit.concurrency = connections;
			workers.setLimit(connections + workersAhead);
		},
	);
	return {
		parallelParts: mostConnections,
		limit,
		workers,
		workersFor: (plan) => Math.min(plan.parallelParts, lane.connections),
		moved: lane.moved,
		failed: lane.failed,
		close: lane.leave,
	};
}

function fixedWidth(parallelParts: number): UploadWidth {
	return {
		parallelParts,
		limit: createLimit(parallelParts),
		workers: createBudget(parallelParts + workersAhead),
		workersFor: (plan) => plan.parallelParts,
		moved: () => undefined,
		failed: () => undefined,
		close: () => undefined,
	};
}
