import { z } from 'zod';

import type { JournalRecord } from '../transfer/journal';
import type { Transfer } from './transfers';
import { transferSchema } from './transfers';

const line = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('package'), id: z.string() }),
	z.object({ kind: z.literal('transfer'), transfer: transferSchema }),
	z.object({ kind: z.literal('link'), sealed: z.string() }),
	/** The run has said that it is not known whether the transfer was started. */
	z.object({ kind: z.literal('told'), run: z.string() }),
	z.object({ kind: z.literal('done'), run: z.string() }),
]);

/** What earlier runs noted about a package that MASV fills from a storage. */
export interface PullNotes {
	packageId: string | undefined;
	transfer: Transfer | undefined;
	/** The link of the package, sealed with the API key. */
	sealedLink: string | undefined;
	/** The run that has said last that it is not known whether the transfer was started. */
	toldBy: string | undefined;
	/** The run that got its result. */
	doneBy: string | undefined;
}

export function readPullNotes(lines: readonly unknown[]): PullNotes {
	const notes: PullNotes = {
		...{ packageId: undefined, transfer: undefined, sealedLink: undefined },
		...{ toldBy: undefined, doneBy: undefined },
	};
	for (const candidate of lines) {
		const { data } = line.safeParse(candidate);
		if (data?.kind === 'package') notes.packageId = data.id;
		if (data?.kind === 'transfer') notes.transfer = data.transfer;
		if (data?.kind === 'link') notes.sealedLink = data.sealed;
		if (data?.kind === 'told') notes.toldBy = data.run;
		if (data?.kind === 'done') notes.doneBy = data.run;
	}
	return notes;
}

/** Each line is on the disk before the next effect. */
export async function notePull(record: JournalRecord | undefined, noted: z.infer<typeof line>): Promise<void> {
	await record?.append(noted, { durable: true });
}
