import type { Dice } from '../dice';
import { Masv } from '../download/masv';
import type { ReceiveHabits } from '../download/receiveHabits';
import type { SharedFile, SharedPackage } from '../download/shared';
import { newVersion, partBytes } from '../download/storage';
import type { Answer } from '../server/model';
import { refusal } from '../server/model';
import { apiKey, teamId } from '../server/packageRoutes';
import type { ServerRequest } from '../server/state';
import { epochMs } from '../simClock';
import type { Timeline } from '../timeline';

/** How lists of packages may be: docs/masv-api.md#package-lists, docs/masv-api.md#filters */
export interface ListHabits {
	/** Whether there is `GET /v1.1/teams/{team}/inbox`, which is not documented. */
	hasInbox: boolean;
	/** Whether unfinished uploads are left out. */
	hidesPending: boolean;
	/** Whatever was asked for. */
	order: 'as asked' | 'oldest first' | 'newest first';
	ignoresDates: boolean;
	/** Whether what is dated exactly at the start or the end is left out. */
	excludesEnds: boolean;
	/** Records per page at most. */
	pageRecords: number;
	/** `page`: that of the records on the page. */
	total: 'right' | 'page' | 'none';
	/** Whether what was deleted is not listed any more, instead of as expired. */
	dropsDeleted: boolean;
	/** Lists are those of so many milliseconds ago. */
	behindMs: number;
}

/** Times since the start of the history; milliseconds. */
export interface Arrival {
	shared: SharedPackage;
	portal: string | undefined;
	/** By MASV's clock, when the upload began. */
	createdAt: number;
	/** From when on it can be listed. */
	appearsAt: number;
	finalizedAt: number;
	/** Deleted, or expired. Infinity: it stays. */
	endsAt: number;
	/** Until when its content is refused. */
	brokenUntil: number;
}

export function chooseListHabits(dice: Dice): ListHabits {
	const pageRecords = dice.pick([50, 50, 3, 2]);
	return {
		pageRecords,
		hasInbox: dice.chance(0.6),
		hidesPending: dice.chance(0.3),
		order: dice.pick(['as asked', 'as asked', 'oldest first', 'newest first']),
		ignoresDates: dice.chance(0.15),
		excludesEnds: dice.chance(0.3),
		// Nothing tells a short page with a total of its own from a whole list.
		total: dice.pick(['right', 'right', pageRecords === 50 ? 'page' : 'none', 'none']),
		dropsDeleted: dice.chance(0.5),
		behindMs: dice.chance(0.3) ? dice.int(500, 600_000) : 0,
	};
}

export const portals = ['portal-1', 'portal-2'];

/** A MASV to which packages arrive, with its lists. */
export class Inbox extends Masv {
	readonly arrivals: Arrival[] = [];
	readonly lists: ListHabits;
	/** Requests for lists, by worker. */
	readonly listed = new Map<string, number>();

	constructor(habits: ReceiveHabits, lists: ListHabits, dice: Dice, timeline: Timeline) {
		super(habits, dice, timeline);
		this.lists = lists;
	}

	/** A package begins to arrive. @param newContent bytes that no other file contains */
	arrive(facts: Omit<Arrival, 'shared'>, newContent: (bytes: number) => Uint8Array): Arrival {
		const id = this.newId('P');
		const files = Array.from({ length: this.dice.pick([1, 1, 2]) }, (_, index): SharedFile => {
			const file = this.newId('F');
			const version = newVersion(
				newContent(this.dice.pick([0, 900, 4_097, 9_000])),
				this.habits,
				0,
				Number(file.slice(1)),
			);
			return { id: file, kind: 'file', name: `${index}.mov`, path: this.dice.pick(['', 'day 1']), versions: [version] };
		});
		const shared = {
			id,
			name: this.dice.pick(['Dailies', id]),
			files,
			toldPartBytes: partBytes,
			tokens: new Set<string>(),
		};
		const arrival = { ...facts, shared };
		this.packages.push(shared);
		this.arrivals.push(arrival);
		return arrival;
	}

	arrivalOf(packageId: string): Arrival | undefined {
		return this.arrivals.find(({ shared }) => shared.id === packageId);
	}

