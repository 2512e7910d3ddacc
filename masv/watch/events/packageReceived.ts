import { selectedPortalLists, watchedPortal } from '../packageLists';
import { withReceivedLists } from '../receivedLists';
import { createdEvent } from './createdEvent';
import { finalized } from './finalized';

/** A package has arrived completely through a portal. */
export const packageReceived = createdEvent({
	...finalized,
	type: 'package.finalized',
	// The selected portals are not part of the key: each has its own entry in the state.
	keyFacts: ({ portalIds }) => [portalIds === undefined ? 'all' : 'chosen'],
	withLists: async (client, { portalIds }, use, before) => {
		if (portalIds === undefined) {
			return await withReceivedLists(client, watchedPortal, async (lists) => await use({ lists, isOpenEnded: true }));
		}
		const lists = selectedPortalLists(client, portalIds, (name) => before?.newest[name] !== undefined);
		return await use({ lists, isOpenEnded: false });
	},
});
