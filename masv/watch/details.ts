import pLimit from 'p-limit';

import { isLasting } from '../answers';
import type { MasvError } from '../errors';
import { MasvApiError, MasvCancelledError, MasvConnectionError, MasvInputError } from '../errors';
import type { Occurrence } from './found';
import type { PollPace } from './pace';

/** What is added to an event about its package. */
export type Details = (packageId: string) => Promise<object>;

const parallelDetails = 4;

/**
 * The events that there is time for; the first one in any case. One whose details fail for a time is left, so that it does
 * not stand in the way of the others.
 */
export async function toEvents(
	found: Occurrence[],
	event: string,
	details: Details | undefined,
	pace: PollPace,
): Promise<{ events: object[]; postponed: Occurrence[] }> {
	if (details === undefined) return { events: found.map((each) => toBareEvent(each, event)), postponed: [] };
	const postponed = new Set<Occurrence>();
	const limit = pLimit(parallelDetails);
	let failure: { error: unknown } | undefined;
	const tasks = found.map((each, index) =>
		limit(async () => {
			if (index > 0 && !pace.hasTime()) {
				postponed.add(each);
				return [];
			}
			try {
				const detailed = await addDetails(each, event, details);
				pace.advance();
				return [detailed];
			} catch (error) {
				postponed.add(each);
				// The time is up: the next poll goes on with this one.
				if (!(error instanceof MasvCancelledError && pace.hasAdvanced())) failure ??= { error };
				return [];
			}
		}),
	);
	const events = (await Promise.all(tasks)).flat();
	if (failure !== undefined && events.length === 0) throw failure.error;
	return { events, postponed: [...postponed] };
}

export function toBareEvent({ shown }: Occurrence, event: string): object {
	return { ...shown, event };
}

/** An event whose details will not come later either would never be told: it goes without them, and says why. */
async function addDetails(found: Occurrence, event: string, details: Details): Promise<object> {
	const { packageId } = found;
	const bare = toBareEvent(found, event);
	if (packageId === undefined) return bare;
	try {
		return { ...bare, ...(await details(packageId)) };
	} catch (error) {
		if (!isFinal(error)) throw error;
		return { ...bare, enrich_error: error.message };
	}
}

/** Whether the details would not come at the next poll either. */
function isFinal(error: unknown): error is MasvError {
	if (error instanceof MasvApiError) return isLasting(error);
	// An answer that came and is not what MASV documents.
	return error instanceof MasvInputError || (error instanceof MasvConnectionError && error.status !== undefined);
}
