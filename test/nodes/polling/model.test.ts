import type { IDataObject } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import type { WatchRequest } from '../../../masv/watch/poll';
import { pollEvents } from '../../../masv/watch/poll';
import { findTestEvent } from '../../../masv/watch/testEvent';
import { MasvPollingTrigger } from '../../../nodes/Masv/MasvPollingTrigger.node';
import type { Fault, Package, SandboxOptions, Step } from '../../../sandbox/start';
import { failureOf } from '../../support/failureOf';
import { pollContext } from '../../support/pollContext';
import { randomOf } from '../../support/random';
import type { TestMasv } from '../../support/testMasv';
import { startTestMasv } from '../../support/testMasv';
import { recordsOf, requestOf } from '../../support/watchSamples';
import type { Clock } from '../../../masv/clock';
import { finalizePackage } from '../../../masv/packages/finalize';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A world with two clocks: MASV's and ours, which may differ by days. */
interface World {
	masv: TestMasv;
	/** MASV's clock. */
	now: number;
	/** How far our clock is ahead. */
	skew: number;
	/** How far our clock advances each time it is read, to simulate a slow machine. */
	msPerLook: number;
	client: () => MasvClient;
}

async function startWorld(options: SandboxOptions = {}): Promise<World> {
	const world = { now: Date.parse('2026-01-15T12:00:00Z'), skew: 0, msPerLook: 0 } as World;
	world.masv = await startTestMasv({ ...options, now: () => world.now });
	let ahead = 0;
	const clock: Clock = {
		now: () => world.now + world.skew + (ahead += world.msPerLook),
		sleep: async (ms) => {
			ahead += ms;
			await new Promise((resolve) => setImmediate(resolve));
		},
		timeout: () => new AbortController().signal,
		random: () => 0.5,
	};
	world.client = () => {
		ahead = 0;
		return world.masv.client({ clock });
	};
	return world;
}

/** Everything that can go wrong with one request of a poll. */
const faults: Array<Omit<Fault, 'step'>> = [
	{ kind: 'status', status: 401, body: '{"message":"no"}' },
	{ kind: 'status', status: 500 },
	{ kind: 'status', status: 429, headers: { 'retry-after': '20' } },
	{ kind: 'html', status: 502 },
	{ kind: 'resetAfterBody' },
	{ kind: 'refuse' },
	{ kind: 'cutAnswer' },
	{ kind: 'emptyOk' },
	{ kind: 'wrongJson' },
];

interface Truth {
	id: string;
	/** Number of the successful poll before which it was finalized. */
	finalizedBefore?: number;
}

interface Model {
	request: WatchRequest;
	/** Which request fails. */
	step: Step;
	/** Portals that packages are received through; `undefined` for packages sent by the team. */
	origins: Array<string | undefined>;
	/** The portals whose packages are expected. */
	watched: Array<string | undefined>;
	polls: number;
	/** One in this many polls is preceded by one to three new packages. */
	pollsPerArrival: number;
	seed: number;
	/** Number of successful polls after which a finalized package must have been emitted. */
	patience: number;
	/** Whether MASV reports for an expired package that it had been finalized. */
	reportsUploads: boolean;
}

/**
 * Creates, finalizes, cancels and expires packages at random, polls in between, and compares every poll with what really
 * happened. Polls fail, run out of time, and n8n is killed.
 */
