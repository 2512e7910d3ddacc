import { isExpiredSignature, isRefusedState } from '../answers';
import { toLastModified } from '../dates';
import { path } from '../path';
import { noRetry } from '../retry';
import type { AddedFile } from '../schemas';
import { addedFileSchema } from '../schemas';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import { labelOf, placeOf } from '../transfer/places';
import { maxRenewals } from '../transfer/signedRequest';
import type { FileSource } from '../transfer/source';
import { blockedError } from './blockedError';
import type { NoteLine } from './notes';
import type { PartPlan } from './partPlan';
import { decide, settle, toIntent } from './reconcile';
import { discardEntry, isRemovableLeftover, notRemovedError, removeEntries } from './removeEntries';
import { startMultipart } from './startMultipart';
import type { KnownFiles } from './uploadRun';

/** A started multipart upload. */
export interface OpenUpload {
	fileId: string;
	/** The storage's ID of the upload (`<UploadId>`). */
	uploadId: string;
	/** For messages. */
	file: string;
}

/**
 * Adds the file to the package and starts its multipart upload. Repeats both if the signed request has expired. On
 * failure, the entry of the file is removed from the package.
 */
export async function openUpload(
	access: PackageAccess,
	known: KnownFiles,
	source: FileSource,
	plan: PartPlan,
): Promise<OpenUpload> {
	const file = labelOf(source);
	for (let renewals = 0; ; renewals++) {
		const added = await addFile(access, known, source, plan);
		const fileId = added.file.id;
		try {
			const uploadId = await startMultipart(access, added.create_blueprint, file);
			await noteUpload(known, source, plan, fileId, uploadId);
			return { fileId, uploadId, file };
		} catch (error) {
			if (!isExpiredSignature(error) || renewals >= maxRenewals) {
				await discardEntry(access, fileId, known.notebook, error);
				throw error;
			}
			const [left] = await removeEntries(access, new Set([fileId]), known.notebook);
			if (left !== undefined) throw notRemovedError(access.packageId, left, placeOf(source));
		}
	}
}

/**
 * `POST /v1/packages/{package}/files`. Only this response contains the create blueprint, so the file must be added again
 * after a lost response. An entry left by the lost request is removed first: a package with an unfinished file cannot be
 * finalized. docs/masv-api.md#adding-a-file
 */
async function addFile(
	access: PackageAccess,
	known: KnownFiles,
	source: FileSource,
	plan: PartPlan,
): Promise<AddedFile> {
	const { client, packageId, token, policy } = access;
	const noted = noteAdding(known, source);
	if (noted !== undefined) await noted;
	const call = client.call({
		operation: `add "${labelOf(source)}" to the package`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/files`,
		body: {
			kind: 'file',
			name: source.name,
			path: source.path,
			last_modified: toLastModified(source.modifiedAt),
			size: source.bytes,
			chunk_size: plan.partBytes,
		},
		authorization: { kind: 'package', token },
		schema: addedFileSchema,
		policy,
		recoverResult: async () => {
			known.lostPlaces.add(placeOf(source));
			await removeLeftovers(access, known, source);
			return undefined;
		},
	});
	const added = await call.catch((error: unknown) => {
		if (isRefusedState(error)) (known.refusals ??= new Set()).add(error);
		throw error;
	});
	known.hasAdded = true;
	known.ownIds.add(added.file.id);
	if (!known.isOwnPackage) await noteUpload(known, source, plan, added.file.id, undefined);
	return added;
}

/**
 * Removes what a request without a response has left, if it is listed twice as an unfinished entry. In somebody else's
 * package, other deliveries keep away from a place that this one has claimed, and what they noted before is left alone. What
 * remains: a program that takes no part in this and adds a file of the same name, size and time at the same moment, in a list
 * without `completed`. Its entry looks exactly like the lost one.
 */
async function removeLeftovers(access: PackageAccess, known: KnownFiles, source: FileSource): Promise<void> {
	const wanted = { source, place: placeOf(source), note: undefined };
	const look = async (): Promise<Set<string>> => {
		// The call around it retries. With its own retries here, the wait would multiply.
		const listing = await fetchListing(access, noRetry);
		if (listing === undefined) return new Set();
		const decision = settle(decide(wanted, listing, known));
		if (decision.kind === 'blocked') throw blockedError(access.packageId, decision);
		// Someone has added and completed the same file meanwhile.
		const other = decision.kind === 'there' ? listing.byId.get(decision.id) : undefined;
		if (other !== undefined) throw blockedError(access.packageId, { kind: 'blocked', by: other, reason: 'different' });
		const left = decision.kind === 'send' ? decision.remove : [];
		// The others are reported once the file is uploaded.
		const removable = left.filter((each) => known.ownIds.has(each.id) || isRemovableLeftover(each, known));
		return new Set(removable.map(({ id }) => id));
	};
	const first = await look();
	if (first.size === 0) return;
	const second = await look();
	const listedTwice = new Set([...second].filter((id) => first.has(id)));
	const [left] = await removeEntries(access, listedTwice, known.notebook);
	if (left !== undefined) throw notRemovedError(access.packageId, left, wanted.place);
}

/** Once the file has changed, only this tells that an entry whose ID was never learned is of this delivery. */
function noteAdding({ intents, notebook }: KnownFiles, source: FileSource): Promise<void> | undefined {
	const place = placeOf(source);
	const intent = toIntent(source);
	const earlier = intents.get(place);
	intents.set(place, earlier === undefined ? [intent] : [...earlier, intent]);
	if (notebook === undefined) return undefined;
	const { by, fence } = notebook;
	return notebook.write({ kind: 'adding', by, fence, place, ...intent });
}

/**
 * The file and its upload. In a package of this delivery, a file of one part is noted only when it is stored: until then,
 * there is nothing to resume.
 */
async function noteUpload(
	{ isOwnPackage, notebook }: KnownFiles,
	source: FileSource,
	plan: PartPlan,
	id: string,
	uploadId: string | undefined,
): Promise<void> {
	if (notebook === undefined || (isOwnPackage && (plan.parts === 1 || uploadId === undefined))) return;
	await notebook.write(toFileLine(notebook, source, plan, id, uploadId));
}

export function toFileLine(
	{ by, fence }: { by: string; fence: number },
	source: FileSource,
	{ partBytes }: PartPlan,
	id: string,
	uploadId: string | undefined,
): Extract<NoteLine, { kind: 'file' }> {
	const { location, stamp } = source;
	return {
		kind: 'file',
		fence,
		by,
		id,
		place: placeOf(source),
		location,
		stamp,
		...toIntent(source),
		uploadId,
		partBytes,
	};
}
