import { MasvConnectionError, MasvTransferError } from '../errors';
import type { MasvErrorCode } from '../errorCodes';
import type { ResponseHead } from '../transport';
import { headerOf } from '../transport';

/** Which content the storage has under the address of a file. */
export interface Version {
	bytes: number;
	/** As received, quotes included. */
	etag: string | undefined;
	lastModified: string | undefined;
}

/** What was asked for: positions of the first byte and of the one after the last. */
export interface AskedRange {
	start: number;
	/** Undefined: everything, without a range. */
	end: number | undefined;
}

/** What an answer contains. `bytes` of the version is undefined if the answer has everything but does not say how much. */
export interface Answer {
	start: number;
	end: number | undefined;
	/** Whether the range was ignored, or none was asked for. */
	isWhole: boolean;
	version: Omit<Version, 'bytes'> & { bytes: number | undefined };
}

/** The content that has been received so far is of no use. It has to be asked for again, from the beginning. */
export class BeginAgain extends MasvTransferError {
	/** Whether the storage serves no ranges. */
	readonly isWhole: boolean;

	constructor(file: string, message: string, { isWhole = false, code }: { isWhole?: boolean; code: MasvErrorCode }) {
		super(message, { file, code });
		this.isWhole = isWhole;
	}
}

export function changedError(file: string, how: string): BeginAgain {
	return new BeginAgain(file, `"${file}" changed in MASV's storage during the download: ${how}`, {
		code: 'content_changed',
	});
}

/**
 * Judges the head of a successful answer. Only a range that is exactly the one asked for may be written into the file.
 * @param known what earlier answers, or MASV's list, say about the content. It has `etag`, even if undefined, after an answer
 * @throws BeginAgain if the content is another one; MasvConnectionError for an answer that is of no use, which may help to repeat
 */
export function judgeAnswer(
	head: ResponseHead,
	asked: AskedRange,
	known: Partial<Version>,
	{ file, operation }: { file: string; operation: string },
): Answer {
	const malformed = (what: string): MasvConnectionError =>
		new MasvConnectionError(`Could not ${operation}. The storage responded with ${head.status} and ${what}`, {
			code: 'response_malformed',
			status: head.status,
		});
	if ((headerOf(head, 'content-encoding') ?? 'identity').toLowerCase() !== 'identity')
		throw malformed('encoded content');
	const length = toLength(headerOf(head, 'content-length'));
	const etag = headerOf(head, 'etag');
	const lastModified = headerOf(head, 'last-modified');
	const answer = head.status === 206 ? rangeOf(head) : { start: 0, end: length, bytes: length ?? known.bytes };
	if (answer === undefined) throw malformed('without a valid Content-Range');
	const { start, end, bytes } = answer;
	// A page of a proxy has none: no file has changed.
	const isOfKnownSize = known.bytes !== undefined && length === known.bytes;
	const isUnnamed =
		known.etag !== undefined
			? etag === undefined
			: lastModified === undefined && (known.lastModified !== undefined || (etag === undefined && !isOfKnownSize));
	if (isUnnamed && head.status !== 206) throw malformed('without an ETag or modification time');
	// Of an answer without an ETag, it is known that it has none.
	if ('etag' in known && etag !== known.etag) throw changedError(file, 'its ETag changed');
	// Without ETags, this is all there is.
	if (known.etag === undefined && 'lastModified' in known && lastModified !== known.lastModified) {
		throw changedError(file, 'its modification time changed');
	}
	if (known.bytes !== undefined && bytes !== undefined && bytes !== known.bytes) {
		// A page of a proxy has another length as well, but no file has changed.
		if (head.status !== 206 && known.etag === undefined) throw malformed(`${bytes} instead of ${known.bytes} bytes`);
		throw changedError(file, `its size is ${bytes} instead of ${known.bytes} bytes`);
	}
	if (head.status === 206) {
		if (asked.end === undefined) throw malformed('a range that was not asked for');
		const last = bytes === undefined ? asked.end : Math.min(asked.end, bytes);
		const isExact = start === asked.start && end === last && (length === undefined || length === last - start);
		if (!isExact) throw malformed('another range than the one asked for');
	} else if (head.status !== 200) {
		throw malformed('without the content');
	}
	return { start, end, isWhole: head.status !== 206, version: { bytes, etag, lastModified } };
}

/** `Content-Range` (RFC 9110, 14.4). */
function rangeOf(head: ResponseHead): { start: number; end: number; bytes: number | undefined } | undefined {
	const [, first, last, total] =
		/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(headerOf(head, 'content-range') ?? '') ?? [];
	if (first === undefined) return undefined;
	return { start: Number(first), end: Number(last) + 1, bytes: total === '*' ? undefined : Number(total) };
}

function toLength(text: string | undefined): number | undefined {
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
