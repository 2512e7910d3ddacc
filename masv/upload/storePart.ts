import type { MasvClient } from '../client';
import { MasvApiError, MasvConnectionError, MasvTransferError } from '../errors';
import { retry } from '../retry';
import type { Blueprint } from '../schemas';
import { headerOf } from '../transport';
import { isExpiredSignature } from '../answers';
import { createAdvance } from '../transfer/advance';
import { followRedirects, maxRenewals, sendBlueprint } from '../transfer/signedRequest';
import type { PackageAccess } from '../transfer/packageAccess';
import type { OpenUpload } from './openUpload';
import type { PartUrls } from './partUrls';
import type { RunningChecksum } from '../transfer/checksum';
import type { ProgressMeter } from '../transfer/progress';
import type { PartNote } from './partNote';
import type { Attempt } from './readPart';
import type { PartsInFlight } from './uploadRun';
import { isTransient } from '../answers';

/** Number of responses without an ETag before the part fails. This is not an outage, so waiting does not help. */
const maxResponsesWithoutEtag = 3;

export interface StoredPart extends PartNote {
	/** 0 if an earlier run uploaded it. */
	attempts: number;
}

export interface PartToStore {
	/** From 0. */
	index: number;
	url: Blueprint;
	bytes: number;
	/** Whether it must be possible to compare the part with the file later. */
	isHashed?: boolean;
	/** Called for each attempt. Returns the bytes in pieces, or all at once for a small part. */
	read: (attempt: Attempt) => AsyncIterable<Uint8Array> | Promise<Uint8Array>;
}

/**
 * Uploads one part with retries. Requests a new URL when the old one has expired, and sends the part again if its ETag
 * shows that it was damaged on the way.
 */
export async function storePart(
	{ client, policy }: PackageAccess,
	{ meter, checks, onFailure }: Pick<PartsInFlight, 'meter' | 'checks' | 'onFailure'>,
	upload: OpenUpload,
	urls: PartUrls,
	part: PartToStore,
): Promise<StoredPart> {
	const partNumber = part.index + 1;
	const operation = `upload part ${partNumber} of "${upload.file}"`;
	let url = part.url;
	let responsesWithoutEtag = 0;
	let attempts = 0;
	const advance = createAdvance(client.clock);
	const putUnexpired = async (checksum: () => RunningChecksum): Promise<PartNote> => {
		for (let renewals = 0; ; renewals++) {
			try {
				return await followRedirects(url, (to) =>
					put(client, meter, { operation, attempt: attempts, url: to, moved: advance.reached }, part, checksum()),
				);
			} catch (error) {
				if (!isExpiredSignature(error) || renewals >= maxRenewals) throw error;
				attempts++;
				url = await urls.renew(part.index);
			}
		}
	};
	const send = (isRepeat: boolean): Promise<PartNote> =>
		retry(
			async () => {
				attempts++;
				const note = await putUnexpired(() => checks.start(part.bytes, isRepeat, part.isHashed));
				if (note.etag !== '') return note;
				meter.advance(-part.bytes);
				responsesWithoutEtag++;
				throw missingEtagError(upload.file, partNumber);
			},
			{
				policy,
				clock: client.clock,
				signal: client.signal,
				onRetry: (error, attempt) => {
					onFailure?.(error);
					client.reportRetry(error, attempt);
				},
				isTransient: (error) =>
					error instanceof MasvTransferError && error.code === 'part_etag_missing'
						? responsesWithoutEtag < maxResponsesWithoutEtag
						: isTransient(error),
				advancedAt: advance.at,
			},
		);
	try {
		const note = await checks.verdict.confirm(
			send,
			() => {
				meter.advance(-part.bytes);
				const text = `The ETag of part ${partNumber} of "${upload.file}" is not the MD5 of what was sent`;
				client.reportRetry(new Error(text), attempts);
			},
			() => damagedError(upload.file, partNumber),
		);
		return { ...note, attempts };
	} catch (error) {
		throw toTransferError(error, upload.file, partNumber, attempts);
	}
}

interface PutRequest {
	operation: string;
	attempt: number;
	url: Blueprint;
	/** Called with the bytes of this attempt that have been sent. */
	moved: (sentBytes: number) => void;
}

/** One attempt. If it fails, the bytes already sent are subtracted from the progress. */
async function put(
	client: MasvClient,
	meter: ProgressMeter,
	{ operation, attempt: count, url, moved }: PutRequest,
	{ bytes, read }: PartToStore,
	checksum: RunningChecksum,
): Promise<PartNote> {
	const attempt = { isOpen: true, sentBytes: 0 };
	const advance = (pieceBytes: number): void => {
		attempt.sentBytes += pieceBytes;
		meter.advance(pieceBytes);
		moved(attempt.sentBytes);
	};
	try {
		const content = bytes === 0 ? undefined : read(attempt);
		const whole = content instanceof Promise ? await content : undefined;
		if (whole !== undefined) checksum.update(whole);
		const body = whole ?? (content && counted(content as AsyncIterable<Uint8Array>, checksum, attempt, advance));
		const response = await sendBlueprint(client, operation, url, { method: 'PUT', body, bytes }, count);
		if (whole !== undefined) meter.advance(bytes);
		return { etag: headerOf(response, 'etag') ?? '', ...checksum.finish() };
	} catch (error) {
		meter.advance(-attempt.sentBytes);
		throw error;
	} finally {
		attempt.isOpen = false;
	}
}

async function* counted(
	pieces: AsyncIterable<Uint8Array>,
	checksum: RunningChecksum,
	attempt: Attempt,
	advance: (pieceBytes: number) => void,
): AsyncGenerator<Uint8Array> {
	for await (const piece of pieces) {
		// Before it is sent: the response may arrive before the last piece is asked to be followed by another.
		checksum.update(piece);
		yield piece;
		if (!attempt.isOpen) return;
		advance(piece.length);
	}
}

function missingEtagError(file: string, partNumber: number): MasvTransferError {
	return new MasvTransferError(`The storage accepted part ${partNumber} of "${file}" but returned no ETag`, {
		file,
		partNumber,
		code: 'part_etag_missing',
		hint: 'Without the ETag, the file cannot be assembled.',
	});
}

/** The storage has something else than what was sent, although its ETags are MD5s. */
export function damagedError(file: string, partNumber: number): MasvTransferError {
	return new MasvTransferError(
		`Part ${partNumber} of "${file}" arrived damaged: its ETag is not the MD5 of what was sent`,
		{
			file,
			partNumber,
			code: 'part_damaged',
			hint: 'Something on the way to the storage changes the data.',
		},
	);
}

function toTransferError(error: unknown, file: string, partNumber: number, attempts: number): unknown {
	const isStorageError = error instanceof MasvApiError && error.service === 'MASV storage';
	if (!isStorageError && !(error instanceof MasvConnectionError)) return error;
	return new MasvTransferError(`${error.message} (after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`, {
		file,
		partNumber,
		code: 'part_not_stored',
		cause: error,
		hint: error.hint,
	});
}
