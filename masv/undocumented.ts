import { isForeign, isLasting } from './answers';
import { MasvApiError, MasvError } from './errors';

const notice = 'MASV does not document this request';

/**
 * Makes a request whose route MASV does not document: it is known from MASV's own software, or inferred
 * (docs/masv-api.md#where-each-fact-comes-from). A failure that may come from that says so in its message.
 */
export async function undocumented<T>(request: () => Promise<T>): Promise<T> {
	try {
		return await request();
	} catch (error) {
		const isSuspect = error instanceof MasvApiError ? isLasting(error) : isForeign(error);
		if (error instanceof MasvError && isSuspect && !error.message.includes(notice)) {
			error.message = `${error.message}. ${notice}, so it may work differently or not at all`;
		}
		throw error;
	}
}
