import type { Activity, ActivityType } from '../activities';
import { activityStateOf, activityTypeOf, readActivityPage } from '../activities';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import type { Standing } from './created/watch';
import type { List } from './reads';

/** Activities of one type, in one state. */
export interface WantedActivity {
	type: ActivityType;
	state: 'complete' | 'error';
	/** Undefined: of all packages, including sent ones. */
	portalIds: string[] | undefined;
}

/** @throws MasvError if the activities have no state: without an error, the watch would silently wait forever */
export function activityList(client: MasvClient, request: WantedActivity): List<Activity> {
	const { type, portalIds } = request;
	return {
		name: 'activities',
		readPage: async (query, page) => {
			const found = await readActivityPage(client, { activity_types: [type], portals: portalIds, ...query }, page);
			const wanted = found.records.filter((activity) => isWanted(activity, request));
			// A bounded part of the list may contain nothing but a single odd activity.
			if (query.created_at_end !== undefined || wanted.length === 0 || wanted.some(hasState)) return found;
			throw new MasvError('This MASV server does not report the state of activities', {
				code: 'activity_states_missing',
				hint: "Activities are not in MASV's documentation, and their format has changed.",
			});
		},
	};
}

/**
 * Only `complete` is final: every other state may still change, even `error` and `cancelled`
 * (docs/masv-api.md#activities). So may that of an activity that has no state.
 */
export function standingOfActivity(activity: Activity, wanted: WantedActivity): Standing {
	if (!isWanted(activity, wanted)) return 'never';
	const reached = activityStateOf(activity);
	if (reached === wanted.state) return 'reached';
	return reached === 'complete' ? 'never' : 'pending';
}

/** Checked again here: a server that does not know the filters returns everything. */
function isWanted(activity: Activity, { type, portalIds }: WantedActivity): boolean {
	const { portal_id: portalId } = activity;
	const isOfPortals = portalIds === undefined || typeof portalId !== 'string' || portalIds.includes(portalId);
	return isOfPortals && (activityTypeOf(activity) ?? type) === type;
}

/** Null counts: the field exists. */
function hasState(activity: Activity): boolean {
	return 'activity_state' in activity || 'state' in activity;
}
