import type { Clock } from '../clock';
import { MasvError, MasvTransferError } from '../errors';
import { inTurns } from '../inTurns';
import { LongMap, LongSet } from '../longCollections';
import type { ListedFile, Listing } from '../transfer/listing';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { placeOf } from '../transfer/places';
import type { FileSource } from '../transfer/source';
import { isOwnLeftover, toIntent } from './reconcile';
import { notRemovedError, removeEntries } from './removeEntries';
import { untilSeenTwice } from './untilSeenTwice';
import type { UploadedFile } from './uploadedFile';
import type { KnownFiles } from './uploadRun';

/** A file, and what it became in the package. */
export interface SentFile {
	source: FileSource;
	file: UploadedFile;
}

/** How a list differs from what was sent. */
interface Difference {
	/** Files that the list lacks or shows as incomplete. */
	behind: UploadedFile[];
	/** Entries that this delivery left, or began and never finished. */
	leftovers: ListedFile[];
	strangers: ListedFile[];
	/** Files with another size than that of what was sent. */
	resized: ListedFile[];
}

/**
 * Compares the list of files with what was sent, before the package is finalized. Waits for a list that is behind, and
 * removes what this delivery has left.
 * @param newIds files that this run has finalized itself
 * @returns whether the list shows exactly the sent files. False: no list can be had, or it stays behind for a minute
 * @throws MasvTransferError if only notes of earlier runs say that a file is there, and the list is out of reach or lacks it
 * @throws MasvTransferError, MasvError if the package contains anything else, what this delivery left is not removed, or it cannot be
 * told because each list shows something else
 */
export async function confirmFiles(
	access: PackageAccess,
	sent: SentFile[],
	known: KnownFiles,
	newIds: ReadonlySet<string>,
): Promise<boolean> {
	const { client, packageId } = access;
	const look = async (): Promise<Difference | undefined> => {
		const listing = await fetchListing(access);
		return listing === undefined ? undefined : await compare(listing, sent, known, client.clock);
	};
	// The list may be behind. What it shows of a size is no reason yet to give the package up.
	const judge = (found: Difference | undefined): 'settled' | 'behind' =>
		found !== undefined && found.behind.length + found.resized.length > 0 ? 'behind' : 'settled';
	const idsOf = (latest: Difference | undefined): string[] => latest?.leftovers.map(({ id }) => id) ?? [];
	const tried = new Set<string>();
	let found = await untilSeenTwice(access, look, idsOf, judge);
	// What a request without a response has added may appear while another entry is removed.
	for (let left = idsOf(found); left.some((id) => !tried.has(id)); left = idsOf(found)) {
		const fresh = new Set(left.filter((id) => !tried.has(id)));
		for (const id of fresh) tried.add(id);
		await removeEntries(access, fresh, known.notebook);
		found = await untilSeenTwice(access, look, idsOf, judge);
	}
	if (found === undefined) {
		const unchecked = known.wasListed === true ? sent.find(({ file }) => !newIds.has(file.id)) : undefined;
		if (unchecked !== undefined) throw uncheckedError(unchecked.file);
		return false;
	}
	await noteListed(known, packageId);
	const [stranger] = found.strangers;
	if (stranger !== undefined) throw strangerError(packageId, stranger);
	const [leftover] = found.leftovers;
	if (leftover !== undefined) throw notRemovedError(packageId, leftover, leftover.place);
	const [resized] = found.resized;
	if (resized !== undefined) throw resizedError(resized);
	const lost = found.behind.find(({ id }) => !newIds.has(id));
	if (lost !== undefined) throw lostError(lost);
	return found.behind.length === 0;
}

/** Notes that a list can be had, so that its absence is not taken for a server that has none. */
export async function noteListed(known: KnownFiles, packageId: string): Promise<void> {
	if (known.wasListed === true) return;
	known.wasListed = true;
	await known.notebook?.write({ kind: 'listed', package: packageId });
}

async function compare(
	listing: Listing,
	sent: SentFile[],
	{ ownIds, intents }: KnownFiles,
	clock: Pick<Clock, 'sleep'>,
): Promise<Difference> {
	const difference: Difference = { behind: [], leftovers: [], strangers: [], resized: [] };
	const sentIds = new LongSet<string>();
	const sources = new LongMap<string, FileSource>();
	await inTurns(sent, clock, ({ source, file }) => {
		sentIds.add(file.id);
		sources.set(placeOf(source), source);
		const listed = listing.byId.get(file.id);
		if (listed === undefined || listed.isComplete === false) difference.behind.push(file);
		else if (listed.bytes !== undefined && listed.bytes !== file.size) difference.resized.push(listed);
	});
	await inTurns(listing.byPlace.values(), clock, (atPlace) => {
		for (const listed of atPlace) {
			if (sentIds.has(listed.id)) continue;
			const source = sources.get(listed.place);
			const current = source === undefined ? [] : [toIntent(source)];
			const isOwn = ownIds.has(listed.id) || isOwnLeftover(listed, [...current, ...(intents.get(listed.place) ?? [])]);
			difference[isOwn ? 'leftovers' : 'strangers'].push(listed);
		}
	});
	return difference;
}

function strangerError(packageId: string, { place, id }: ListedFile): MasvError {
	return new MasvError(`Package ${packageId} contains "${place}" (${id}), which is not one of the files to send`, {
		code: 'package_file_unknown',
		facts: { file: place, file_id: id },
		hint: 'Run this again to send the files in a new package, and check in MASV who added the file.',
	});
}

function resizedError({ place, bytes }: ListedFile): MasvTransferError {
	return new MasvTransferError(`MASV lists "${place}" with ${bytes} bytes, which is not the size of the file`, {
		code: 'package_file_different',
		file: place,
		hint: 'Run this again to send the file again.',
	});
}

function uncheckedError(file: UploadedFile): MasvTransferError {
	return new MasvTransferError(
		`MASV no longer lists the files of the package, so it is not known whether it still has "${placeOf(file)}"`,
		{
			code: 'package_not_listed',
			file: placeOf(file),
			hint: 'Run this again once MASV shows the files of the package.',
		},
	);
}

function lostError(file: UploadedFile): MasvTransferError {
	return new MasvTransferError(`MASV no longer has "${placeOf(file)}", although an earlier run uploaded it`, {
		code: 'file_missing_in_package',
		file: placeOf(file),
		hint: 'Run this again to send the file again.',
	});
}
