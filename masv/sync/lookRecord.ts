import { z } from 'zod';

import type { JournalRecord } from '../transfer/journal';
import type { PackageOrigin } from './findPackages';

const lineSchema = z.object({ key: z.string(), state: z.unknown() });

/** The state of the last look at the lists, beside the ledger. If it is lost, the lists are read from the beginning. */
export function readLook(record: JournalRecord | undefined, origin: PackageOrigin): unknown {
	const line = lineSchema.safeParse(record?.lines.at(-1)).data;
	return line?.key === keyOf(origin) ? line.state : undefined;
}

/** Replaces the state. Half of it, after a crash, is none. */
export async function writeLook(record: JournalRecord, origin: PackageOrigin, state: object): Promise<void> {
	await record.remove();
	await record.append({ key: keyOf(origin), state });
}

/** A portal that the user adds is read from the beginning, and so are the others. */
function keyOf(origin: PackageOrigin): string {
	return JSON.stringify(origin.kind === 'sent' ? ['sent'] : ['portals', origin.portalIds?.toSorted() ?? 'all']);
}
