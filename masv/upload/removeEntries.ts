import { MasvError } from '../errors';
import type { ListedFile } from '../transfer/listing';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { withSignal } from '../transfer/packageAccess';
import { untilSettled } from '../transfer/untilSettled';
import { mapParallel } from '../workers';
import type { Notebook } from './notes';
import { isNoting } from './notes';
import { removeAfterFailure, removeFile } from './removeFile';
import type { KnownFiles } from './uploadRun';

const parallelRemovals = 8;

/**
 * Removes entries of this delivery, waits until the list no longer has them, and notes it: otherwise, the next run would wait
 * for a list in which they reappear. Where removing fails for as long as the
 * policy permits, the rest is not tried: each would take as long.
 * @param unlisted those that the list lacked before, although they were noted: only MASV's answer shows that they are gone
 * @returns those that stay, or of which neither MASV's answer nor a list shows that they are gone
 */
export async function removeEntries(
	access: PackageAccess,
	ids: ReadonlySet<string>,
	notebook: Notebook | undefined,
	unlisted: ReadonlySet<string> = new Set(),
): Promise<ListedFile[]> {
	const [first, ...rest] = ids;
	if (first === undefined) return [];
	const unconfirmed: ListedFile[] = [];
	let isFailing = false;
	const remove = async (id: string, signal = access.client.signal): Promise<void> => {
		if (!isFailing) {
			const removal = await removeFile(signal === undefined ? access : withSignal(access, signal), id);
			if (removal === 'removed') return;
			isFailing ||= removal === 'failing';
		}
		unconfirmed.push({ id, place: '', bytes: undefined, modifiedMs: undefined, isComplete: undefined });
	};
	// Alone: it shows whether MASV removes files at all.
	await remove(first);
	await mapParallel(rest, parallelRemovals, remove, access.client.signal);
	const look = async (): Promise<ListedFile[]> => {
		const listing = await fetchListing(access);
		if (listing === undefined) return unconfirmed;
		const listed = [...ids].map((id) => listing.byId.get(id)).filter((each) => each !== undefined);
		return [...listed, ...unconfirmed.filter(({ id }) => unlisted.has(id) && !listing.byId.has(id))];
	};
	const left = await untilSettled(access.client, access.policy, look, ({ length }) =>
		length === 0 ? 'settled' : 'behind',
	);
	const leftIds = new Set(left.map(({ id }) => id));
	await noteRemoved(
		notebook,
		[...ids].filter((id) => !leftIds.has(id)),
	);
	return left;
}

/** Removes an entry that was never finalized, after a failure, and notes it. A second failure becomes the cause of the first. */
export async function discardEntry(
	access: PackageAccess,
	id: string,
	notebook: Notebook | undefined,
	error: unknown,
): Promise<void> {
	if (await removeAfterFailure(access, id, error)) await noteRemoved(notebook, [id]);
}

async function noteRemoved(notebook: Notebook | undefined, ids: string[]): Promise<void> {
	await Promise.all(ids.map(async (file) => await notebook?.write({ kind: 'removed', file })));
}

/**
 * Whether what seems to be left by a request without a response may be removed although its ID was never noted. In somebody's
 * package, other deliveries keep away from a place that this one has claimed. Where that cannot be noted, one of them may have
 * finished the same file meanwhile, unless the list shows the entry as unfinished.
 */
export function isRemovableLeftover(
	{ isComplete }: ListedFile,
	{ isOwnPackage, notebook }: Pick<KnownFiles, 'isOwnPackage' | 'notebook'>,
): boolean {
	return isOwnPackage || isNoting(notebook) || isComplete === false;
}

/** @param place of the file: without a list, only the caller knows it */
export function notRemovedError(packageId: string, { id }: Pick<ListedFile, 'id'>, place: string): MasvError {
	return new MasvError(`MASV does not remove the unfinished file "${place}" (${id}) from package ${packageId}`, {
		code: 'file_not_removed',
		facts: { file: place, file_id: id },
		hint: 'Upload to a new package.',
	});
}
