import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { isTransient } from '../../../masv/answers';
import { fiveSecondsOfOutage } from '../../../masv/retry';
import { hasBegun, pollEvents } from '../../../masv/watch';
import { toNodeError, toOneLineError } from '../nodeErrors';
import { nodeScope } from '../nodeScope';
import { readBudget, usualBudgetMs, withinBudget } from './budget';
import { readDetails } from './details';
import { readRequest } from './fields';
import { fetchTestEvent } from './testEvent';

/** Nodes that are polled at this moment. n8n begins a poll also while the last one still runs; both would find the same. */
const underWay = new Set<string>();

/** Nodes that have been started in this process: one poll of theirs went well, or was let off. */
const started = new Set<string>();

/** The events of one poll, or one to try the workflow with when it is polled in the editor. */
export async function poll(n8n: IPollFunctions): Promise<INodeExecutionData[]> {
	const isManual = n8n.getMode() === 'manual';
	try {
		const events = isManual ? [await fetchTestEvent(n8n)] : await pollAlone(n8n);
		return events.map((json) => ({ json: json as IDataObject }));
	} catch (error) {
		// Any other poll may be the one that n8n activates the workflow by.
		throw isManual ? toNodeError(n8n.getNode(), error, 0) : toOneLineError(n8n.getNode(), error);
	}
}

/** What happened since the last poll of this node; nothing while that is still under way. */
async function pollAlone(n8n: IPollFunctions): Promise<object[]> {
	const node = nodeScope(n8n);
	if (underWay.has(node)) return [];
	underWay.add(node);
	try {
		return await pollOnce(n8n, node);
	} finally {
		underWay.delete(node);
	}
}

async function pollOnce(n8n: IPollFunctions, node: string): Promise<object[]> {
	const request = readRequest(n8n);
	let isContinued = false;
	try {
		const budgetMs = Math.min(readBudget(n8n), usualBudgetMs);
		const events = await withinBudget(n8n, budgetMs, async (client) => {
			const kept = n8n.getWorkflowStaticData('node');
			isContinued = hasBegun(client, request, kept.watch);
			// Whoever activates the workflow, or starts n8n, waits for such a poll.
			const masv = isContinued && started.has(node) ? client : client.withPolicy(fiveSecondsOfOutage);
			const options = { budgetMs, details: readDetails(n8n, masv) };
			const { events: found, state } = await pollEvents(masv, request, kept.watch, options);
			// The last thing that is done: n8n keeps it together with the events, and whatever fails before changes nothing.
			kept.watch = state;
			return found;
		});
		started.add(node);
		return events;
	} catch (error) {
		// A start of n8n while MASV is down: n8n would give the trigger up for good, and nothing is lost by waiting.
		if (started.has(node) || !isContinued || !isTransient(error)) throw error;
		started.add(node);
		n8n.logger.warn(`MASV: ${(error as Error).message}. The trigger starts nevertheless: the next poll goes on`);
		return [];
	}
}