async function live(world: World, model: Model): Promise<Record<'emitted' | 'failed' | 'partial' | 'killed', number>> {
	const { sandbox } = world.masv;
	const random = randomOf(model.seed);
	const oneIn = (count: number): boolean => random(1, count) === 1;
	const pick = <T>(all: readonly T[]): T => all[random(0, all.length - 1)] as T;
	const isWatched = (portalId: string | undefined): boolean => model.watched.includes(portalId);

	const due: Array<{ id: string; at: number; end: 'finalize' | 'cancel' | 'come and go' }> = [];
	const awaited = new Map<string, Truth>();
	const emitted = new Set<string>();
	const existing = new Set<string>();
	let goodPolls = 0;

	const inDays = (days: number): string => new Date(world.now + days * day).toISOString();
	const create = (): void => {
		const portal_id = pick(model.origins);
		const created_at = new Date(oneIn(3) ? world.now - (world.now % minute) : world.now).toISOString();
		const { id } = sandbox.seedPackage({
			state: 'new',
			created_at,
			expiry: inDays(9),
			...(portal_id !== undefined && { portal_id }),
			// Some have a file, so that they can be finalized through MASV's own route.
			...(oneIn(20) && { files: [{ name: 'a', content: 'a' }] }),
		});
		const delay = oneIn(40) ? random(0, 6 * 24) * hour : random(0, 4) * minute;
		const hasFiles = sandbox.files(id).length > 0;
		due.push({
			id,
			at: world.now + delay,
			end: hasFiles ? pick(['finalize', 'come and go']) : oneIn(20) ? 'cancel' : 'finalize',
		});
	};
	const finish = async ({ id, end }: (typeof due)[number]): Promise<void> => {
		const found = sandbox.package(id) as Package;
		if (end === 'cancel') return await sandbox.expirePackage(id);
		if (sandbox.files(id).length > 0) await finalizePackage(world.client(), id);
		else sandbox.seedPackage({ ...found, state: 'finalized', expiry: inDays(7) });
		if (end === 'come and go') await sandbox.expirePackage(id);
		if (isWatched(found.portal_id) && (end === 'finalize' || model.reportsUploads)) {
			awaited.set(id, { id, finalizedBefore: goodPolls });
		}
	};
	const advance = async (): Promise<void> => {
		world.now += oneIn(20) ? random(1, 24) * hour : oneIn(8) ? random(10, 60) * minute : random(1, 3) * minute;
		for (let arrivals = oneIn(3_000) ? 130 : oneIn(model.pollsPerArrival) ? random(1, 3) : 0; arrivals > 0; arrivals--)
			create();
		for (let index = due.length - 1; index >= 0; index--) {
			const next = due[index] as (typeof due)[number];
			if (next.at > world.now) continue;
			due.splice(index, 1);
			await finish(next);
		}
	};

	for (let count = 0; count < 60; count++) await advance();
	for (const id of awaited.keys()) existing.add(id);
	awaited.clear();

	let saved: string | undefined;
	/** What is in n8n's database: n8n stores the state after a poll without events only occasionally, by default at the end. */
	let stored: string | undefined;
	const counts = { emitted: 0, failed: 0, partial: 0, killed: 0 };
	const poll = async (budgetMs: number): Promise<void> => {
		const before = saved === undefined ? undefined : (JSON.parse(saved) as unknown);
		sandbox.requests.length = 0;
		try {
			const { events, state } = await pollEvents(world.client(), model.request, before, { budgetMs });
			saved = JSON.stringify(state);
			if (before === undefined || events.length > 0) stored = saved;
			if (budgetMs > minute) goodPolls++;
			for (const event of recordsOf(events) as Array<{ id: string; state: string; access_token?: string }>) {
				if (emitted.has(event.id)) throw new Error(`${event.id} came twice`);
				if (existing.has(event.id)) throw new Error(`${event.id} was there before`);
				if (!awaited.has(event.id)) throw new Error(`${event.id} is ${event.state}, and not awaited`);
				expect(event.access_token).toBeUndefined();
				emitted.add(event.id);
				awaited.delete(event.id);
			}
		} catch (error) {
			// The state passed in is unchanged: n8n keeps the old one.
			expect(JSON.stringify(before)).toBe(saved);
			throw error;
		}
	};

	for (let polls = 0; polls < model.polls; polls++) {
		if (polls > 0) await advance();
		if (oneIn(500)) world.skew = random(-3, 3) * day;
		if (polls > 0 && oneIn(100)) {
			// n8n is killed and starts again with the stored state.
			saved = stored;
			counts.killed++;
		}
		// The first poll completes, so that the existing packages are known.
		const isSlow = polls > 0 && oneIn(10);
		world.msPerLook = isSlow ? 1_000 : 0;
		const fault =
			polls > 0 && oneIn(12)
				? sandbox.inject({ ...pick(faults), step: model.step, skip: random(0, 3), times: Infinity })
				: undefined;
		try {
			await poll(isSlow ? random(3, 60) * 1_000 : 10 * minute);
			if (isSlow) counts.partial++;
		} catch (error) {
			if ((fault?.hits() ?? 0) === 0) throw error;
			counts.failed++;
		}
		fault?.remove();
		for (const { id, finalizedBefore = 0 } of awaited.values()) {
			if (goodPolls - finalizedBefore > model.patience) throw new Error(`${id} is late, at poll ${polls}`);
		}
	}
	world.msPerLook = 0;
	for (let polls = 0; polls < 4; polls++) {
		world.now += 16 * minute;
		await poll(10 * minute);
	}
	expect([...awaited.keys()]).toEqual([]);
	return { ...counts, emitted: emitted.size };
}

