import pLimit from 'p-limit';
import { z } from 'zod';

import type { Activity } from './activities';
import { activityPackageIdOf, wasUploaded, withoutTokens } from './activities';
import type { MasvClient } from './client';
import type { MasvError } from './errors';
import { MasvApiError, MasvCancelledError, MasvConnectionError, MasvInputError } from './errors';
import { upcomingExpiryOf } from './packages/expiry';
import { withoutSecrets } from './packages/shown';
import type { MasvPackage } from './schemas';
import type { WantedActivity } from './watch/activityList';
import { activityList, standingOfActivity } from './watch/activityList';
import type { Found, Polled } from './watch/created';
import { createdStateSchema, pollCreated } from './watch/created';
import { expiringQuery, expiringStateSchema, pollExpiring } from './watch/expiring';
import type { Pace, PollPace } from './watch/pace';
import { createPace } from './watch/pace';
import {
	chosenPortalLists,
	expiringPortalList,
	watchedPortal,
	watchedSent,
	standingOfPackage,
	withReceivedLists,
} from './watch/packageLists';
import type { List } from './watch/reads';
import { toDate, toTime } from './dates';
import { isLasting, isTransient } from './answers';

export type WatchEvent =
	'deliveryFailed' | 'packageDelivered' | 'packageDownloaded' | 'packageExpiring' | 'packageReceived' | 'packageSent';

export interface WatchRequest {
	event: WatchEvent;
	/** Undefined: all. Not for packages sent or expiring. */
	portalIds: string[] | undefined;
	/** Days before a package expires, for packages expiring. */
	days: number;
	/** Emit also what was there at the first poll already, from this date on; milliseconds. */
	startFrom: number | undefined;
}

export interface PollOptions {
	/** Time that the whole poll may take. */
	budgetMs: number;
	/** What is added to each event about its package. */
	details?: (packageId: string) => Promise<object>;
}

export interface PollResult {
	/** Oldest first. Each at one poll only, if `state` goes into the next one. */
	events: object[];
	/** Plain JSON. To be kept together with the events, or not at all. */
	state: object;
}

const savedSchema = z.object({ key: z.string(), state: z.unknown() });

const dayMs = 24 * 3_600_000;

const parallelDetails = 4;

/**
 * What happened since the last poll. Never asks MASV for anything by our own clock, except for what is about to expire.
 * @param saved the state that the last poll gave; anything else, that of another watch among it, begins anew
 * @throws MasvError; then nothing has changed, and the next poll finds the same
 */
export async function pollEvents(
	client: MasvClient,
	request: WatchRequest,
	saved: unknown,
	options: PollOptions,
): Promise<PollResult> {
	const { details } = options;
	const pace = createPace(client.clock, options.budgetMs, details !== undefined);
	const { found, stateWithout } = await poll(client, request, stateOf(client, request, saved), pace);
	found.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
	const { events, left } = await toEvents(found, request.event, details, pace);
	return { events, state: { key: keyOf(client, request), state: stateWithout(left) } };
}

/** Whether a poll with this state goes on where another one ended, rather than beginning anew. */
export function hasBegun(client: MasvClient, request: WatchRequest, saved: unknown): boolean {
	return stateOf(client, request, saved) !== undefined;
}

/**
 * The newest event that there is, or the next package to expire; to try a workflow with.
 * @returns undefined when there is none
 */
export async function findTestEvent(
	client: MasvClient,
	request: WatchRequest,
	details?: PollOptions['details'],
): Promise<object | undefined> {
	const found = await findNewest(client, request);
	if (found === undefined) return undefined;
	const event = toEvent(found, request.event);
	const packageId = packageIdOf(found, request.event);
	return details === undefined || packageId === undefined ? event : { ...event, ...(await details(packageId)) };
}

function stateOf(client: MasvClient, request: WatchRequest, saved: unknown): unknown {
	const parsed = savedSchema.safeParse(saved).data;
	return parsed?.key === keyOf(client, request) ? parsed.state : undefined;
}

/**
 * What makes a watch the one that a state belongs to. The date to start from does not: it would begin anew at every poll
 * when it comes from an expression. Neither do chosen portals: each has its own place in the state.
 */
