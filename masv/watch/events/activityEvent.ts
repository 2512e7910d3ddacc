import type { Activity } from '../../activities';
import { activityPackageIdOf, withoutTokens } from '../../activities';
import type { WantedActivity } from '../activityList';
import { activityList, standingOfActivity } from '../activityList';
import { createdEvent } from './createdEvent';
import type { EventDefinition } from './definition';

/** An activity of one type has reached a state. @param type the `event_type` */
export function activityEvent(type: string, wanted: Omit<WantedActivity, 'portalIds'>): EventDefinition {
	return createdEvent<Activity>({
		type,
		keyFacts: ({ portalIds }) => [portalIds?.toSorted() ?? 'all'],
		withLists: async (client, { portalIds }, use) =>
			await use({ lists: [activityList(client, { ...wanted, portalIds })], isOpenEnded: false }),
		standingOf: (activity, { portalIds }) => standingOfActivity(activity, { ...wanted, portalIds }),
		newestQuery: { activity_states: [wanted.state], sort: '-created_at' },
		toShown: (activity) => ({ object: withoutTokens(packageOf(activity)), activity: withoutTokens(activity) }),
		packageIdOf: activityPackageIdOf,
	});
}

/** What an activity contains about its package, under the names that packages have. */
function packageOf(activity: Activity): object {
	const { package_name: name, portal_id: portalId, package: embedded } = activity;
	return {
		id: activityPackageIdOf(activity),
		...(name !== undefined && { name }),
		...(portalId !== undefined && { portal_id: portalId }),
		...embedded,
	};
}
