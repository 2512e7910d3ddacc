/**
 * What a response means. Each rule is one predicate, and each list of status codes has a name. All decisions based on a
 * response use these predicates: docs/masv-api.md#status-codes
 */
import { MasvApiError, MasvConnectionError, MasvTransferError } from './errors';
import { describesPage } from './responseBody';

/** The route, or the object it names, does not exist, or does not support this method. */
const unknownRoute = [404, 405, 501];
/** As above, or the key may not use the route, or the route does not accept such a request. */
const refusedRoute = [...unknownRoute, 400, 403, 422];
/** A malformed request, or a query that the route does not accept. */
const badRequest = [400];
/** The key, token or access code is missing, wrong or expired. */
const unauthorized = [401];
/** The caller is known, but not allowed to make this request. */
const forbidden = [403];
/** The object does not exist, or the caller cannot see it. */
const gone = [404];
/** The key is wrong, or the team is wrong or belongs to others. */
const refusedCredential = [...badRequest, ...unauthorized, ...forbidden, ...gone];
/** Understood, but refused because of the current state. */
const refusedState = [400, 409, 422];
/** With which servers say that something is done already. Not 402: that is about the account. */
const doneStatuses = [...refusedState, ...gone, 410];
/** The key or the plan has expired. This says nothing about the requested object, and can be fixed. */
const accountStatuses = [401, 402];
/** The plan of the team does not include a feature, or the user of the API key may not use it. */
const deniedFeature = [402, 403];
/** Rejects the caller, not the request: unauthorized, too slow or too frequent. Says nothing about earlier attempts. */
const callerStatuses = [401, 403, 408, 429];
/** Too many requests. */
const tooFrequent = [429];
/** Not 5xx, but a retry may succeed. */
const transientStatuses = [408, 425, 429];
/** A gateway gave up waiting for MASV, which may still be at work. */
const gatewayTimeout = [504];
/** The current state does not allow the request, such as two of the same at once. */
const conflict = [409];
/** 5xx for which a retry cannot succeed: Not Implemented, HTTP Version Not Supported. */
const lastingServerErrors = [501, 505];
/** The body is too long. */
const tooLarge = [413];
/** The object is not the one that a condition of the request is about. */
const failedPrecondition = [412];
/** The object has no such range. */
const outsideRange = [416];
/** MASV itself reports a failure. A 502 or 504 from a gateway does not reveal what MASV has done. */
const reportedFailures = [500, 503];

/** The storage's codes for errors that a retry may fix, although the status is not 5xx: docs/masv-api.md#blueprints */
const transientStorageCodes = new Set([
	'RequestTimeout',
	'IncompleteBody',
	'BadDigest',
	'OperationAborted',
	'SlowDown',
]);

function hasStatus(error: unknown, statuses: readonly number[]): boolean {
	return error instanceof MasvApiError && statuses.includes(error.status);
}

/** Whether MASV or a gateway failed. */
export function isServerError(error: unknown): error is MasvApiError {
	return error instanceof MasvApiError && error.status >= 500;
}

/** Whether MASV, the storage, the connection or the account fails, so that the error says nothing about the file. */
export function concernsAllFiles(error: unknown): boolean {
	const cause = error instanceof MasvTransferError ? error.cause : error;
	return cause instanceof MasvConnectionError || isServerError(cause) || hasStatus(cause, accountStatuses);
}

/** Whether a retry of the same request may succeed. */
export function isTransient(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.transient;
	if (!(error instanceof MasvApiError)) return false;
	if (hasStatus(error, transientStatuses)) return true;
	if (error.status >= 500) return !hasStatus(error, lastingServerErrors);
	return (
		error.service === 'MASV storage' && error.serviceCode !== undefined && transientStorageCodes.has(error.serviceCode)
	);
}

/** Whether the server is to be sent fewer requests, by all callers. docs/masv-api.md#limits */
export function asksToSlowDown(error: unknown): boolean {
	if (!(error instanceof MasvApiError)) return false;
	return hasStatus(error, tooFrequent) || error.serviceCode === 'SlowDown' || error.retryAfterMs !== undefined;
}

