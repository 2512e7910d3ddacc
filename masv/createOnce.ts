import { isRefusedRoute } from './answers';
import type { ApiCall } from './apiCall';
import { callOnce } from './callOnce';
import type { MasvClient } from './client';
import { MasvConnectionError } from './errors';
import type { RetryPolicy } from './retry';
import { noRetry } from './retry';
import { undefinedIf } from './undefinedIf';

/** Whether something was created is unknown, and creating it again could create a second one. */
function creationUncertain(what: string, lost: unknown): MasvConnectionError {
	return new MasvConnectionError(`The response was lost while creating ${what}`, {
		code: 'creation_uncertain',
		transient: false,
		hint: `MASV may have created ${what}; check in MASV before you run this again.`,
		cause: lost,
	});
}

/**
 * Creates something that MASV lists, once, even if the response is lost: what is in the list then and was not before is what
 * the lost call has created.
 * @param what for messages: `the tag "Season 2"`
 * @param findAlike lists everything that could be mistaken for it; undefined if this server has no such list
 * @throws MasvConnectionError if the response was lost and no list can show what happened
 */
export async function createOnce<T>(
	client: MasvClient,
	what: string,
	call: ApiCall<T>,
	findAlike: (policy?: RetryPolicy) => Promise<Array<T & { id: string }> | undefined>,
): Promise<T> {
	// Someone who may create something may not be allowed to list all of its kind.
	const before = await undefinedIf(isRefusedRoute, findAlike());
	const known = new Set(before?.map(({ id }) => id));
	const uncertain = (lost: unknown): MasvConnectionError => creationUncertain(what, lost);
	const look = async (lost: unknown): Promise<T | undefined> => {
		const alike = before === undefined ? undefined : await findAlike(noRetry);
		if (alike === undefined) throw uncertain(lost);
		return alike.find(({ id }) => !known.has(id));
	};
	return await callOnce(client, call, look, uncertain);
}
