import { MasvError } from '../errors';
import type { Listing } from '../transfer/listing';
import { fetchListing, isSameFile } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { untilSettled } from '../transfer/untilSettled';
import { toIntent } from './reconcile';
import { notRemovedError, removeEntries } from './removeEntries';
import type { KnownFiles } from './uploadRun';

/**
 * Removes unfinished entries beside files that have been uploaded. Errors are reported as warnings.
 *
 * Those that a lost request to add a file has left, in this run or an earlier one, although it seemed to have had no effect: only what is
 * listed twice, and is what was or is sent. And those that were noted: a run that was frozen may have added one after another run had
 * uploaded the file, and the list may have stopped before.
 * @param addedIds of the files that this run has uploaded
 * @param unfinishedIds what this delivery noted as added, never finished, and has not removed
 */
export async function removeLateEntries(
	access: PackageAccess,
	known: KnownFiles,
	sources: FileSource[],
	{ addedIds, unfinishedIds }: { addedIds: ReadonlySet<string>; unfinishedIds: ReadonlySet<string> },
	onWarning: ((text: string) => void) | undefined,
): Promise<void> {
	try {
		await removeAll(access, known, unfinishedIds, unfinishedIds);
		await removeLost(access, known, sources, addedIds);
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		onWarning?.(`Package ${access.packageId} may contain an unfinished file: ${error.message}`);
	}
}

async function removeAll(
	access: PackageAccess,
	{ notebook }: KnownFiles,
	ids: ReadonlySet<string>,
	unlisted?: ReadonlySet<string>,
): Promise<void> {
	const [left] = await removeEntries(access, ids, notebook, unlisted);
	if (left !== undefined) throw notRemovedError(access.packageId, left, left.place);
}

async function removeLost(
	access: PackageAccess,
	known: KnownFiles,
	sources: FileSource[],
	addedIds: ReadonlySet<string>,
): Promise<void> {
	const { lostPlaces, ownIds, others, intents } = known;
	if (lostPlaces.size === 0) return;
	const lost = sources.filter((source) => lostPlaces.has(placeOf(source)));
	/** The list shows what was lost once it shows what was added after that. */
	const isUpToDate = (listing: Listing | undefined): boolean =>
		listing === undefined || [...addedIds].every((id) => listing.byId.has(id));
	const look = async (): Promise<Set<string>> => {
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
		return new Set(late.map(({ id }) => id));
	};
	const first = await look();
	if (first.size === 0) return;
	const second = await look();
	await removeAll(access, known, new Set([...second].filter((id) => first.has(id))));
}
