import { MasvApiError, MasvConnectionError } from './errors';

/** The storage's own codes for "try that again" that do not come with a 5xx (Amazon S3, Error responses). */
const transientStorageCodes = new Set([
	'RequestTimeout',
	'IncompleteBody',
	'BadDigest',
	'OperationAborted',
	'SlowDown',
]);

/** Whether another try of the same request may help. */
export function isTransient(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.transient;
	if (!(error instanceof MasvApiError)) return false;
	if ([408, 425, 429].includes(error.status)) return true;
	if (error.status >= 500) return error.status !== 501 && error.status !== 505;
	return error.service === 'MASV storage' && error.code !== undefined && transientStorageCodes.has(error.code);
}

/**
 * Whether the server would say the same again of what was asked about. A key or a plan that has run out says nothing of that,
 * and may be mended.
 */
export function isLasting(error: MasvApiError): boolean {
	return ![401, 402].includes(error.status) && !isTransient(error);
}

/** Whether the request may have been carried out although it failed here: a lost answer. */
export function maybeDone(error: unknown): boolean {
	if (error instanceof MasvConnectionError) return error.maybeDone;
	return error instanceof MasvApiError && error.status >= 500;
}

/** Whether a no means that what was asked for has been done before. There is no documented code for it. */
export function saysAlreadyDone(error: unknown): boolean {
	if (!(error instanceof MasvApiError) || error.status >= 500 || [401, 403, 408, 429].includes(error.status)) {
		return false;
	}
	const said = [error.code, ...error.details].join(' ');
	if (/already|NoSuchUpload/i.test(said)) return true;
	return /finali[sz]ed|completed/i.test(said) && !/\b(not|cannot|never|must)\b|n't\b/i.test(said);
}

/** Whether the server does not know a route, as far as its answer can tell. */
export function isMissingRoute(error: unknown): boolean {
	return error instanceof MasvApiError && [404, 405, 501].includes(error.status);
}

/** The same, or the route is not for this key or takes no such request: what it would have told must be asked elsewhere. */
export function isRefusedRoute(error: unknown): error is MasvApiError {
	return isMissingRoute(error) || (error instanceof MasvApiError && [400, 403, 422].includes(error.status));
}

/** Whether the server says that what was asked about does not exist, or no longer does. */
export function isGone(error: unknown): boolean {
	return error instanceof MasvApiError && error.status === 404;
}

/** Whether the plan of the team does not include a feature, or the user of the API key may not use it. */
export function isDeniedFeature(error: unknown): error is MasvApiError {
	return error instanceof MasvApiError && [402, 403].includes(error.status);
}

/** The same, or the server has no such feature: for a request that names nothing which could be gone. */
export function isMissingFeature(error: unknown): error is MasvApiError {
	return isDeniedFeature(error) || isMissingRoute(error);
}
