import type { z } from 'zod';

import { noDate, parseDate, toSendable } from '../dates';
import { inTurns } from '../inTurns';
import { isHtmlPage, isRefusedRoute, isTooLong } from '../answers';
import { LongMap } from '../longCollections';
import { fetchFilesAs, isSentFile } from '../packages/files';
import type { RetryPolicy } from '../retry';
import { minuteOfLag, noRetry } from '../retry';
import type { MasvFile } from '../schemas';
import { fileSchema } from '../schemas';
import { undefinedIf } from '../undefinedIf';
import { askAgain } from './askAgain';
import type { PackageAccess } from './packageAccess';
import { placeOf } from './places';
import { shareRuns } from './shareRuns';

/** An entry in the list of files of a package. What a list does not say is undefined: unknown, not different. */
export interface ListedFile {
	id: string;
	/** See {@link placeOf}. Empty if the list shows no name. */
	place: string;
	bytes: number | undefined;
	/** Milliseconds since the epoch. */
	modifiedMs: number | undefined;
	isComplete: boolean | undefined;
}

/** The files of a package as MASV lists them at one moment. */
export interface Listing {
	byId: ReadonlyMap<string, ListedFile>;
	/** Without entries that have no name. */
	byPlace: ReadonlyMap<string, readonly ListedFile[]>;
}

/** Access whose callers share lists: with thousands of files, each of which asks for the whole list, that is quadratic. */
interface SharingAccess extends PackageAccess {
	/** By policy: who asks once must not wait for the retries of others. */
	lists: ReadonlyMap<RetryPolicy, () => Promise<Listing | undefined>>;
}

/** The same access, with which {@link fetchListing} reads one list for all that ask while another one is being read. */
export function sharingLists(access: PackageAccess): PackageAccess {
	const shared = (policy: RetryPolicy) => shareRuns(async () => await readListing(access, policy));
	const lists = new Map([access.policy, noRetry].map((policy) => [policy, shared(policy)]));
	const sharing: SharingAccess = { ...access, lists };
	return sharing;
}

/** @returns a list that was read after this call; undefined if none can be had, see {@link fetchEntries} */
export async function fetchListing(
	access: PackageAccess,
	policy: RetryPolicy = access.policy,
): Promise<Listing | undefined> {
	const shared = 'lists' in access ? (access as SharingAccess).lists.get(policy) : undefined;
	return await (shared === undefined ? readListing(access, policy) : shared());
}

async function readListing(access: PackageAccess, policy: RetryPolicy): Promise<Listing | undefined> {
	const files = await fetchEntries(access, listedFileSchema, policy);
	if (files === undefined) return undefined;
	const byId = new LongMap<string, ListedFile>();
	const byPlace = new LongMap<string, ListedFile[]>();
	await inTurns(files, access.client.clock, (listed) => {
		if (listed === undefined) return;
		byId.set(listed.id, listed);
		if (listed.place === '') return;
		const others = byPlace.get(listed.place);
		if (others === undefined) byPlace.set(listed.place, [listed]);
		else others.push(listed);
	});
	return { byId, byPlace };
}

/**
 * All entries that MASV lists, directories and archives among them.
 * @param record decodes each of them
 * @returns undefined if no list can be had: the server repeats that it refuses the route, a page is all it responds for a
 * minute, or its list is too long to be read
 */
export async function fetchEntries<T>(
	{ client, packageId, token, policy: usual }: PackageAccess,
	record: z.ZodType<T>,
	policy: RetryPolicy = usual,
): Promise<T[] | undefined> {
	const ask = async (): Promise<T[]> => await fetchFilesAs(client, packageId, token, record, policy);
	const isNoList = (error: unknown): boolean => isRefusedRoute(error) || isHtmlPage(error) || isTooLong(error);
	return await undefinedIf(isNoList, askAgain(client, minuteOfLag(policy), ask, isRefusedRoute));
}

/** @returns undefined for directories, and for archives that MASV generates: they are not files that someone sent */
export function toListedFile(file: MasvFile): ListedFile | undefined {
	if (file.kind === 'directory' || !isSentFile(file)) return undefined;
	return {
		id: file.id,
		place: file.name === undefined ? '' : placeOf({ path: file.path ?? '', name: file.name }),
		bytes: file.size,
		modifiedMs: toMs(file.last_modified),
		isComplete: file.completed,
	};
}

const listedFileSchema = fileSchema.transform(toListedFile);

/**
 * The same list with the entries whose ID was noted where they were added: MASV may spell the place of an entry in another way.
 * @param noted places by ID
 */
export function atNotedPlaces(listing: Listing, noted: ReadonlyMap<string, string>): Listing {
	const elsewhere = [...noted].flatMap(([id, place]) => {
		const listed = listing.byId.get(id);
		return listed === undefined || listed.place === place ? [] : [{ listed, place }];
	});
	// Nearly always: a long list need not be copied.
	if (elsewhere.length === 0) return listing;
	const byId = new LongMap(listing.byId);
	const byPlace = new LongMap(listing.byPlace);
	for (const { listed, place } of elsewhere) {
		const { id } = listed;
		const moved = { ...listed, place };
		byId.set(id, moved);
		byPlace.set(
			listed.place,
			(byPlace.get(listed.place) ?? []).filter((each) => each.id !== id),
		);
		byPlace.set(place, [...(byPlace.get(place) ?? []), moved]);
	}
	return { byId, byPlace };
}

function toMs(date: string | undefined): number | undefined {
	const ms = parseDate(date);
	return Number.isNaN(ms) ? undefined : ms;
}

/**
 * Whether an entry is the file that was sent: same size, and same `last_modified` as far as the list shows it (whole
 * seconds in some samples). What the list lacks proves nothing.
 */
export function isSameFile(listed: ListedFile, sent: { bytes: number; modifiedMs: number }): boolean {
	const { bytes, modifiedMs } = listed;
	if (bytes !== sent.bytes || modifiedMs === undefined) return false;
	const sentMs = toSendable(sent.modifiedMs);
	return modifiedMs === sentMs || modifiedMs === Math.floor(sentMs / 1000) * 1000;
}

/** The same as the only proof: a file without a time could be any other one of its size. */
export function isProvenFile(listed: ListedFile, sent: { bytes: number; modifiedMs: number }): boolean {
	return toSendable(sent.modifiedMs) !== noDate && isSameFile(listed, sent);
}
