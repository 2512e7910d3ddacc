import type { IHookFunctions } from 'n8n-workflow';
import type { Subscription } from '../../../masv/webhooks/subscription';

/** What the trigger keeps in its static data from activation to deactivation. */
interface StoredSubscription extends Subscription {
	/** A test event has a webhook of its own. */
	isTest: boolean;
}

type WithStaticData = Pick<IHookFunctions, 'getWorkflowStaticData'>;

/** What activation, or listening for a test event, created in MASV. */
export function readSubscription(n8n: WithStaticData, isTest: boolean): StoredSubscription | undefined {
	const { setup } = n8n.getWorkflowStaticData('node') as { setup?: StoredSubscription };
	return setup?.isTest === isTest ? setup : undefined;
}

export function writeSubscription(n8n: WithStaticData, subscription: StoredSubscription): void {
	n8n.getWorkflowStaticData('node').setup = subscription;
}

export function forgetSubscription(n8n: WithStaticData): void {
	delete n8n.getWorkflowStaticData('node').setup;
}