function keyOf(client: MasvClient, { event, portalIds, days }: WatchRequest): string {
	const facts: unknown[] = [client.baseUrl, client.teamId, event];
	if (event === 'packageExpiring') facts.push(days);
	else if (event === 'packageReceived') facts.push(portalIds === undefined ? 'all' : 'chosen');
	else if (event !== 'packageSent') facts.push(portalIds?.toSorted() ?? 'all');
	return JSON.stringify(facts);
}

type AnyFound = Found<MasvPackage | Activity>;

async function poll(
	client: MasvClient,
	request: WatchRequest,
	before: unknown,
	pace: Pace,
): Promise<Polled<MasvPackage | Activity, object>> {
	const { event, portalIds, startFrom } = request;
	const nowMs = client.clock.now();
	if (event === 'packageExpiring') {
		const state = expiringStateSchema.safeParse(before).data;
		const leadMs = request.days * dayMs;
		const isUnderWay = state !== undefined && state.reads.length > 0;
		return await withReceivedLists(
			client,
			expiringPortalList,
			async (received) => {
				// The inbox comes first, so that it is known whether there is one before time is spent on what was sent.
				const lists = [...received, watchedSent(client)];
				return await pollExpiring({ lists, leadMs, startFrom }, state, pace, nowMs);
			},
			isUnderWay,
		);
	}
	const state = createdStateSchema.safeParse(before).data;
	const wanted = wantedActivity(request);
	if (wanted !== undefined) {
		const watch = {
			lists: [activityList(client, wanted)],
			isOpenEnded: false,
			startFrom,
			standingOf: (activity: Activity) => standingOfActivity(activity, wanted),
			isProven: async () => await Promise.resolve(false),
		};
		return await pollCreated(watch, state, pace, nowMs);
	}
	const packages = { startFrom, standingOf: standingOfPackage, isProven: createProof(client) };
	if (event === 'packageSent') {
		return await pollCreated({ ...packages, lists: [watchedSent(client)], isOpenEnded: false }, state, pace, nowMs);
	}
	if (portalIds !== undefined) {
		const lists = chosenPortalLists(client, portalIds, (name) => state?.newest[name] !== undefined);
		return await pollCreated({ ...packages, lists, isOpenEnded: false }, state, pace, nowMs);
	}
	return await withReceivedLists(
		client,
		watchedPortal,
		async (lists) => await pollCreated({ ...packages, lists, isOpenEnded: true }, state, pace, nowMs),
	);
}

function wantedActivity({ event, portalIds }: WatchRequest): WantedActivity | undefined {
	switch (event) {
		case 'packageDelivered':
			return { type: 'package_transfer_masv_to_cloud', state: 'complete', portalIds };
		case 'deliveryFailed':
			return { type: 'package_transfer_masv_to_cloud', state: 'error', portalIds };
		case 'packageDownloaded':
			return { type: 'package_download_from_masv', state: 'complete', portalIds };
		default:
			return undefined;
	}
}

/**
 * Whether an expired package had been finalized. Where that cannot be told it is taken for an upload that was cancelled:
 * those are frequent, while a package that came and went between two polls is rare, and nobody can download it any more.
 * A failure that may pass leaves it, and whatever else there is to prove, to the next poll: events that need no proof go on.
 */
function createProof(client: MasvClient): (found: MasvPackage) => Promise<boolean | undefined> {
	let given: { answer: false | undefined } | undefined;
	return async ({ id }) => {
		if (given !== undefined) return given.answer;
		try {
			const wasFinalized = await wasUploaded(client, id);
			if (wasFinalized === undefined) given = { answer: false };
			return wasFinalized === true;
		} catch (error) {
			if (!isTransient(error) && !(error instanceof MasvApiError)) throw error;
			given = { answer: undefined };
			return undefined;
		}
	};
}

/**
 * The events that there is time for; the first one in any case. One whose details fail for a time is left, so that it does
 * not stand in the way of the others.
 */
async function toEvents(
	found: AnyFound[],
	event: WatchEvent,
	details: PollOptions['details'],
	pace: PollPace,
): Promise<{ events: object[]; left: AnyFound[] }> {
	if (details === undefined) return { events: found.map((each) => toEvent(each, event)), left: [] };
	const left = new Set<AnyFound>();
	const limit = pLimit(parallelDetails);
	let failure: { error: unknown } | undefined;
	const tasks = found.map((each, index) =>
		limit(async () => {
			if (index > 0 && !pace.hasTime()) {
				left.add(each);
				return [];
			}
			try {
				const detailed = await addDetails(each, event, details);
				pace.advance();
				return [detailed];
			} catch (error) {
				left.add(each);
				// The time is up: the next poll goes on with this one.
				if (!(error instanceof MasvCancelledError && pace.hasAdvanced())) failure ??= { error };
				return [];
			}
		}),
	);
	const events = (await Promise.all(tasks)).flat();
	if (failure !== undefined && events.length === 0) throw failure.error;
	return { events, left: [...left] };
}

