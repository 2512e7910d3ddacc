import { MasvError } from '../errors';
import { placeOf } from '../transfer/places';
import type { FileSource, RangeSource } from '../transfer/source';
import { checkUnchanged } from '../transfer/unchanged';
import { mapParallel } from '../workers';
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
	await mapParallel(ranges, parallelLooks, async (source) => await look(source, changed), signal);
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

async function look(source: RangeSource, changed: Map<string, MasvError>): Promise<void> {
	try {
		const reader = await openSource(source);
		try {
			await checkUnchanged(source, reader);
		} finally {
			reader.close();
		}
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		changed.set(placeOf(source), error);
	}
}
