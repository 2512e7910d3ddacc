import { nodeHashing } from '../../masv/node/nodeHashing';
import { noLoad } from '../../masv/load';
import { createBudget } from '../../masv/transfer/budget';
import type { PartCheckOptions } from '../../masv/upload/partChecks';
import { createPartChecks } from '../../masv/upload/partChecks';
import { createSlots } from '../../masv/upload/slots';
import type { PartsInFlight } from '../../masv/upload/uploadRun';
import { createLimit } from '../../masv/workers';
import { instantClock } from './instantClock';

export interface TestInFlight extends PartsInFlight {
	/** What the meter was told: bytes sent, of earlier runs, to be compared, and compared. */
	told: { advanced: number; skipped: number; toCheck: number; checked: number };
}

/** What the parts of one upload run share. */
export function partsInFlight({
	parallelParts = 1,
	streamBytes = 0,
	...checks
}: { parallelParts?: number; streamBytes?: number } & Partial<PartCheckOptions> = {}): TestInFlight {
	const told = { advanced: 0, skipped: 0, toCheck: 0, checked: 0 };
	return {
		told,
		limit: createLimit(parallelParts),
		slots: createSlots(parallelParts, instantClock()),
		streamMemory: createBudget(streamBytes),
		meter: {
			advance: (bytes) => void (told.advanced += bytes),
			skip: (bytes) => void (told.skipped += bytes),
			toCheck: (bytes) => void (told.toCheck += bytes),
			checked: (bytes) => void (told.checked += bytes),
			fileDone: () => undefined,
		},
		checks: createPartChecks({
			verifyParts: 'automatic',
			hashing: nodeHashing,
			clock: instantClock(),
			load: noLoad,
			totalBytes: 0,
			isNoted: false,
			onOpaque: () => undefined,
			...checks,
		}),
	};
}