async function livedThrough(options: SandboxOptions, toModel: (portalIds: string[]) => Model): ReturnType<typeof live> {
	const world = await startWorld(options);
	try {
		const portalIds = Array.from({ length: 3 }, () => world.masv.sandbox.seedPortal().id);
		return await live(world, toModel(portalIds));
	} finally {
		await world.masv.close();
	}
}

describe('10,000 polls over a growing inbox', () => {
	it('emit each package once: none lost, none duplicated, none from before the activation', async () => {
		const counts = await livedThrough({}, (portalIds) => ({
			request: requestOf('packageReceived'),
			step: 'listInbox',
			origins: [...portalIds, undefined],
			watched: portalIds,
			polls: 10_000,
			pollsPerArrival: 6,
			seed: 1,
			patience: 3,
			reportsUploads: true,
		}));
		expect(counts.emitted).toBeGreaterThan(2_000);
		expect(counts.failed).toBeGreaterThan(300);
		expect(counts.partial).toBeGreaterThan(500);
		expect(counts.killed).toBeGreaterThan(50);
	}, 600_000);
});

describe('1,000 polls', () => {
	const usual = { polls: 1_000, pollsPerArrival: 3, patience: 3, reportsUploads: true };

	it('of selected portals do so, each with its own position', async () => {
		const counts = await livedThrough({}, (portalIds) => ({
			...usual,
			request: requestOf('packageReceived', { portalIds: portalIds.slice(0, 2) }),
			step: 'listPortalPackages',
			origins: portalIds,
			watched: portalIds.slice(0, 2),
			seed: 2,
		}));
		expect(counts.emitted).toBeGreaterThan(200);
	}, 200_000);

	it('of a server with only the documented routes do so', async () => {
		const counts = await livedThrough({ onlyDocumented: true }, (portalIds) => ({
			...usual,
			request: requestOf('packageReceived'),
			step: 'listPortalPackages',
			origins: portalIds,
			watched: portalIds,
			reportsUploads: false,
			seed: 3,
		}));
		expect(counts.emitted).toBeGreaterThan(200);
	}, 200_000);

	it('of sent packages do so', async () => {
		const counts = await livedThrough({}, (portalIds) => ({
			...usual,
			request: requestOf('packageSent'),
			step: 'listPackages',
			origins: [undefined, ...portalIds.slice(0, 1)],
			watched: [undefined],
			seed: 4,
		}));
		expect(counts.emitted).toBeGreaterThan(200);
	}, 200_000);
});

