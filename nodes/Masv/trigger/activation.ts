import type { IHookFunctions } from 'n8n-workflow';

import { isSetUp, setUp, takeDown } from '../../../masv/webhooks/subscription';
import { connectTrigger } from '../connect';
import { toOneLineError } from '../nodeErrors';
import { eventMemoryOf } from './eventMemory';
import { isTest, acceptsPasswordLoss, readWanted, urlOf } from './fields';
import { forgetSubscription, readSubscription, writeSubscription } from './state';

/** Whether MASV already has the webhook as the fields of the node describe it. */
export async function isActive(n8n: IHookFunctions): Promise<boolean> {
	return await withNodeErrors(n8n, async () => {
		return await isSetUp(await connectTrigger(n8n), readWanted(n8n), readSubscription(n8n, isTest(n8n)));
	});
}

/** Creates or repairs the webhook in MASV. */
export async function activate(n8n: IHookFunctions): Promise<void> {
	await withNodeErrors(n8n, async () => {
		const earlier = readSubscription(n8n, isTest(n8n));
		const done = await setUp(await connectTrigger(n8n), readWanted(n8n), earlier);
		writeSubscription(n8n, { ...done, isTest: isTest(n8n) });
	});
}

/**
 * Deletes the webhook in MASV. If that fails for a published workflow, throws: n8n tries again, reports it, and unpublishes
 * anyway. When n8n stops listening for a test event, it only writes to the log: n8n (2.41) would keep the registration of the
 * test half removed, and every later test of any webhook would fail until n8n is restarted. The webhook that is left in MASV is
 * found by its URL, or by what stays stored, and used or deleted by the next test.
 */
export async function deactivate(n8n: IHookFunctions): Promise<void> {
	try {
		await removeFromMasv(n8n);
	} catch (thrown) {
		const error = toOneLineError(n8n.getNode(), thrown);
		if (!isStoppingTest(n8n)) throw error;
		n8n.logger.warn(`MASV Trigger: the webhook for test events may still be in MASV. ${error.message}`);
	}
}

async function removeFromMasv(n8n: IHookFunctions): Promise<void> {
	// n8n stops listening for a test event in a different mode than it started in; the stored subscription shows which
	// one it was.
	const subscription = readSubscription(n8n, true) ?? readSubscription(n8n, false);
	const wanted = { url: urlOf(n8n), mayLosePasswords: acceptsPasswordLoss(n8n) };
	await takeDown(await connectTrigger(n8n), wanted, subscription);
	forgetSubscription(n8n);
	if (subscription?.isTest === false) await eventMemoryOf(n8n).forget();
}

/**
 * Whether n8n stops listening for a test event. It calls `delete` in the same mode as for a published workflow, and after a
 * failed start nothing is stored; but the workflow of a test is never the active one.
 */
function isStoppingTest(n8n: IHookFunctions): boolean {
	return isTest(n8n) || n8n.getWorkflow().active === false;
}

async function withNodeErrors<T>(n8n: IHookFunctions, step: () => Promise<T>): Promise<T> {
	try {
		return await step();
	} catch (error) {
		throw toOneLineError(n8n.getNode(), error);
	}
}
