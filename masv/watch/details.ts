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
			const withDetails = await addDetails(each, type, details);
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
 * If the details will never be available, the event is emitted without them and says why, or it would never be emitted.
 */
async function addDetails(found: Occurrence, type: string, details: Details): Promise<object> {
	const { packageId } = found;
	const bare = toBareEvent(found, type);
	if (packageId === undefined) return bare;
	try {
		return { ...bare, ...(await details(packageId)) };
	} catch (error) {
		if (!isFinal(error)) throw error;
		return { ...bare, enrich_error: error.message };
	}
}

/** Whether the details would fail at the next poll, too. */
function isFinal(error: unknown): error is MasvError {
	if (error instanceof MasvApiError) return isLasting(error);
	// There was a response, but not the documented one.
	return error instanceof MasvInputError || (error instanceof MasvConnectionError && error.status !== undefined);
}
