import { throwIfCancelled } from '../errors';
import type { PackageAccess } from '../transfer/packageAccess';
import { partRange } from '../transfer/ranges';
import type { RangeReader, RangeSource } from '../transfer/source';
import { mapParallel } from '../workers';
import { openSource } from './openSource';
import { isComparable, startComparison } from './partComparison';
import type { PartNote } from './partNote';
import { isHashed } from './partNote';
import type { PartPlan } from './partPlan';
import { readRange } from './readPart';
import { checkUnchanged } from '../transfer/unchanged';
import type { PartsInFlight } from './uploadRun';

/** Parts in the storage, compared with what the source contains now. */
export interface ComparedParts {
	/** Parts with the same content, by index from 0, each with the checksum that was compared. */
	same: Map<number, PartNote>;
	/** Indexes of parts that were sent with other content; in ascending order. */
	different: number[];
	/**
	 * Indexes of parts of which it cannot be known, in ascending order: what was sent was not hashed, and the ETag is not the
	 * MD5 of the content, or of any content. docs/masv-api.md#etags
	 */
	unknown: number[];
}

/**
 * Reads the stored parts of a file again, and compares them by their checksums. Streams need no such comparison: their parts
 * are compared when they are read to be skipped.
 * @param sum computes the MD5 of the whole file, see `PartJob`
 * @throws MasvTransferError if the file cannot be read or has become shorter; with `sum`, also if it changed meanwhile
 */
export async function compareParts(
	access: PackageAccess,
	inFlight: PartsInFlight,
	source: RangeSource,
	plan: PartPlan,
	stored: ReadonlyMap<number, PartNote>,
	sum?: () => Promise<unknown>,
): Promise<ComparedParts> {
	const reader = await openSource(source);
	try {
		for (;;) {
			const before = sum === undefined ? undefined : await reader.look();
			const compared = await compareRanges(access, inFlight, source, reader, plan, stored);
			if (sum === undefined || compared.different.length > 0) return compared;
			await sum();
			if ((await checkUnchanged(source, reader, before)) === 'same') return compared;
		}
	} finally {
		reader.close();
	}
}

/** The same for a file that is open. Its parts are read in parallel, within the limit on parts in flight. */
export async function compareRanges(
	{ client }: PackageAccess,
	{ limit, slots, meter }: PartsInFlight,
	source: RangeSource,
	reader: RangeReader,
	plan: PartPlan,
	stored: ReadonlyMap<number, PartNote>,
): Promise<ComparedParts> {
	const comparable = [...stored].filter(([, note]) => isComparable(note));
	const same = new Map<number, PartNote>();
	meter.toCheck(comparable.reduce((sum, [index]) => sum + partRange(plan, source.bytes, index).length, 0));
	const compare = async ([index, note]: [number, PartNote], signal: AbortSignal): Promise<void> => {
		throwIfCancelled(signal);
		const slot = slots.take();
		try {
			const comparison = startComparison(client.hashing, note);
			const range = partRange(plan, source.bytes, index);
			for await (const piece of readRange(source, reader, range, slot, { isOpen: true })) {
				throwIfCancelled(signal);
				comparison.update(piece);
				meter.checked(piece.length);
			}
			const found = comparison.finish();
			if (found !== undefined) same.set(index, found);
		} finally {
			slots.give(slot);
		}
	};
	await mapParallel(
		comparable,
		plan.parallelParts,
		async (part, signal) => await limit(compare, part, signal),
		client.signal,
	);
	const others = [...stored].filter(([index]) => !same.has(index)).sort(([a], [b]) => a - b);
	const indexesOf = (hashed: boolean): number[] =>
		others.filter(([, note]) => isHashed(note) === hashed).map(([index]) => index);
	return { same, different: indexesOf(true), unknown: indexesOf(false) };
}
