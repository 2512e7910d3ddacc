import type { Activity, ActivityType } from '../activities';
import { activityStateOf, activityTypeOf, readActivityPage } from '../activities';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { Standing } from './created';
import type { List } from './reads';

/** What is waited for: activities of one type, in one state. */
export interface WantedActivity {
	type: ActivityType;
	state: 'complete' | 'error';
	/** Undefined: of all packages, those that the team sent among them. */
	portalIds: string[] | undefined;
}

export function activityList(client: MasvClient, { type, portalIds }: WantedActivity): List<Activity> {
	return {
		name: 'activities',
		readPage: async (query, page) =>
			await readActivityPage(client, { activity_types: [type], portals: portalIds, ...query }, page),
	};
}

/**
 * A complete activity has come to its end. Every other one may go on, one that failed or was cancelled as well: states "can
 * go back and forth" (MASV's MCP server).
 * @throws MasvError where the state cannot be told: waiting for ever would look like silence
 */
export function standingOfActivity(activity: Activity, { type, state, portalIds }: WantedActivity): Standing {
	const isOther = (activityTypeOf(activity) ?? type) !== type;
	// Held against the filters: a server that does not know them answers with everything.
	if (isOther || !isOfPortals(activity, portalIds)) return 'never';
	const reached = activityStateOf(activity);
	if (reached === undefined) {
		throw new MasvError('The activities of this MASV server do not tell their state', {
			hint: 'They are not in its documentation, and have changed. Downloads and deliveries to storage cannot be watched until this node follows.',
		});
	}
	if (reached === state) return 'reached';
	return reached === 'complete' ? 'never' : 'pending';
}

function isOfPortals({ portal_id: portalId }: Activity, portalIds: string[] | undefined): boolean {
	return portalIds === undefined || typeof portalId !== 'string' || portalIds.includes(portalId);
}
