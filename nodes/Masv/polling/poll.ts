import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { isTransient } from '../../../masv/answers';
import { joinSentences } from '../../../masv/joinSentences';
import { fiveSecondsOfOutage } from '../../../masv/retry';
import { hasBegun, pollEvents } from '../../../masv/watch/poll';
import { toNodeError, toOneLineError } from '../nodeErrors';
import { nodeScope } from '../nodeScope';
import { readBudget, usualBudgetMs, withinBudget } from './budget';
import { readDetails } from './details';
import { readRequest } from './fields';
import { fetchTestEvent } from './testEvent';

/**
 * Nodes being polled right now. n8n starts a poll even while the previous one is still running; both would find the
 * same events.
 */
const running = new Set<string>();

/** Nodes started in this process: one of their polls has succeeded, or its failure was tolerated. */
const started = new Set<string>();

/** The events of one poll, or a test event if the node is run from the editor. */
export async function poll(n8n: IPollFunctions): Promise<INodeExecutionData[]> {
	const isManual = n8n.getMode() === 'manual';
	try {
		const events = isManual ? [await fetchTestEvent(n8n)] : await pollAlone(n8n);
		return events.map((json) => ({ json: json as IDataObject }));
	} catch (error) {
		// Any other poll may be the one that activates the workflow, for which n8n shows only the message.
		throw isManual ? toNodeError(n8n.getNode(), error, 0) : toOneLineError(n8n.getNode(), error);
	}
}

/** The events since the last poll of this node; none if that poll is still running. */
async function pollAlone(n8n: IPollFunctions): Promise<object[]> {
	const node = nodeScope(n8n);
	if (running.has(node)) return [];
	running.add(node);
	try {
		return await pollOnce(n8n, node);
	} finally {
		running.delete(node);
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
			// Activating a workflow and starting n8n both wait for such a poll to finish.
			const masv = isContinued && started.has(node) ? client : client.withPolicy(fiveSecondsOfOutage);
			const options = { budgetMs, details: readDetails(n8n, masv) };
			const { events: found, state } = await pollEvents(masv, request, kept.watch, options);
			// Must come last: n8n stores it together with the events, and a failure before this line must leave the state
			// unchanged.
			kept.watch = state;
			return found;
		});
		started.add(node);
		return events;
	} catch (error) {
		// n8n is starting while MASV is down. After an error n8n would never start this trigger; waiting loses no events.
		if (started.has(node) || !isContinued || !isTransient(error)) throw error;
		started.add(node);
		n8n.logger.warn(
			joinSentences([`MASV: ${(error as Error).message}`, 'Starting anyway; the next poll will continue']),
		);
		return [];
	}
}
