import type { Activity, ActivityType } from '../activities';
import { activityStateOf, activityTypeOf, readActivityPage } from '../activities';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { Standing } from './created/watch';
import type { List } from './reads';

/** What is waited for: activities of one type, in one state. */
export interface WantedActivity {
	type: ActivityType;
	state: 'complete' | 'error';
	/** Undefined: of all packages, those that the team sent among them. */
	portalIds: string[] | undefined;
}

/** @throws MasvError where no state is told: waiting for ever would look like silence */
export function activityList(client: MasvClient, request: WantedActivity): List<Activity> {
	const { type, portalIds } = request;
	return {
		name: 'activities',
		readPage: async (query, page) => {
			const found = await readActivityPage(client, { activity_types: [type], portals: portalIds, ...query }, page);
			const wanted = found.records.filter((activity) => isWanted(activity, request));
			// A part of the list that is bounded may hold nothing but a single odd one.
			if (query.created_at_end !== undefined || wanted.length === 0 || wanted.some(tellsState)) return found;
			throw new MasvError('The activities of this MASV server do not tell their state', {
				hint: 'They are not in its documentation, and have changed. Downloads and deliveries to storage cannot be watched until this node follows.',
			});
		},
	};
}

/**
 * A complete activity has come to its end. Every other one may go on, one that failed or was cancelled as well: states "can
 * go back and forth" (MASV's MCP server). So may a single one that has no state.
 */
export function standingOfActivity(activity: Activity, wanted: WantedActivity): Standing {
	if (!isWanted(activity, wanted)) return 'never';
	const reached = activityStateOf(activity);
	if (reached === wanted.state) return 'reached';
	return reached === 'complete' ? 'never' : 'pending';
}

/** Held against the filters: a server that does not know them answers with everything. */
function isWanted(activity: Activity, { type, portalIds }: WantedActivity): boolean {
	const { portal_id: portalId } = activity;
	const isOfPortals = portalIds === undefined || typeof portalId !== 'string' || portalIds.includes(portalId);
	return isOfPortals && (activityTypeOf(activity) ?? type) === type;
}

/** Also with null, which is no state. */
function tellsState(activity: Activity): boolean {
	return 'activity_state' in activity || 'state' in activity;
}
