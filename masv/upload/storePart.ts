import type { MasvClient } from '../client';
import { MasvApiError, MasvConnectionError, MasvTransferError } from '../errors';
import { retry } from '../retry';
import type { Blueprint } from '../schemas';
import type { TransportResponse } from '../transport';
import { headerOf } from '../transport';
import { isExpiredSignature } from '../answers';
import { maxRenewals, sendBlueprint } from '../transfer/signedRequest';
import type { PackageAccess } from '../transfer/packageAccess';
import type { OpenUpload } from './openUpload';
import type { PartUrls } from './partUrls';
import type { ProgressMeter } from '../transfer/progress';
import type { Attempt } from './readPart';
import { isTransient } from '../answers';

/** Number of responses without an ETag before the part fails. This is not an outage, so waiting does not help. */
const maxResponsesWithoutEtag = 3;

export interface StoredPart {
	etag: string;
	/** 0 if an earlier run uploaded it. */
	attempts: number;
}

export interface PartToStore {
	/** From 0. */
	index: number;
	url: Blueprint;
	bytes: number;
	/** Called for each attempt. Returns the bytes in pieces, or all at once for a small part. */
	read: (attempt: Attempt) => AsyncIterable<Uint8Array> | Promise<Uint8Array>;
}

/** Uploads one part with retries. Requests a new URL when the old one has expired. */
export async function storePart(
	{ client, policy }: PackageAccess,
	meter: ProgressMeter,
	upload: OpenUpload,
	urls: PartUrls,
	part: PartToStore,
): Promise<StoredPart> {
	const partNumber = part.index + 1;
	const operation = `upload part ${partNumber} of "${upload.file}"`;
	let url = part.url;
	let responsesWithoutEtag = 0;
	let attempts = 0;
	const putUnexpired = async (): Promise<TransportResponse> => {
		for (let renewals = 0; ; renewals++) {
			try {
				return await put(client, meter, operation, url, part);
			} catch (error) {
				if (!isExpiredSignature(error) || renewals >= maxRenewals) throw error;
				attempts++;
				url = await urls.renew(part.index);
			}
		}
	};
	try {
		return await retry(
			async () => {
				attempts++;
				const etag = headerOf(await putUnexpired(), 'etag');
				if (etag !== undefined && etag !== '') return { etag, attempts };
				responsesWithoutEtag++;
				throw missingEtagError(upload.file, partNumber);
			},
			{
				policy,
				clock: client.clock,
				signal: client.signal,
				onRetry: (error, attempt) => client.reportRetry(error, attempt),
				isTransient: (error) =>
					error instanceof MasvTransferError && error.code === 'part_etag_missing'
						? responsesWithoutEtag < maxResponsesWithoutEtag
						: isTransient(error),
			},
		);
	} catch (error) {
		throw toTransferError(error, upload.file, partNumber, attempts);
	}
}

/** One attempt. If it fails, the bytes already sent are subtracted from the progress. */
async function put(
	client: MasvClient,
	meter: ProgressMeter,
	operation: string,
	url: Blueprint,
	{ bytes, read }: PartToStore,
): Promise<TransportResponse> {
	const attempt = { isOpen: true, sentBytes: 0 };
	try {
		const content = bytes === 0 ? undefined : read(attempt);
		const whole = content instanceof Promise ? await content : undefined;
		const body = whole ?? (content && counted(content as AsyncIterable<Uint8Array>, meter, attempt));
		const response = await sendBlueprint(client, operation, url, { method: 'PUT', body, bytes });
		if (whole !== undefined) meter.advance(bytes);
		return response;
	} catch (error) {
		meter.advance(-attempt.sentBytes);
		throw error;
	} finally {
		attempt.isOpen = false;
	}
}

async function* counted(
	pieces: AsyncIterable<Uint8Array>,
	meter: ProgressMeter,
	attempt: Attempt & { sentBytes: number },
): AsyncGenerator<Uint8Array> {
	for await (const piece of pieces) {
		yield piece;
		if (!attempt.isOpen) return;
		attempt.sentBytes += piece.length;
		meter.advance(piece.length);
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
