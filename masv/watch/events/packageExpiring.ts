import { isRefusedRoute } from '../../answers';
import type { MasvClient } from '../../client';
import { toDate } from '../../dates';
import { upcomingExpiryOf } from '../../packages/expiry';
import type { MasvPackage } from '../../schemas';
import { expiringQuery, expiringStateSchema, pollExpiring } from '../expiring';
import { expiringInbox, expiringPortalList, isWithoutDates } from '../expiringLists';
import { toOccurrence } from '../found';
import { watchedSent } from '../packageLists';
import type { ReceivedPlaces } from '../receivedLists';
import { withReceivedLists } from '../receivedLists';
import type { EventDefinition } from './definition';
import { findHighest } from './newest';
import { packageDisplay } from './packageDisplay';

const dayMs = 24 * 3_600_000;

/** A package, sent or received, expires within some days. The test event is the next one to expire, however far off. */
export const packageExpiring: EventDefinition = {
	type: 'package.expiring',
	keyFacts: ({ days }) => [days],

	poll: async (client, { days, startFrom }, saved, pace) => {
		const nowMs = client.clock.now();
		const before = expiringStateSchema.safeParse(saved).data;
		const isUnderWay = before !== undefined && before.reads.length > 0;
		const { found, stateWithout } = await withReceivedLists(
			client,
			{ ...placesIn(client), checksInbox: isUnderWay },
			async (received) => {
				// The inbox comes first: if it is not available, that should be known before time is spent on sent packages.
				const lists = [...received, watchedSent(client)];
				return await pollExpiring({ lists, leadMs: days * dayMs, startFrom }, before, pace, nowMs);
			},
		);
		return {
			found: found.map((each) => toOccurrence(each, packageDisplay, toDate(each.at - days * dayMs))),
			stateWithout,
		};
	},

	findNewest: async (client, { days }) => {
		const nowMs = client.clock.now();
		const query = { ...expiringQuery, expiry_start: toDate(nowMs) };
		const soonest = (found: MasvPackage): number | undefined => {
			const expiry = upcomingExpiryOf(found);
			return expiry === undefined || expiry < nowMs ? undefined : -expiry;
		};
		const next = await withReceivedLists(
			client,
			placesIn(client),
			async (received) => await findHighest([watchedSent(client), ...received], query, soonest),
		);
		// Its rank is the expiry, negated.
		return next && toOccurrence(next, packageDisplay, toDate(-next.at - days * dayMs));
	},
};

/** No sample of the inbox shows whether its packages have expiry dates. */
function placesIn(client: MasvClient): ReceivedPlaces {
	return {
		inbox: expiringInbox(client),
		isUseless: (error) => isRefusedRoute(error) || isWithoutDates(error),
		portalList: expiringPortalList,
	};
}
