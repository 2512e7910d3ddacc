import { z } from 'zod';

import type { JournalRecord } from '../transfer/journal';
import type { Seen } from './deliveries';

const seen = z.object({ ids: z.array(z.string()), allTransfers: z.boolean(), allActivities: z.boolean() });

const line = z.discriminatedUnion('kind', [
	z.object({ kind: z.literal('start'), before: seen }),
	z.object({ kind: z.literal('transfer'), id: z.string() }),
	/** The run has said that it is not known whether the transfer was started. */
	z.object({ kind: z.literal('told'), run: z.string() }),
	z.object({ kind: z.literal('done'), run: z.string() }),
]);

/** What earlier runs noted about sending a package to a storage. */
export interface SendNotes {
	/** What was there before a transfer was started. Undefined: none was started. */
	before: Seen | undefined;
	/** The transfer that was started. */
	transferId: string | undefined;
	/** The run that has said last that it is not known whether the transfer was started. */
	toldBy: string | undefined;
	/** The runs that got its result. */
	doneBy: Set<string>;
}

export function readSendNotes(lines: readonly unknown[]): SendNotes {
	const none = { transferId: undefined, toldBy: undefined };
	let notes: SendNotes = { before: undefined, ...none, doneBy: new Set() };
	for (const candidate of lines) {
		const { data } = line.safeParse(candidate);
		if (data?.kind === 'start') notes = { before: data.before, ...none, doneBy: new Set() };
		if (data?.kind === 'transfer') notes.transferId = data.id;
		if (data?.kind === 'told') notes.toldBy = data.run;
		if (data?.kind === 'done') notes.doneBy.add(data.run);
	}
	return notes;
}

/** Each line is on the disk before the next effect. */
export async function noteSend(record: JournalRecord | undefined, noted: z.infer<typeof line>): Promise<void> {
	await record?.append(noted, { durable: true });
}
