import type { Authorization } from './apiCall';
import type { MasvErrorCode } from './errorCodes';

/**
 * The error code for a status from MASV, which depends on the secret that was sent.
 * @param isPage whether the response is a page, and so comes from something that knows no links
 */
export function apiErrorCode(status: number, secret: Authorization['kind'], isPage: boolean): MasvErrorCode {
	if (status === 401 || status === 403) {
		if (secret === 'portal') return 'access_code_rejected';
		if (secret === 'link') return status === 401 ? 'link_password_rejected' : 'link_rejected';
		if (secret === 'package') return 'package_token_rejected';
		return status === 401 ? 'api_key_rejected' : 'api_key_forbidden';
	}
	// An unknown link, or one that is gone. docs/masv-api.md#looking-up-a-link
	if (secret === 'link' && !isPage && (status === 404 || status === 410)) return 'link_rejected';
	if (status === 402) return 'payment_required';
	if (status === 429) return 'rate_limited';
	return status >= 500 ? 'server_error' : 'request_rejected';
}

/** The error code for a status from the storage. */
export function storageErrorCode(status: number): MasvErrorCode {
	return status >= 500 ? 'storage_error' : 'storage_rejected';
}
