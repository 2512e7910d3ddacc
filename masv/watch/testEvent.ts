import type { MasvClient } from '../client';
import type { Details } from './details';
import { addDetails, toBareEvent } from './details';
import type { WatchRequest } from './request';
import { definitionOf } from './request';

/**
 * An event to test a workflow with: the newest one, or the next package to expire.
 * @returns undefined if there is none
 */
export async function findTestEvent(
	client: MasvClient,
	request: WatchRequest,
	details?: Details,
): Promise<object | undefined> {
	const { type, findNewest } = definitionOf(request);
	const found = await findNewest(client, request);
	if (found === undefined) return undefined;
	const event = toBareEvent(found, type);
	return details === undefined ? event : await addDetails(event, found.packageId, details);
}
