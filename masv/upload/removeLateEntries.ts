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
 * Removes unfinished entries that a lost request to add a file has left, in this run or an earlier one, although it seemed to
 * have had no effect. Only what is listed twice, and is what was or is sent. Errors are reported as warnings: the files have been uploaded.
 */
export async function removeLateEntries(
	access: PackageAccess,
	{ lostPlaces, ownIds, others, intents, notebook }: KnownFiles,
	sources: FileSource[],
	addedIds: ReadonlySet<string>,
	onWarning: ((text: string) => void) | undefined,
): Promise<void> {
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
	try {
		const first = await look();
		if (first.size === 0) return;
		const second = await look();
		const [left] = await removeEntries(access, new Set([...second].filter((id) => first.has(id))), notebook);
		if (left !== undefined) throw notRemovedError(access.packageId, left, left.place);
	} catch (error) {
		if (!(error instanceof MasvError)) throw error;
		onWarning?.(`Package ${access.packageId} may contain an unfinished file: ${error.message}`);
	}
}
