import type { Activity } from '../../activities';
import { activityPackageIdOf, withoutTokens } from '../../activities';
import type { WantedActivity } from '../activityList';
import { activityList, standingOfActivity } from '../activityList';
import { createdEvent } from './createdEvent';
import type { EventDefinition } from './definition';

/** An activity of one type has reached a state. */
export function activityEvent(wanted: Omit<WantedActivity, 'portalIds'>): EventDefinition {
	return createdEvent<Activity>({
		keyFacts: ({ portalIds }) => [portalIds?.toSorted() ?? 'all'],
		withLists: async (client, { portalIds }, use) =>
			await use({ lists: [activityList(client, { ...wanted, portalIds })], isOpenEnded: false }),
		standingOf: (activity, { portalIds }) => standingOfActivity(activity, { ...wanted, portalIds }),
		newestQuery: { activity_states: [wanted.state], sort: '-created_at' },
		toShown: (activity) => {
			const packageId = activityPackageIdOf(activity);
			return { ...withoutTokens(activity), ...(packageId !== undefined && { package_id: packageId }) };
		},
		packageIdOf: activityPackageIdOf,
	});
}
