import {
	isFileDone,
	isGone,
	isHtmlPage,
	isInProgress,
	isRefusedState,
	isRejection,
	isUnknownUpload,
	isUnusableParts,
} from '../answers';
import { MasvConnectionError } from '../errors';
import { path } from '../path';
import { fifteenMinutesOfWork, minuteOfLag, noRetry } from '../retry';
import { askAgain } from '../transfer/askAgain';
import type { ApiCall } from '../apiCall';
import type { PackageAccess } from '../transfer/packageAccess';
import type { FileSource } from '../transfer/source';
import { fetchShown, settleShown } from './fetchShown';
import type { StoredFile } from './partJob';

/** Number of 2xx responses other than 204 after which the file is considered finalized. */
const maxUnexpectedResponses = 2;
/** The same if the list shows it as unfinished: as many as fit into the minute for which a list may be behind. */
const maxContradictedResponses = 8;

export type FinalizeOutcome =
	| { kind: 'finalized' }
	/** MASV cannot assemble the file from these parts, and its list does not show it as complete. */
	| { kind: 'refused'; error: unknown }
	/** MASV refuses, and nothing says whether the file is complete. Deleting it could delete a delivered file. */
	| { kind: 'doubtful'; error: unknown };

/**
 * What earlier runs noted about finalizing a file. `intended`: they were about to request it, which does not prove that they
 * did. `confirmed`: MASV has answered that it is finalized.
 */
export type EarlierFinalize = 'nothing' | 'intended' | 'confirmed';

/**
 * `POST /v1/packages/{package}/files/{file}/finalize`, 204. Part numbers are sent as strings, ETags exactly as received,
 * quotes included. docs/masv-api.md#finalizing-a-file
 *
 * What any other response means, the list of files decides: after a lost response, a 2xx other than 204, or a refusal, the
 * file may be complete. While MASV is assembling it, this waits and asks again.
 */
export async function finalizeFile(
	access: PackageAccess,
	source: FileSource,
	file: StoredFile,
	earlier: EarlierFinalize,
): Promise<FinalizeOutcome> {
	const { fileId } = file.upload;
	let isRepeat = false;
	// An upload that took parts a moment ago, or that MASV was assembling, has not expired since.
	let wasAlive = file.parts.some(({ attempts }) => attempts > 0);
	const work = access.client.retry<FinalizeOutcome>(
		async () => {
			const mayBeDone = isRepeat || earlier !== 'nothing';
			if (mayBeDone && (await fetchShown(access, fileId)) === 'complete') return { kind: 'finalized' };
			try {
				const ask = (): Promise<void> => request(access, source, file, () => (isRepeat = true));
				// A page is a gateway's, and says nothing about the file.
				await askAgain(access.client, minuteOfLag(access.policy), ask);
				return { kind: 'finalized' };
			} catch (error) {
				const wasRepeat = isRepeat;
				if (isInProgress(error)) isRepeat = true;
				// Not the gateway timeout: the request may not have arrived.
				if (isInProgress(error) && isRejection(error)) wasAlive = true;
				if (isInProgress(error) || !isRejection(error) || isHtmlPage(error)) throw error;
				return await judge(access, fileId, error, { wasRepeat, wasAlive, earlier });
			}
		},
		{
			policy: fifteenMinutesOfWork,
			isTransient: (error) => isInProgress(error) || error instanceof StillAssembling,
		},
	);
	try {
		return await work;
	} catch (error) {
		if (!(error instanceof StillAssembling)) throw error;
		return isRepeat && wasAlive ? { kind: 'finalized' } : { kind: 'doubtful', error: error.cause };
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
	const isResponse = (error: unknown): boolean => error instanceof MasvConnectionError && error.status !== undefined;
	const call: ApiCall<boolean | void> = {
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
		endsAt: isInProgress,
		recoverResult: async (lost) => {
			onLost();
			const shown = await fetchShown(access, upload.fileId, noRetry);
			if (shown === 'complete') return true;
			const max = shown === 'unfinished' ? maxContradictedResponses : maxUnexpectedResponses;
			return isResponse(lost) && ++unexpectedResponses > max ? true : undefined;
		},
	};
	try {
		await client.call(call);
	} catch (error) {
		// A server that keeps returning 200 is trusted in the end. Finalizing the package fails if the file is not finalized.
		const isUnexpected = isResponse(error) && (error as MasvConnectionError).code === 'response_undocumented';
		if (!isUnexpected || unexpectedResponses < maxUnexpectedResponses) throw error;
	}
}

/** The list shows the file as unfinished, and its upload is gone although it may have been requested to be finalized. */
class StillAssembling extends Error {
	constructor(cause: unknown) {
		super('MASV may still be assembling the file', { cause });
	}
}

/** What a rejection means. @throws StillAssembling; errors that are about something else than the file */
async function judge(
	access: PackageAccess,
	fileId: string,
	error: unknown,
	{ wasRepeat, wasAlive, earlier }: { wasRepeat: boolean; wasAlive: boolean; earlier: EarlierFinalize },
): Promise<FinalizeOutcome> {
	if (!isFileDone(error) && !isRefusedState(error) && !isGone(error)) throw error;
	const shown = await settleShown(access, fileId);
	if (shown === 'complete') return { kind: 'finalized' };
	// What was confirmed stays so for as long as MASV has the entry, whatever else a list that is out of date shows.
	if (earlier === 'confirmed' && (shown === 'listed' || shown === 'unfinished')) return { kind: 'finalized' };
	if (isUnknownUpload(error)) {
		if (shown === 'missing' && isGone(error)) return { kind: 'refused', error };
		if (wasRepeat || earlier !== 'nothing') {
			if (shown === 'unfinished' || shown === 'missing') throw new StillAssembling(error);
			// Only the request of this run can have ended it: one that S3 refuses leaves the upload as it was.
			return wasRepeat && wasAlive ? { kind: 'finalized' } : { kind: 'doubtful', error };
		}
	} else if (isFileDone(error)) {
		// Only requests for this file can have finalized it, so the list is behind.
		return { kind: 'finalized' };
	}
	const isUnfinished = shown === 'unfinished' || shown === 'missing';
	return { kind: isUnfinished || isUnusableParts(error) ? 'refused' : 'doubtful', error };
}