/** An event whose details will not come later either would never be told: it goes without them, and says why. */
async function addDetails(
	found: AnyFound,
	event: WatchEvent,
	details: NonNullable<PollOptions['details']>,
): Promise<object> {
	const packageId = packageIdOf(found, event);
	const bare = toEvent(found, event);
	if (packageId === undefined) return bare;
	try {
		return { ...bare, ...(await details(packageId)) };
	} catch (error) {
		if (!isFinal(error)) throw error;
		return { ...bare, enrich_error: error.message };
	}
}

/** Whether the details would not come at the next poll either. */
function isFinal(error: unknown): error is MasvError {
	if (error instanceof MasvApiError) return isLasting(error);
	// An answer that came and is not what MASV documents.
	return error instanceof MasvInputError || (error instanceof MasvConnectionError && error.status !== undefined);
}

function toEvent({ record }: AnyFound, event: WatchEvent): object {
	if (!isOfActivities(event)) return { ...withoutSecrets(record), event };
	const packageId = activityPackageIdOf(record);
	return { ...withoutTokens(record), ...(packageId !== undefined && { package_id: packageId }), event };
}

function packageIdOf({ record }: AnyFound, event: WatchEvent): string | undefined {
	return isOfActivities(event) ? activityPackageIdOf(record) : record.id;
}

function isOfActivities(event: WatchEvent): boolean {
	return event === 'packageDelivered' || event === 'deliveryFailed' || event === 'packageDownloaded';
}

/** Pages in which a test event is looked for. */
const maxTestPages = 4;

async function findNewest(client: MasvClient, request: WatchRequest): Promise<AnyFound | undefined> {
	const { event, portalIds } = request;
	if (event === 'packageExpiring') {
		const nowMs = client.clock.now();
		const query = { ...expiringQuery, expiry_start: toDate(nowMs) };
		const soonest = (found: MasvPackage): number | undefined => {
			const expiry = upcomingExpiryOf(found);
			return expiry === undefined || expiry < nowMs ? undefined : -expiry;
		};
		return await withReceivedLists(
			client,
			expiringPortalList,
			async (received) => await findHighest([watchedSent(client), ...received], query, soonest),
		);
	}
	const wanted = wantedActivity(request);
	if (wanted !== undefined) {
		const query = { activity_states: [wanted.state], sort: '-created_at' };
		return await findHighest([activityList(client, wanted)], query, (activity) =>
			standingOfActivity(activity, wanted) === 'reached' ? (toTime(activity.created_at) ?? 0) : undefined,
		);
	}
	const newest = (found: MasvPackage): number | undefined =>
		standingOfPackage(found) === 'reached' ? (toTime(found.created_at) ?? 0) : undefined;
	const query = { status: ['finalized'], sort: '-created_at' };
	if (event === 'packageSent') return await findHighest([watchedSent(client)], query, newest);
	if (portalIds !== undefined) return await findHighest(chosenPortalLists(client, portalIds), query, newest);
	return await withReceivedLists(client, watchedPortal, async (lists) => await findHighest(lists, query, newest));
}

/** The record of the highest rank on the first pages of each list; those that have none do not count. */
async function findHighest<R extends { id: string }>(
	lists: ReadonlyArray<List<R>>,
	query: Parameters<List<R>['readPage']>[0],
	rankOf: (record: R) => number | undefined,
): Promise<Found<R> | undefined> {
	let highest: Found<R> | undefined;
	for (const { name, readPage } of lists) {
		for (let page = 1; page <= maxTestPages; page++) {
			const records = (await readPage(query, page))?.records ?? [];
			const ranked = records.flatMap((record): Array<Found<R>> => {
				const rank = rankOf(record);
				return rank === undefined ? [] : [{ key: record.id, at: rank, list: name, record }];
			});
			for (const found of ranked) if (highest === undefined || found.at > highest.at) highest = found;
			if (ranked.length > 0 || records.length === 0) break;
		}
	}
	return highest;
}