/** Whether the server did not respond, or took nothing, for too long. */
export function isTimeout(error: unknown): boolean {
	return (
		error instanceof MasvConnectionError && (error.code === 'connection_timeout' || error.code === 'connection_stalled')
	);
}

/** Whether a repeated request for the same object would fail in the same way. */
export function isLasting(error: MasvApiError): boolean {
	return !hasStatus(error, accountStatuses) && !isTransient(error);
}

/** Whether MASV may have executed the request although it failed here: a lost response. */
export function mayHaveSucceeded(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.mayHaveSucceeded;
	return isServerError(error);
}

/** Whether MASV itself reports that it did nothing, although the status is 5xx: docs/masv-api.md#creating-a-package */
export function hadNoEffect(error: unknown): boolean {
	return hasStatus(error, reportedFailures);
}

/**
 * Whether MASV is still working on what was requested, so that the answer is to wait and ask. Assembling a large file may
 * take S3 minutes; a gateway gives up earlier with 504. There is no documented code for this.
 */
export function isInProgress(error: unknown): boolean {
	if (hasStatus(error, gatewayTimeout)) return true;
	if (!isRejection(error) || hasStatus(error, callerStatuses)) return false;
	const text = textOf(error);
	if (/in progress|(being|still) (assembl|finali[sz]|process|complet)|assembling/i.test(wordsOf(text))) return true;
	return hasStatus(error, conflict) && !saysDone(text);
}

/**
 * The same for finalizing a package. A file that is not finalized is another matter: MASV has looked, and sends nothing.
 * For a file, similar words mean that its parts are still being assembled.
 */
export function isPackageInProgress(error: unknown): boolean {
	return isInProgress(error) && !isIncompletePackage(error);
}

/**
 * Whether a rejection means that the request was executed before. There is no documented code for this, so MASV has to say what
 * is already done: "already" alone may be about anything, such as a balance that has already been used up.
 */
export function isAlreadyDone(error: unknown): boolean {
	if (!isRejection(error) || !hasStatus(error, doneStatuses) || isInProgress(error)) return false;
	return saysDone(textOf(error));
}

/**
 * The same for finalizing a file. A package that is finalized is another matter: whoever finalized it need not have waited for
 * this file.
 */
export function isFileDone(error: unknown): boolean {
	if (!isRejection(error) || !isAlreadyDone(error)) return false;
	const text = textOf(error);
	return /\bfile\b/i.test(text) || !/\bpackage\b/i.test(text);
}

/**
 * Words with which "finalized" means that something is not done, or only in part, or has to be done first. Taken for "done", such a
 * refusal would make a package that nobody receives a delivered one.
 */
