import type { Delivery } from './delivery';
import { listPlaces } from './delivery';
import type { DiskFile } from './disk';
import { contentsBetween } from './disk';
import type { Entry, Package } from './server/model';
import { placeOf, somebody } from './server/model';
import type { World } from './world';

/** The entries of a package at a place. */
export function entriesAt({ entries }: Package, place: string): Entry[] {
	return entries.filter((entry) => entry.removedAt === undefined && placeOf(entry) === place);
}

/** Whether they are more than there should be. If no list shows them there, nobody can know of entries that were not noted. */
export function areTooMany(
	{ habits, timeline, journal }: Pick<World, 'habits' | 'timeline' | 'journal'>,
	entries: Entry[],
): boolean {
	const { isListTooLong, listStopsMs, spelling } = habits;
	const isHidden = isListTooLong || listStopsMs < Infinity || spelling !== 'as sent';
	const known = entries.filter(
		({ id, hidden }) => (!isHidden && hidden === undefined) || journal.knewId(id, timeline.nowMs),
	);
	return known.length > 1;
}

/** Whether the entry is complete and is the file as it was at some time between these. */
export function isWhole(entry: Entry | undefined, file: DiskFile, from: number, until: number): boolean {
	const content = entry?.completedAt === undefined ? undefined : entry.content;
	if (content === undefined) return false;
	return contentsBetween(file, from, until).some((version) => Buffer.compare(version, content) === 0);
}

/**
 * Whether somebody has removed a file after the run that finalized the package had seen its last list, or so that the run
 * could believe that the list was behind. Then it says that it has not reconciled the package with a list.
 */
export function isRemovedUnseen({ judge }: World, { entries, seenBy, finalizedBy }: Package, place: string): boolean {
	const result = judge.runs.get(finalizedBy?.run ?? '')?.result;
	const isReconciled = result?.kind === 'sent' && result.reconciled;
	const seenAt = isReconciled ? (seenBy.get(finalizedBy?.run) ?? -Infinity) : -Infinity;
	return entries.some(
		(entry) => entry.removedBy === somebody && placeOf(entry) === place && (entry.removedAt ?? 0) > seenAt,
	);
}

/** Compares the files of a finalized package with the sources as they were between two times. */
export function checkPackage(world: World, found: Package, delivery: Delivery, from: number, until: number): void {
	const broken = (what: string): void => world.judge.fail('whole files', `${found.id} is finalized ${what}`);
	for (const { file, ...sent } of delivery.files) {
		const place = placeOf(sent);
		const here = entriesAt(found, place);
		if (here.length === 0 && !isRemovedUnseen(world, found, place)) broken(`without "${place}"`);
		if (areTooMany(world, here)) broken(`with ${here.length} times "${place}"`);
		// What no note tells of is taken for the file if its place, size and `last_modified` are those of the file.
		const sinceOf = ({ id, createdAt }: Entry): number =>
			createdAt < from && !world.journal.knewId(id, from) ? -Infinity : from;
		const entry = here.find((each) => !isWhole(each, file, sinceOf(each), until));
		if (entry !== undefined) {
			broken(`with a "${place}" (${entry.id}) that the source was not at that time`);
		}
	}
	const places = new Set([...delivery.files.map((sent) => placeOf(sent)), ...listPlaces(delivery)]);
	const extra = found.entries.find((entry) => entry.removedAt === undefined && !places.has(placeOf(entry)));
	if (extra !== undefined) broken(`with "${placeOf(extra)}", which was not to be sent`);
}
