/**
 * What an answer means. Each rule is one predicate, and each list of status codes has one name; whoever decides by an answer
 * asks here.
 */
import { MasvApiError, MasvConnectionError, MasvTransferError } from './errors';

/** The route, or the thing it names, is not known; or not with this method. */
const unknownRoute = [404, 405, 501];
/** The route is not for this key, or takes no such request. */
const refusedRoute = [...unknownRoute, 400, 403, 422];
/** Understood, and refused as things stand. */
const refusedState = [400, 409, 422];
/** A key or a plan has run out. It says nothing of what was asked about, and may be mended. */
const accountStatuses = [401, 402];
/** The plan of the team does not include a feature, or the user of the API key may not use it. */
const deniedFeature = [402, 403];
/** Says nothing of what became of the request: who asked is not welcome, or asks too often. */
const callerStatuses = [401, 403, 408, 429];
/** Not a 5xx, and yet another try may help. */
const transientStatuses = [408, 425, 429];
/** 5xx that no other try mends: not implemented, and a version of HTTP that is not spoken. */
const lastingServerErrors = [501, 505];
/** MASV itself says that it could not. A gateway's 502 or 504 says nothing of what MASV has done. */
const reportedFailures = [500, 503];

/** The storage's own codes for "try that again" that do not come with a 5xx (Amazon S3, Error responses). */
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

function isServerError(error: unknown): boolean {
	return error instanceof MasvApiError && error.status >= 500;
}

/** Whether another try of the same request may help. */
export function isTransient(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.transient;
	if (!(error instanceof MasvApiError)) return false;
	if (hasStatus(error, transientStatuses)) return true;
	if (error.status >= 500) return !hasStatus(error, lastingServerErrors);
	return (
		error.service === 'MASV storage' && error.serviceCode !== undefined && transientStorageCodes.has(error.serviceCode)
	);
}

/** Whether the server would say the same again of what was asked about. */
export function isLasting(error: MasvApiError): boolean {
	return !hasStatus(error, accountStatuses) && !isTransient(error);
}

/** Whether the request may have been carried out although it failed here: a lost answer. */
export function mayHaveSucceeded(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.mayHaveSucceeded;
	return isServerError(error);
}

/** Whether MASV itself says that it did nothing, although it answered with a 5xx. */
export function hadNoEffect(error: unknown): boolean {
	return hasStatus(error, reportedFailures);
}

/** Whether a no means that what was asked for has been done before. There is no documented code for it. */
export function isAlreadyDone(error: unknown): boolean {
	if (!isRejection(error) || hasStatus(error, callerStatuses)) return false;
	const text = [error.serviceCode, ...error.details].join(' ');
	if (/already|NoSuchUpload/i.test(text)) return true;
	return /finali[sz]ed|completed/i.test(text) && !/\b(not|cannot|never|must)\b|n't\b/i.test(text);
}

/** Whether the answer is a clear no: neither lost nor a server in trouble. */
export function isRejection(error: unknown): error is MasvApiError {
	return error instanceof MasvApiError && !isServerError(error);
}

/** Whether MASV refuses the request because of the state that things are in. */
export function isRefusedState(error: unknown): error is MasvApiError {
	return hasStatus(error, refusedState);
}

/** Whether the server does not know a route, as far as its answer can tell. */
export function isMissingRoute(error: unknown): boolean {
	return hasStatus(error, unknownRoute);
}

/** The same, or the route is not for this key or takes no such request: what it would have told must be asked elsewhere. */
export function isRefusedRoute(error: unknown): error is MasvApiError {
	return hasStatus(error, refusedRoute);
}

/** Whether the route is there and takes no such query. */
export function isBadRequest(error: unknown): boolean {
	return hasStatus(error, [400]);
}

/** Whether what was to be changed or deleted is not there. For a deletion that is success. */
export function isGone(error: unknown): boolean {
	return hasStatus(error, [404]);
}

/** The same, or it cannot be deleted here at all. */
export function isNotDeletable(error: unknown): boolean {
	return hasStatus(error, [404, 405]);
}

/** Whether the storage no longer accepts a signed request: expired, or the clock or the session behind it moved on. */
export function isExpiredSignature(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.service !== 'MASV storage') return false;
	return error.status === 403 || error.serviceCode === 'ExpiredToken';
}

/** Whether the storage, or MASV, knows an upload no more. */
export function isUnknownUpload(error: unknown): boolean {
	const cause = error instanceof MasvTransferError ? error.cause : error;
	return isGone(cause) || (cause instanceof MasvApiError && cause.serviceCode === 'NoSuchUpload');
}

/** Whether the plan of the team does not include a feature, or the user of the API key may not use it. */
export function isDeniedFeature(error: unknown): error is MasvApiError {
	return hasStatus(error, deniedFeature);
}

/** The same, or the server has no such feature: for a request that names nothing which could be gone. */
export function isMissingFeature(error: unknown): error is MasvApiError {
	return hasStatus(error, [...deniedFeature, ...unknownRoute]);
}
