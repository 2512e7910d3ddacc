import { isForeign, isLasting } from './answers';
import { MasvApiError, MasvError } from './errors';
import { joinSentences } from './joinSentences';

const notice = 'MASV does not document this request';

/**
 * Makes a request whose route MASV does not document: it is known from MASV's own software, or inferred
 * (docs/masv-api.md#where-each-fact-comes-from). A failure that may come from that says so in its message.
 */
export async function undocumented<T>(request: () => Promise<T>): Promise<T> {
	try {
		return await request();
	} catch (error) {
		throw asUndocumented(error);
	}
}

/** Adds to the message of an error that its request is not documented, if that may be the reason. @returns the same error */
export function asUndocumented(error: unknown): unknown {
	const isSuspect = error instanceof MasvApiError ? isLasting(error) : isForeign(error);
	if (error instanceof MasvError && isSuspect && !error.message.includes(notice)) {
		error.message = joinSentences([error.message, `${notice}, so it may work differently or not at all`]);
	}
	return error;
}

/** The server cannot do what was asked for, because it lacks a route that MASV does not document. */
export class UndocumentedRouteError extends MasvError {
	/**
	 * @param operation in plain words: "list the webhooks"
	 * @param more.reason instead of the general one
	 */
	constructor(operation: string, more: { reason?: string; hint?: string; cause?: unknown } = {}) {
		const { reason = 'MASV does not document this, and its server does not support it', cause } = more;
		super(`Could not ${operation}. ${reason}`, {
			code: 'route_undocumented',
			hint: more.hint ?? 'Do this in the MASV web app.',
			cause,
		});
	}
}