describe('polls in sequence', () => {
	let world: World;
	beforeEach(async () => {
		world = await startWorld();
	});
	afterEach(async () => await world.masv.close());

	function watch(request: WatchRequest) {
		let saved: unknown;
		return async (): Promise<object[]> => {
			const { events, state } = await pollEvents(world.client(), request, saved, { budgetMs: minute });
			saved = JSON.parse(JSON.stringify(state));
			return recordsOf(events);
		};
	}

	it('report a package that was delivered to storage, and its download', async () => {
		const { sandbox } = world.masv;
		const call = async (method: string, route: string, headers: object, body?: object): Promise<unknown> => {
			const response = await fetch(`${sandbox.url}${route}`, {
				method,
				headers: { 'content-type': 'application/json', ...headers },
				body: body === undefined ? undefined : JSON.stringify(body),
			});
			return await response.json();
		};
		const key = { 'x-api-key': sandbox.apiKey };
		const { id } = sandbox.seedPackage({ files: [{ name: 'a.txt', content: 'a' }] });
		const delivered = watch(requestOf('packageDelivered'));
		expect(await delivered()).toEqual([]);

		const route = `/v1.1/teams/${sandbox.teamId}/packages/${id}`;
		const { access_token: token } = (await call('GET', route, key)) as { access_token: string };
		const connection = (await call('POST', `/v1/teams/${sandbox.teamId}/cloud_connections`, key, {
			provider: 'amazon_s3',
			authorization: {},
		})) as { id: string };
		await call(
			'POST',
			`/v1/packages/${id}/transfer`,
			{ 'x-package-token': token },
			{ cloud_connection_id: connection.id },
		);
		world.now += minute;

		expect(await delivered()).toMatchObject([
			{ package_id: id, event: 'package.delivered', activity_state: 'complete' },
		]);
		expect(await delivered()).toEqual([]);
		expect(await findTestEvent(world.client(), requestOf('packageDelivered'))).toMatchObject({
			event_type: 'package.delivered',
			object: { id },
			activity: { activity_state: 'complete' },
		});
		expect(await findTestEvent(world.client(), requestOf('packageDownloaded'))).toBeUndefined();
	});

	it('report sent and received packages that are about to expire', async () => {
		const { sandbox } = world.masv;
		const portal = sandbox.seedPortal();
		const expiring = watch(requestOf('packageExpiring'));
		const expiresIn = (days: number) => new Date(world.now + days * day).toISOString();
		sandbox.seedPackage({ expiry: expiresIn(1) });
		expect(await expiring()).toEqual([]);
		const sent = sandbox.seedPackage({ expiry: expiresIn(4) });
		const received = sandbox.seedPackage({ expiry: expiresIn(5), portal_id: portal.id });
		sandbox.seedPackage({ expiry: expiresIn(5), unlimited_storage: true });
		sandbox.seedPackage({ expiry: expiresIn(5), state: 'new' });
		expect(await expiring()).toEqual([]);
		world.now += 1.5 * day;
		expect(await expiring()).toMatchObject([{ id: sent.id }]);
		world.now += day;
		expect(await expiring()).toMatchObject([{ id: received.id, event: 'package.expiring' }]);
		expect(await expiring()).toEqual([]);
	});

	it('report packages that are about to expire on a server with only the documented routes', async () => {
		await world.masv.close();
		world = await startWorld({ onlyDocumented: true });
		const { sandbox } = world.masv;
		const portal = sandbox.seedPortal();
		const expiring = watch(requestOf('packageExpiring'));
		expect(await expiring()).toEqual([]);
		const { id } = sandbox.seedPackage({ expiry: new Date(world.now + day).toISOString(), portal_id: portal.id });
		expect(await expiring()).toMatchObject([{ id, portal_id: portal.id }]);
		expect(await expiring()).toEqual([]);
	});

	it('stop a hanging request within the budget of n8n, keep what was read, and continue from there', async () => {
		const { sandbox } = world.masv;
		const portal = sandbox.seedPortal();
		for (let count = 0; count < 120; count++) sandbox.seedPackage({ portal_id: portal.id });
		const trigger = new MasvPollingTrigger();
		const credential = { apiKey: sandbox.apiKey, teamId: sandbox.teamId, baseUrl: sandbox.url };
		const parameters = { event: 'packageReceived', options: { startFrom: '2026-01-01T00:00:00Z' } };
		let staticData: IDataObject | undefined;
		const poll = async (budgetMs: number): Promise<number> => {
			const context = await pollContext(trigger, { parameters, credential, staticData, budgetMs });
			try {
				return (await trigger.poll.call(context.n8n))?.[0]?.length ?? 0;
			} finally {
				staticData = context.stored();
			}
		};
		const hangs = (skip: number) => sandbox.inject({ step: 'listInbox', kind: 'hang', skip });

		const fromTheFirst = hangs(0);
		const error = await failureOf(poll(500));
		expect(error.message).toMatch(/^MASV did not respond within the 0.5 s allowed for a poll\. No events are lost/);
		expect(staticData).toEqual({ 'node:MASV Polling Trigger': {} });
		fromTheFirst.remove();
		const fromTheThird = hangs(3);
		expect(await poll(2_000)).toBe(100);
		fromTheThird.remove();
		expect([await poll(minute), await poll(minute)]).toEqual([20, 0]);
	});
});
