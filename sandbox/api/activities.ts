import { notFound } from '../model/errors.ts';
import type { Activity } from '../model/state.ts';
import { dateParam, isWithin, listParam, pageOf, type ListRules } from './list.ts';
import { keyRoute, type Route } from './route.ts';

const listRules: ListRules<Activity> = {
	sortBy: { created_at: (activity) => activity.created_at, updated_at: (activity) => activity.updated_at },
	defaultSort: '-created_at',
};

/**
 * Activities, known only from MASV's own code (docs/masv-api.md#activities). Field names and the format of the list are
 * inferred from other lists.
 */
export const activityRoutes: Route[] = [
	keyRoute({
		step: 'listActivities',
		at: 'GET /v1.1/teams/{team}/activities',
		documented: false,
		handle: ({ state, query }) => {
			const states = listParam(query, 'activity_states');
			const types = listParam(query, 'activity_types');
			const portals = listParam(query, 'portals');
			const teamspaces = listParam(query, 'teamspaces');
			const packageId = query.get('package_id') ?? '';
			const from = dateParam(query, 'created_at_start');
			const to = dateParam(query, 'created_at_end');
			const activities = [...state.activities.values()].filter(
				(activity) =>
					(states === undefined || states.includes(activity.activity_state)) &&
					(types === undefined || types.includes(activity.activity_type)) &&
					(portals === undefined || portals.includes(activity.portal_id ?? '')) &&
					(teamspaces === undefined || teamspaces.includes(activity.teamspace_id ?? '')) &&
					(packageId === '' || activity.package_id === packageId) &&
					isWithin(activity.created_at, from, to),
			);
			return { status: 200, json: pageOf(activities, query, listRules, ({ events: _events, ...view }) => view) };
		},
	}),
	keyRoute({
		step: 'listActivityEvents',
		at: 'GET /v1/teams/{team}/activities/{activity}/events',
		documented: false,
		handle: ({ state, params }) => {
			const activity = state.activities.get(params.activity ?? '');
			if (activity === undefined) throw notFound('activity');
			return { status: 200, json: activity.events };
		},
	}),
];
