import { z } from 'zod';

import type { JournalRecord } from '../transfer/journal';
import type { PackageOrigin } from './findPackages';
import { originKey } from './findPackages';

const lineSchema = z.object({ key: z.string(), state: z.unknown(), lines: z.number().optional() });

/** A look at the lists. */
export interface Look {
	/** Undefined: there was none. */
	state: unknown;
	/** How many lines the ledger had then. If some of them are missing, the state is worth nothing. */
	lines: number;
}

/** The last look, which is stored beside the ledger. If it is lost, the lists are read from the beginning. */
export function readLook(record: JournalRecord | undefined, origin: PackageOrigin): Look {
	const line = lineSchema.safeParse(record?.lines.at(-1)).data;
	return { state: line?.key === originKey(origin) ? line.state : undefined, lines: line?.lines ?? 0 };
}

/** Replaces it. Half of it, after a crash, is none. */
export async function writeLook(record: JournalRecord, origin: PackageOrigin, look: Look): Promise<void> {
	await record.remove();
	await record.append({ key: originKey(origin), ...look });
}
