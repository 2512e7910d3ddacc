import type { Clock } from '../clock';
import type { JournalRecord } from '../transfer/journal';
import type { FileSource } from '../transfer/source';
import { readNotes } from './notes';
import { changeSince } from './reconcile';
import type { Stock } from './takeStock';

/**
 * For a run that can read its own record, but not what others have noted about the same package. It decides as if nothing had
 * been noted, because what it knows may be out of date; place, size and time then show that a file is there. But what its own
 * record shows to be another state of the file is not reported as this one.
 */
export async function refuseChanged(
	decisions: Stock['decisions'],
	sources: readonly FileSource[],
	record: Pick<JournalRecord, 'lines'> | undefined,
	clock: Pick<Clock, 'sleep'>,
): Promise<Stock['decisions']> {
	const { files } = await readNotes(record?.lines ?? [], clock);
	return decisions.map((decision, index) => {
		const note = decision.kind === 'there' ? files.get(decision.id) : undefined;
		if (note === undefined || changeSince(sources[index] as FileSource, note) === 'same') return decision;
		const { id, place, bytes, modifiedMs } = note;
		return { kind: 'blocked', by: { id, place, bytes, modifiedMs, isComplete: true }, reason: 'unproven' };
	});
}
