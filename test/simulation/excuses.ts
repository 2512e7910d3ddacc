import type { Run } from './delivery';
import { currentOf } from './disk';
import type { Put } from './put';
import type { Habits } from './server/habits';
import type { Entry } from './server/model';

/**
 * Whether neither the list nor a second request to finalize a file tells a complete file from one whose upload has expired:
 * docs/masv-api.md#finalizing-a-file, docs/masv-api.md#listing-the-files-of-a-package
 */
export function isSilentOnCompletion(habits: Habits): boolean {
	return habits.again === 'no such upload' && isListSilent(habits);
}

/** Whether the list does not tell a complete file from one whose upload has expired. */
export function isListSilent({ showsCompleted, neverCompleted, isListTooLong, listStopsMs }: Habits): boolean {
	return !showsCompleted || neverCompleted || isListTooLong || listStopsMs < Infinity;
}

/**
 * Whether the file is of the delivery of this run, although a run of another one had asked MASV to finalize it: that run ended
 * without an answer, a run of this delivery took the file over, saw that it was complete, and noted it as its own. As no other
 * delivery has noted or reported it, it may be replaced when its source has changed.
 * @param isNotedAsDone whether this run could read such a note
 */
export function isTakenOver(
	{ id, finalizedBy }: Entry,
	{ delivery }: Run,
	runs: ReadonlyMap<string, Run>,
	isNotedAsDone: boolean,
): boolean {
	const finisher = runs.get(finalizedBy?.run ?? '');
	const users = [...runs.values()].filter((run) => run.notedDone.has(id) || doesReport(run, id));
	const isOfThisAlone = users.length > 0 && users.every((run) => run.delivery === delivery);
	return isOfThisAlone && isNotedAsDone && finisher?.endedAt !== undefined;
}

/**
 * Whether only notes, which this run could not read, tell that the file is not its own: the entry was added for it, with its size
 * and time, which MASV shows, and another delivery went on with the upload, with a file of its own of the same size.
 */
export function isContinuedUnseen({ by, finalizedBy }: Entry, { delivery, hasUnreadNotes }: Run): boolean {
	const isContinued = finalizedBy !== undefined && finalizedBy.delivery !== delivery.name;
	return hasUnreadNotes && by.delivery === delivery.name && isContinued;
}

function doesReport({ result }: Run, fileId: string): boolean {
	return result?.kind === 'added' && result.files.some((file) => 'id' in file && file.id === fileId);
}

/** Why bytes may be stored again although a run had stored them. Undefined: for no good reason. */
export function excuseFor(
	before: Put,
	now: Put,
	habits: Habits,
	mayBeDelivered: (packageId: string) => boolean,
	/** Whether the run that stores the bytes again could know that MASV had confirmed the file: a power failure takes notes. */
	isNotedAsDone: boolean,
): string | undefined {
	const { entry, upload } = before;
	const { delivery } = now.run;
	if (entry.removedBy !== undefined && entry.removedBy.delivery === undefined) return 'somebody removed the file';
	const isOtherPackage = now.entry.packageId !== entry.packageId;
	if (isOtherPackage && mayBeDelivered(entry.packageId)) return 'the other package was sent, or may have been';
	if (isOtherPackage && habits.listStopsMs < Infinity)
		return 'a list that has stopped shows for good what was removed, which would keep the package from being finalized';
	if (isOtherPackage && habits.spelling !== 'as sent')
		return 'an entry whose ID was never learned is not recognized, because MASV spells its place in another way';
	if (isOtherPackage && habits.isListTooLong)
		return 'an entry that no list shows may keep the package from being finalized';
	if (entry.completedAt !== undefined && !isNotedAsDone && isSilentOnCompletion(habits))
		return 'MASV does not say whether it has completed the file, so that it is replaced';
	if (entry.isNeverListed === true && isSilentOnCompletion(habits))
		return 'a list that has stopped lacks the file, and MASV does not say whether somebody has removed it since';
	if (upload.isExpired === true) return 'the upload has expired';
	if (upload.replaced.has(before.etag))
		return 'something else was stored in its place, for another file or before it changed';
	if (upload.isSpoiled === true) return 'the storage refused to assemble the parts';
	if (!habits.hasFileRemoval) return 'an unfinished entry cannot be removed, so that the package cannot be used';
	if (delivery.ifRunning === 'sendAnyway') return 'another package was asked for';
	if (delivery.unfinished === 'delete') return 'the package was to be deleted after a failure';
	const sent = delivery.files.find(({ name, path }) => name === now.entry.name && path === now.entry.path);
	if (sent === undefined) return undefined;
	if (before.run === now.run) return undefined;
	if (delivery.files.some(({ kind }) => kind === 'memory'))
		return 'a file has no location, so that no run can be resumed';
	const isMoved = delivery.files.some(
		({ file }) => before.run.planned.get(file)?.location !== now.run.planned.get(file)?.location,
	);
	if (isMoved) return 'a link leads to another file, so that it is another delivery';
	const [then, today] = [before.run.planned.get(sent.file), now.run.planned.get(sent.file)];
	if (then?.modifiedMs !== today?.modifiedMs || then?.content.length !== today?.content.length)
		return 'the file changed';
	// A run that had to wait finds the file as it is then.
	if (then?.content !== currentOf(sent.file).content && !upload.isOpen)
		return 'a part changed, and the file was complete';
	return undefined;
}
