import { isLasting } from '../answers';
import type { MasvError } from '../errors';
import { MasvApiError, MasvCancelledError, MasvConnectionError, MasvInputError } from '../errors';
import { mapParallel } from '../workers';
import type { Occurrence } from './found';
import type { PollPace } from './pace';

/** Fetches what is added to an event about its package. */
export type Details = (packageId: string) => Promise<object>;

const parallelDetails = 4;

/**
 * The events that there is time for, and at least the first one. An event whose details fail temporarily is postponed, so
 * that it does not block the others.
 */
export async function toEvents(
	found: Occurrence[],
	type: string,
	details: Details | undefined,
	pace: PollPace,
): Promise<{ events: object[]; postponed: Occurrence[] }> {
	if (details === undefined) return { events: found.map((each) => toBareEvent(each, type)), postponed: [] };
	const postponed = new Set<Occurrence>();
	let failure: { error: unknown } | undefined;
	const detailed = await mapParallel(found, parallelDetails, async (each): Promise<object[]> => {
		if (each !== found[0] && !pace.hasTime()) {
			postponed.add(each);
			return [];
		}
		try {
			const withDetails = await addDetails(toBareEvent(each, type), each.packageId, details);
			pace.advance();
			return [withDetails];
		} catch (error) {
			postponed.add(each);
			// The time is up: the next poll continues with this event.
			if (!(error instanceof MasvCancelledError && pace.hasAdvanced())) failure ??= { error };
			return [];
		}
	});
	const events = detailed.flat();
	if (failure !== undefined && events.length === 0) throw failure.error;
	return { events, postponed: [...postponed] };
}

/** In the form of a webhook event, so that one trigger can replace the other. */
export function toBareEvent({ eventTime, shown }: Occurrence, type: string): object {
	return { event_type: type, ...(eventTime !== undefined && { event_time: eventTime }), ...shown };
}

/**
 * An event with the details of its package. If they will never be available, it says why instead, or the workflow would never get
 * it.
 * @throws MasvError if they may be available later
 */
export async function addDetails(event: object, packageId: string | undefined, details: Details): Promise<object> {
	if (packageId === undefined) return event;
	try {
		return { ...event, ...(await details(packageId)) };
	} catch (error) {
		if (!isFinal(error)) throw error;
		return { ...event, enrich_error: error.message };
	}
}

/** Whether the details would fail later, too. */
function isFinal(error: unknown): error is MasvError {
	if (error instanceof MasvApiError) return isLasting(error);
	// There was a response, but not the documented one.
	return error instanceof MasvInputError || (error instanceof MasvConnectionError && error.status !== undefined);
}
