import type { Timer } from './callLimit';
import { StalledCall, withCallLimit } from './callLimit';
import { HttpFailure } from './httpFailure';

/**
 * Waits for something without which no connection can be opened, as long as for the connection itself.
 * @throws HttpFailure if that takes longer
 */
export async function withConnectLimit<T>(work: Promise<T>, connectMs: number, timer?: Timer): Promise<T> {
	try {
		return await withCallLimit(work, connectMs, timer);
	} catch (error) {
		throw error instanceof StalledCall ? new HttpFailure('UND_ERR_CONNECT_TIMEOUT') : error;
	}
}
