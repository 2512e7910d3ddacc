import type { Package, State } from './state.ts';

export type WebhookEvent = 'package.created' | 'package.finalized';

/** Takes events to the webhooks attached to portals. */
export interface Webhooks {
	/** Fires an event to every active webhook that is attached to the package's portal and subscribed to it. */
	announce(state: State, about: Package, type: WebhookEvent): void;
}
