import { withReceived } from '../receivedLists';
import { createdEvent } from './createdEvent';
import { finalized } from './finalized';

/** A package has arrived completely through a portal. */
export const packageReceived = createdEvent({
	...finalized,
	type: 'package.finalized',
	// The selected portals are not part of the key: each has its own entry in the state.
	keyFacts: ({ portalIds }) => [portalIds === undefined ? 'all' : 'chosen'],
	withLists: async (client, { portalIds }, use, before) => await withReceived(client, portalIds, before, use),
});
