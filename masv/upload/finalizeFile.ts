import {
	isAlreadyDone,
	isGone,
	isInProgress,
	isRefusedState,
	isRejection,
	isUnknownUpload,
	isUnusableParts,
} from '../answers';
import { MasvConnectionError } from '../errors';
import { path } from '../path';
import { fifteenMinutesOfWork, noRetry, retry } from '../retry';
import { fetchListing } from '../transfer/listing';
import type { PackageAccess } from '../transfer/packageAccess';
import type { FileSource } from '../transfer/source';
import { untilSettled } from '../transfer/untilSettled';
import type { StoredFile } from './partJob';

/** Number of 2xx responses other than 204 after which the file is considered finalized. */
const maxUnexpectedResponses = 2;

export type FinalizeOutcome =
	| { kind: 'finalized' }
	/** MASV cannot assemble the file from these parts, and its list does not show it as complete. */
	| { kind: 'refused'; error: unknown }
	/** MASV refuses, and its list does not say whether the file is complete. Deleting it could delete a delivered file. */
	| { kind: 'doubtful'; error: unknown };

/**
 * `POST /v1/packages/{package}/files/{file}/finalize`, 204. Part numbers are sent as strings, ETags exactly as received,
 * quotes included. docs/masv-api.md#finalizing-a-file
 *
 * What any other response means, the list of files decides: after a lost response, a 2xx other than 204, or a refusal, the
 * file may be complete. While MASV is assembling it, this waits and asks again.
 * @param wasRequested whether an earlier run may have requested the same
 */
export async function finalizeFile(
	access: PackageAccess,
	source: FileSource,
	file: StoredFile,
	wasRequested: boolean,
): Promise<FinalizeOutcome> {
	const { clock, signal } = access.client;
	const until = clock.now() + fifteenMinutesOfWork.patienceMs;
	let isRepeat = wasRequested;
	const work = retry<FinalizeOutcome>(
		async () => {
			if (isRepeat && (await isListedComplete(access, file.upload.fileId)) === true) return { kind: 'finalized' };
			try {
				await request(access, source, file, () => (isRepeat = true));
				return { kind: 'finalized' };
			} catch (error) {
				const wasRepeat = isRepeat;
				if (isInProgress(error)) isRepeat = true;
				if (isInProgress(error) || !isRejection(error)) throw error;
				const outcome = await judge(access, file.upload.fileId, error, wasRepeat);
				// The storage no longer has the upload, but may still be assembling the file.
				const mayComeTrue = outcome.kind === 'refused' && wasRepeat && isUnknownUpload(error) && clock.now() < until;
				if (mayComeTrue) throw new StillAssembling(error);
				return outcome;
			}
		},
		{
			policy: fifteenMinutesOfWork,
			clock,
			signal,
			onRetry: (error, attempt) => access.client.reportRetry(error, attempt),
			isTransient: (error) => (isInProgress(error) || error instanceof StillAssembling) && clock.now() < until,
		},
	);
	try {
		return await work;
	} catch (error) {
		if (error instanceof StillAssembling) return { kind: 'refused', error: error.cause };
		throw error;
	}
}

async function request(
	access: PackageAccess,
	source: FileSource,
	{ plan, upload, parts }: StoredFile,
	onLost: () => void,
): Promise<void> {
	const { client, packageId, token, policy } = access;
	let unexpectedResponses = 0;
	await client.call<boolean | void>({
		operation: `finalize "${upload.file}"`,
		method: 'POST',
		path: path`/v1/packages/${packageId}/files/${upload.fileId}/finalize`,
		body: {
			size: source.bytes,
			chunk_size: plan.partBytes,
			file_extras: { upload_id: upload.uploadId },
			chunk_extras: parts.map(({ etag }, index) => ({ part_number: String(index + 1), etag })),
		},
		authorization: { kind: 'package', token },
		expectNoContent: true,
		policy,
		recoverResult: async (lost) => {
			onLost();
			const listing = await fetchListing(access, noRetry);
			const isComplete = listing?.byId.get(upload.fileId)?.isComplete;
			// Without `completed` in the list, a server that keeps returning 200 is trusted. Finalizing the package fails
			// if the file is not finalized.
			const isTrusted =
				lost instanceof MasvConnectionError &&
				lost.status !== undefined &&
				++unexpectedResponses > maxUnexpectedResponses;
			return (isComplete ?? isTrusted) ? true : undefined;
		},
	});
}

/** The list shows the file as unfinished, and its upload is gone after it was requested to be finalized. */
class StillAssembling extends Error {
	constructor(cause: unknown) {
		super('MASV may still be assembling the file', { cause });
	}
}

/** Undefined: the list does not say, or cannot be had. */
export async function isListedComplete(access: PackageAccess, id: string): Promise<boolean | undefined> {
	const listing = await fetchListing(access);
	return listing === undefined ? undefined : listing.byId.has(id) ? listing.byId.get(id)?.isComplete : false;
}

/** What a rejection means. The list may be behind, so "not complete" counts only when it stays so. */
async function judge(access: PackageAccess, id: string, error: unknown, wasRepeat: boolean): Promise<FinalizeOutcome> {
	if (!isAlreadyDone(error) && !isRefusedState(error) && !isGone(error)) throw error;
	const isComplete = await untilSettled(
		access.client,
		access.policy,
		async () => await isListedComplete(access, id),
		(complete) => (complete === false ? 'behind' : 'settled'),
	);
	if (isComplete === true) return { kind: 'finalized' };
	// Only requests for this file can have finalized it. A missing upload may also have expired or been aborted.
	const isMissing = isUnknownUpload(error);
	if (isAlreadyDone(error) && isComplete === undefined && (wasRepeat || !isMissing)) return { kind: 'finalized' };
	// MASV says that it is done, and its list says that it is not.
	if (isAlreadyDone(error) && !isMissing) return { kind: 'doubtful', error };
	return { kind: isComplete === false || isUnusableParts(error) ? 'refused' : 'doubtful', error };
}