const notDone =
	/\b(not|cannot|never|must|needs?|requires?|required|should|only|until|unless|once|ensure|make sure|failed|pending|missing|to be|can be|could be|(?<![\d/])\d+ ?(of|\/) ?\d+(?![\d/]))\b|n['’]t\b/i;

function saysDone(text: string): boolean {
	if (/NoSuchUpload/i.test(text)) return true;
	const words = wordsOf(text);
	if (/(?<!(?:not|n['’]t) )already (?:(?:been|was|is) )?(?:finali[sz]ed|completed?|done|sent|delivered)\b/i.test(words))
		return true;
	return /(?<!un|non|in|[-])(finali[sz]ed|completed)/i.test(words) && !notDone.test(words);
}

function textOf(error: MasvApiError): string {
	return [error.serviceCode, ...error.details].join(' ');
}

/** The text with codes as words: `FILE_NOT_FINALIZED` and `FileNotFinalized` say the same as "file not finalized". */
function wordsOf(text: string): string {
	return text.replaceAll('_', ' ').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

/** Whether the request was definitely rejected: the response was not lost, and it is not a server error. */
export function isRejection(error: unknown): error is MasvApiError {
	return error instanceof MasvApiError && !isServerError(error);
}

/** Whether MASV refuses the request because of the current state. */
export function isRefusedState(error: unknown): error is MasvApiError {
	return hasStatus(error, refusedState);
}

/** Whether the server does not seem to have the route. */
export function isMissingRoute(error: unknown): boolean {
	return hasStatus(error, unknownRoute);
}

/** The same, or this key may not use the route, or it does not accept such a request: another route must be used. */
export function isRefusedRoute(error: unknown): error is MasvApiError {
	return hasStatus(error, refusedRoute);
}

/** Whether the route exists but does not accept such a query. */
export function isBadRequest(error: unknown): boolean {
	return hasStatus(error, badRequest);
}

/** Whether the key, token or access code was not accepted. */
export function isUnauthorized(error: unknown): boolean {
	return hasStatus(error, unauthorized);
}

/** Whether the caller is known, but not allowed to make this request. */
export function isForbidden(error: unknown): boolean {
	return hasStatus(error, forbidden);
}

/** Whether MASV does not accept this key for this team: either of them may be wrong. */
export function isRefusedCredential(error: unknown): error is MasvApiError {
	return hasStatus(error, refusedCredential);
}

/**
 * Whether the object to read, change or delete does not exist. For a deletion, this counts as success. A page does not say
 * so: it is a gateway's, which knows no objects.
 */
export function isGone(error: unknown): boolean {
	return hasStatus(error, gone) && !isHtmlPage(error);
}

/** Whether the storage rejects the signature of a request: it has expired, or the session behind it has. */
export function isExpiredSignature(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.service !== 'MASV storage') return false;
	return error.status === 403 || error.serviceCode === 'ExpiredToken';
}

/** Whether the storage does not have the version of an object that was asked for (`If-Match`). */
export function isOtherVersion(error: unknown): boolean {
	return hasStatus(error, failedPrecondition);
}

/** Whether an object ends before the range that was asked for. */
export function isOutsideRange(error: unknown): boolean {
	return hasStatus(error, outsideRange);
}

/** Whether the storage, or a proxy in between, does not accept requests of this size. */
export function isTooLarge(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.service !== 'MASV storage') return false;
	return hasStatus(error, tooLarge) || error.serviceCode === 'EntityTooLarge';
}

/** Whether the storage or MASV no longer has the upload. The storage says so by name: any proxy can respond with 404. */
export function isUnknownUpload(error: unknown): boolean {
	const cause = error instanceof MasvTransferError ? error.cause : error;
	if (!(cause instanceof MasvApiError)) return false;
	return /\bNoSuchUpload\b/.test(textOf(cause)) || (cause.service === 'MASV' && isGone(cause));
}

/**
 * Whether the server does not seem to be MASV: it has no such route, responds with an HTML page, or with something else
 * than MASV documents.
 */
export function isForeign(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.code.startsWith('response_');
	return hasStatus(error, unknownRoute) || isHtmlPage(error);
}

/** Whether a rejection is an HTML page, and so comes from a proxy or another server. */
export function isHtmlPage(error: unknown): boolean {
	return isRejection(error) && describesPage(error.details);
}

/** Whether the plan of the team does not include a feature, or the user of the API key may not use it. */
export function isDeniedFeature(error: unknown): error is MasvApiError {
	return hasStatus(error, deniedFeature);
}

/** The same, or the server has no such feature: for requests that do not name an object, so that 404 means the route. */
export function isMissingFeature(error: unknown): error is MasvApiError {
	return hasStatus(error, [...deniedFeature, ...unknownRoute]);
}

/** S3's codes for parts from which a file cannot be assembled: docs/masv-api.md#finalizing-a-file */
const unusablePartCodes = /\b(InvalidPart|InvalidPartOrder|EntityTooSmall|NoSuchUpload)\b/;

/** Whether the stored parts are not those that were to be assembled, so that the file cannot be complete. */
export function isUnusableParts(error: unknown): boolean {
	return isRejection(error) && unusablePartCodes.test(textOf(error));
}

/** Whether the response is too long to be read. */
export function isTooLong(error: unknown): boolean {
	return error instanceof MasvConnectionError && error.code === 'response_too_long';
}

/** Whether MASV refuses to finalize a package because of a file that is not finalized. There is no documented code for this. */
export function isIncompletePackage(error: unknown): boolean {
	return (
		isRefusedState(error) &&
		/(\bnot|n['’]t|\bun)[- ]?((yet|been) ){0,2}(finali[sz]ed|finished|complete)|incomplete/i.test(
			wordsOf(textOf(error)),
		)
	);
}
