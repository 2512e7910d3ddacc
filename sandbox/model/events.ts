import type { Package, State } from './state.ts';

export type WebhookEvent = 'package.created' | 'package.finalized';

/** Sends events to the webhooks attached to portals. */
export interface Webhooks {
	/** Sends an event to every active webhook that is attached to the package's portal and subscribed to the event. */
	announce(state: State, about: Package, type: WebhookEvent): void;
}