	override handle(request: ServerRequest): Answer {
		const { pathname, searchParams } = new URL(request.url);
		const [version, noun, id = '', what, one] = pathname.split('/').slice(1).map(decodeURIComponent);
		const isTeam = noun === 'teams' && id === teamId;
		if (request.method === 'GET' && version === 'v1.1' && (isTeam || noun === 'portals')) {
			if (request.headers['x-api-key'] !== apiKey) return refusal(401, 'wrong key');
			if (isTeam && what === 'inbox') {
				if (!this.lists.hasInbox) return refusal(404, 'no such route');
				return this.#page(({ portal }) => portal !== undefined, searchParams, request);
			}
			if (isTeam && what === 'portals') return this.#portals();
			if (noun === 'portals' && what === 'packages')
				return this.#page(({ portal }) => portal === id, searchParams, request);
			if (isTeam && what === 'packages' && one !== undefined) return this.#one(one);
			if (isTeam && what === 'packages') return this.#page(({ portal }) => portal === undefined, searchParams, request);
		}
		const arrival = noun === 'packages' ? this.arrivalOf(id) : undefined;
		if (arrival !== undefined && this.#stateOf(arrival, this.timeline.nowMs) !== 'finalized')
			return refusal(400, 'the package is not finalized');
		if (arrival !== undefined && arrival.brokenUntil > this.timeline.nowMs && what === 'files')
			return refusal(403, 'not allowed');
		return super.handle(request);
	}

	#portals(): Answer {
		const created_at = dateOf(-20 * 86_400_000);
		const records = portals.map((id) => ({ id, name: id, created_at }));
		return { status: 200, json: { metadata: { total: records.length }, records } };
	}

	#one(id: string): Answer {
		const found = this.arrivalOf(id);
		if (!this.habits.hasPackageById || found === undefined || found.appearsAt > this.timeline.nowMs)
			return refusal(404, 'not found');
		if (this.lists.dropsDeleted && found.endsAt <= this.timeline.nowMs) return refusal(404, 'not found');
		return { status: 200, json: this.#shown(found, this.timeline.nowMs) };
	}

	#stateOf({ appearsAt, finalizedAt, endsAt }: Arrival, atMs: number): string | undefined {
		if (appearsAt > atMs) return undefined;
		if (endsAt <= atMs) return 'expired';
		return finalizedAt <= atMs ? 'finalized' : 'new';
	}

	#shown(arrival: Arrival, atMs: number): Record<string, unknown> {
		const { id, name, toldPartBytes, tokens } = arrival.shared;
		const facts = { id, name, state: this.#stateOf(arrival, atMs), created_at: dateOf(arrival.createdAt) };
		return { ...facts, access_token: this.newToken(tokens), chunk_size: toldPartBytes };
	}

	#page(isIn: (arrival: Arrival) => boolean, query: URLSearchParams, { actor }: ServerRequest): Answer {
		this.listed.set(actor.name, (this.listed.get(actor.name) ?? 0) + 1);
		const { order, ignoresDates, excludesEnds, hidesPending, pageRecords, total, dropsDeleted, behindMs } = this.lists;
		const atMs = this.timeline.nowMs - behindMs;
		const [start, end] = (['created_at_start', 'created_at_end'] as const).map((name) => {
			const text = query.get(name);
			return text === null ? undefined : Date.parse(text) - epochMs;
		}) as [number | undefined, number | undefined];
		const more = excludesEnds ? 1 : 0;
		const states = query.get('status')?.split(',');
		const isShown = (arrival: Arrival): boolean => {
			const state = this.#stateOf(arrival, atMs);
			if (state === undefined || !isIn(arrival)) return false;
			if (state === 'new' && hidesPending) return false;
			if (state === 'expired' && dropsDeleted) return false;
			if (arrival.portal === undefined && states !== undefined && !states.includes(state)) return false;
			if (ignoresDates) return true;
			return arrival.createdAt >= (start ?? -Infinity) + more && arrival.createdAt <= (end ?? Infinity) - more;
		};
		const sorted = this.arrivals.filter(isShown).sort((a, b) => a.createdAt - b.createdAt);
		const isReversed = order === 'newest first' || (order === 'as asked' && query.get('sort') === '-created_at');
		const records = isReversed ? sorted.reverse() : sorted;
		const limit = Math.min(pageRecords, Number(query.get('limit') ?? 50));
		const first = (Number(query.get('page') ?? 1) - 1) * limit;
		const page = first < 0 ? records.slice(0, limit) : records.slice(first, first + limit);
		const counts = { right: records.length, page: page.length, none: undefined };
		const metadata = { total: counts[total] };
		return { status: 200, json: { metadata, records: page.map((each) => this.#shown(each, atMs)) } };
	}
}

function dateOf(atMs: number): string {
	return new Date(Math.round(epochMs + atMs)).toISOString();
}
