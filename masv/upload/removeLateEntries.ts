import { MasvError } from '../errors';
import type { ListedFile, Listing } from '../transfer/listing';
import { fetchListing, isSameFile } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { untilSettled } from '../transfer/untilSettled';
import { toIntent } from './reconcile';
import { isRemovableLeftover, notRemovedError, removeEntries } from './removeEntries';
import type { KnownFiles } from './uploadRun';

/**
 * Removes unfinished entries beside files that have been uploaded. Errors are reported as warnings, each entry that stays in one
 * of its own.
 *
 * Those that a lost request to add a file has left, in this run or an earlier one, although it seemed to have had no effect: only what is
 * listed twice, and is what was or is sent. Where nothing can be noted, another delivery may have finished such a file at the same
 * moment, so that only what the list shows as unfinished is removed. And those that were noted: a run that was frozen may have added one after another run had
 * uploaded the file, and the list may have stopped before.
 * @param addedIds of the files that this run has uploaded
 * @param unfinished places by ID of what this delivery noted as added, never finished, and has not removed
 */
export async function removeLateEntries(
	access: PackageAccess,
	known: KnownFiles,
	sources: FileSource[],
	{ addedIds, unfinished }: { addedIds: ReadonlySet<string>; unfinished: ReadonlyMap<string, string> },
	onWarning: ((text: string) => void) | undefined,
): Promise<void> {
	const { packageId } = access;
	const warn = (why: string): void => onWarning?.(`Package ${packageId} may contain an unfinished file: ${why}`);
	try {
		const lost = await findLost(access, known, sources, addedIds);
		// Together: one that MASV does not remove keeps no other from being removed.
		const ids = new Set([...unfinished.keys(), ...lost.removable.map(({ id }) => id)]);
		const left = await removeEntries(access, ids, known.notebook, new Set(unfinished.keys()));
		for (const each of left) warn(notRemovedError(packageId, each, unfinished.get(each.id) ?? each.place).message);
		for (const { id, place } of lost.unclear) warn(`MASV does not say whether "${place}" (${id}) is complete`);
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		warn(error.message);
	}
}

/** What lost requests have left, as two lists show. `unclear`: what may also be a file that another delivery has finished. */
interface Lost {
	removable: ListedFile[];
	unclear: ListedFile[];
}

async function findLost(
	access: PackageAccess,
	known: KnownFiles,
	sources: FileSource[],
	addedIds: ReadonlySet<string>,
): Promise<Lost> {
	const { lostPlaces, ownIds, others, intents } = known;
	const none: Lost = { removable: [], unclear: [] };
	if (lostPlaces.size === 0) return none;
	const lost = sources.filter((source) => lostPlaces.has(placeOf(source)));
	/** The list shows what was lost once it shows what was added after that. */
	const isUpToDate = (listing: Listing | undefined): boolean =>
		listing === undefined || [...addedIds].every((id) => listing.byId.has(id));
	const look = async (): Promise<Map<string, ListedFile>> => {
		const listing = await untilSettled(
			access.client,
			access.policy,
			async () => await fetchListing(access),
			(latest) => (isUpToDate(latest) ? 'settled' : 'behind'),
		);
		const late = lost.flatMap((source) => {
			const place = placeOf(source);
			const sent = [toIntent(source), ...(intents.get(place) ?? [])];
			const isKnown = (id: string): boolean => ownIds.has(id) || others.get(place)?.entries.has(id) === true;
			return (listing?.byPlace.get(place) ?? []).filter(
				(listed) => !isKnown(listed.id) && listed.isComplete !== true && sent.some((each) => isSameFile(listed, each)),
			);
		});
		return new Map(late.map((listed) => [listed.id, listed]));
	};
	const first = await look();
	if (first.size === 0) return none;
	const second = await look();
	const late = [...second.values()].filter(({ id }) => first.has(id));
	const isRemovable = (listed: ListedFile): boolean => isRemovableLeftover(listed, known);
	return { removable: late.filter(isRemovable), unclear: late.filter((listed) => !isRemovable(listed)) };
}
