import type { IPollFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { MasvCancelledError, MasvConnectionError, MasvError, MasvInputError } from '../../../masv/errors';
import { fetchPackageDetails } from '../../../masv/packages/details';
import { fiveSecondsOfOutage } from '../../../masv/retry';
import type { PollOptions, WatchEvent, WatchRequest } from '../../../masv/watch/poll';
import { hasBegun, pollEvents } from '../../../masv/watch/poll';
import { findTestEvent } from '../../../masv/watch/testEvent';
import { connectForPoll } from '../connect';
import { readPortalIds } from '../fields/portals';
import { nodeScope } from '../nodeScope';
import { isTransient } from '../../../masv/answers';
import { optionalIsoDate } from '../values/date';

interface Options {
	enrich?: boolean;
	startFrom?: unknown;
}

/** Events that portals can be chosen for. Packages are sent through none, and expire wherever they came from. */
export const eventsOfPortals: WatchEvent[] = [
	'packageReceived',
	'packageDownloaded',
	'packageDelivered',
	'deliveryFailed',
];

/**
 * For a version of n8n that does not say how long a poll may take: it starts one a minute at most. Also the most that is used:
 * n8n says five minutes for the poll that it activates a workflow by, but gives that up after 84 seconds. Milliseconds.
 */
const usualBudgetMs = 60_000;

/** So that a request that hangs ends before n8n gives up on the whole poll. */
const signalShare = 0.95;

function readBudget(n8n: Partial<IPollFunctions>): number {
	const budgetMs = typeof n8n.getPollBudgetMs === 'function' ? n8n.getPollBudgetMs() : usualBudgetMs;
	return budgetMs > 0 ? budgetMs : usualBudgetMs;
}

/** Nodes that are polled at this moment. n8n begins a poll also while the last one still runs; both would find the same. */
const underWay = new Set<string>();

/** Nodes that have been started in this process: one poll of theirs went well, or was let off. */
const started = new Set<string>();

/** What happened since the last poll of this node; nothing while that is still under way. */
export async function pollAlone(n8n: IPollFunctions): Promise<object[]> {
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
	let goesOn = false;
	try {
		const budgetMs = Math.min(readBudget(n8n), usualBudgetMs);
		const events = await withinBudget(n8n, budgetMs, async (client) => {
			const kept = n8n.getWorkflowStaticData('node');
			goesOn = hasBegun(client, request, kept.watch);
			// Whoever activates the workflow, or starts n8n, waits for such a poll.
			const masv = goesOn && started.has(node) ? client : client.withPolicy(fiveSecondsOfOutage);
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
		if (started.has(node) || !goesOn || !isTransient(error)) throw error;
		started.add(node);
		n8n.logger.warn(`MASV: ${(error as Error).message}. The trigger starts nevertheless: the next poll goes on`);
		return [];
	}
}

/** What there is to try the workflow with. Changes nothing. @throws MasvError when there is nothing */
export async function fetchTestEvent(n8n: IPollFunctions): Promise<object> {
	const request = readRequest(n8n);
	const event = await withinBudget(
		n8n,
		readBudget(n8n),
		async (masv) => await findTestEvent(masv, request, readDetails(n8n, masv)),
	);
	if (event !== undefined) return event;
	throw new MasvError(nothingYet[request.event], {
		hint: 'Make one happen in MASV and fetch again, or pin data of your own to this node to build the workflow with.',
	});
}

async function withinBudget<T>(
	n8n: IPollFunctions,
	budgetMs: number,
	work: (masv: MasvClient) => Promise<T>,
): Promise<T> {
	const masv = await connectForPoll(n8n, budgetMs * signalShare);
	try {
		return await work(masv);
	} catch (error) {
		if (!(error instanceof MasvCancelledError)) throw error;
		throw new MasvConnectionError(`MASV did not answer within the ${budgetMs / 1000} s that a poll may take`, {
			hint: 'Nothing is lost: the next poll begins where this one did.',
			cause: error,
		});
	}
}

const nothingYet: Record<WatchEvent, string> = {
	deliveryFailed: 'No delivery to a storage has failed yet',
	packageDelivered: 'No package has been delivered to a storage yet',
	packageDownloaded: 'No package has been downloaded yet',
	packageExpiring: 'There is no package that will expire',
	packageReceived: 'No package has been received yet',
	packageSent: 'No package has been sent yet',
};

function readRequest(n8n: IPollFunctions): WatchRequest {
	const event = n8n.getNodeParameter('event') as WatchEvent;
	const days = Number(n8n.getNodeParameter('days', 3));
	if (event === 'packageExpiring' && !(Number.isFinite(days) && days >= 1)) {
		throw new MasvInputError(`A package cannot be announced ${days} days before it expires`, {
			field: 'Days Before Expiry',
			hint: 'Give a number from 1 on, or check the expression.',
		});
	}
	const { startFrom } = readOptions(n8n);
	const date = optionalIsoDate(startFrom, 'Start From', n8n);
	return {
		event,
		portalIds: eventsOfPortals.includes(event) ? readPortalIds(n8n) : undefined,
		days,
		startFrom: date === undefined ? undefined : Date.parse(date),
	};
}

function readOptions(n8n: IPollFunctions): Options {
	return n8n.getNodeParameter('options', {}) as Options;
}

function readDetails(n8n: IPollFunctions, masv: MasvClient): PollOptions['details'] {
	if (readOptions(n8n).enrich !== true) return undefined;
	// What fails for longer has its turn at the next poll again, and should not take the time of the others.
	const client = masv.withPolicy(fiveSecondsOfOutage);
	return async (packageId) => await fetchPackageDetails(client, packageId);
}
