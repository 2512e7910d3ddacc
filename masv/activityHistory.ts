import { z } from 'zod';

import { isGone } from './answers';
import type { MasvClient } from './client';
import { MasvInputError } from './errors';
import { onlyListSchema } from './onlyList';
import { path } from './path';
import { undocumented } from './undocumented';

/** A change of the state of an activity. Its fields are not documented. */
export type ActivityEvent = Record<string, unknown>;

/**
 * The states that one activity has had. `GET /v1/teams/{team}/activities/{activity}/events`: docs/masv-api.md#activities
 * @throws MasvInputError if there is no such activity
 */
export async function fetchActivityHistory(client: MasvClient, activityId: string): Promise<ActivityEvent[]> {
	try {
		const { records } = await undocumented(
			async () =>
				await client.call({
					operation: 'get the history of the activity',
					method: 'GET',
					path: path`/v1/teams/${client.teamId}/activities/${activityId}/events`,
					schema: onlyListSchema(z.looseObject({})),
				}),
		);
		return records;
	} catch (error) {
		if (!isGone(error)) throw error;
		throw new MasvInputError(`There is no activity ${activityId}`, {
			code: 'activity_not_found',
			field: 'activity',
			hint: 'The ID may be wrong. MASV does not document this request, so a server may also lack it.',
			cause: error,
		});
	}
}
