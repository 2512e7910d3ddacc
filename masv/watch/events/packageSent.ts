import { watchedSent } from '../packageLists';
import { createdEvent } from './createdEvent';
import { finalized } from './finalized';

/** A package that the team sends has been uploaded completely. */
export const packageSent = createdEvent({
	...finalized,
	type: 'package.sent',
	keyFacts: () => [],
	withLists: async (client, _options, use) => await use({ lists: [watchedSent(client)], isOpenEnded: false }),
});
