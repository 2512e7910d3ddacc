import { MasvError, throwIfCancelled } from '../errors';
import { placeOf } from '../transfer/places';
import type { FileSource, RangeSource } from '../transfer/source';
import { checkUnchanged } from '../transfer/unchanged';
import type { UntilAborted } from '../untilAborted';
import { untilAborted } from '../untilAborted';
import { mapParallel } from '../workers';
import { whileWanted } from './openOnDisk';
import { openSource } from './openSource';
import type { Stock } from './takeStock';

const parallelLooks = 8;

/**
 * Looks at files again before anything is given up that another run may have stored of them: one that had to wait for that run
 * knows them as they were before. It would fail at them later, and what it has removed would have to be stored again.
 * @returns by place, why a file cannot be sent: it has changed since it was planned, or cannot be opened
 */
export async function findChanged(
	sources: readonly FileSource[],
	signal: AbortSignal | undefined,
): Promise<Map<string, MasvError>> {
	const changed = new Map<string, MasvError>();
	const ranges = sources.filter((source) => source.kind === 'range');
	const wait = untilAborted(signal);
	const lookAt = async (source: RangeSource): Promise<void> => {
		throwIfCancelled(signal);
		const error = await look(source, wait);
		throwIfCancelled(signal);
		if (error !== undefined) changed.set(placeOf(source), error);
	};
	await mapParallel(ranges, parallelLooks, lookAt, signal);
	return changed;
}

/** Files of which something is to be removed before they are sent. */
export function toReplace(sources: readonly FileSource[], decisions: Stock['decisions']): FileSource[] {
	return sources.filter((_, index) => {
		const decision = decisions[index];
		return decision?.kind === 'send' && decision.remove.length > 0;
	});
}

/** @throws MasvTransferError for the first file that {@link findChanged} finds */
export async function checkAsPlanned(sources: readonly FileSource[], signal: AbortSignal | undefined): Promise<void> {
	const [first] = (await findChanged(sources, signal)).values();
	if (first !== undefined) throw first;
}

/** @returns why it cannot be sent */
async function look(source: RangeSource, wait: UntilAborted): Promise<MasvError | undefined> {
	try {
		const reader = await openSource(whileWanted(wait, source));
		try {
			await checkUnchanged(source, reader);
			return undefined;
		} finally {
			reader.close();
		}
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		return error;
	}
}
