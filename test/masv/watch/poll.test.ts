import type { ClientOptions } from '../../../masv/client';
import { MasvApiError, MasvCancelledError, MasvConnectionError, MasvInputError } from '../../../masv/errors';
import { fetchPackageDetails } from '../../../masv/packages/details';
import type { PollOptions, WatchEvent, WatchRequest } from '../../../masv/watch/poll';
import { pollEvents } from '../../../masv/watch/poll';
import { findTestEvent } from '../../../masv/watch/testEvent';
import { instantClock } from '../../support/instantClock';
import { apiKey, failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { at, finalized, page, recordsOf, requestOf } from '../../support/watchSamples';
import type { Clock } from '../../../masv/clock';

useNock();

const team = `/v1.1/teams/${teamId}`;
const states = 'status=new%2Cfinalized%2Cexpired%2Carchived';
const top = 'sort=-created_at&page=1&limit=50';
const since = (minutes: number): string => `created_at_start=${encodeURIComponent(at(minutes - 60))}`;

/** A server without the inbox, and the portals that it lists. */
const inboxIsMissing = (...portalIds: string[]) =>
	masv()
		.get(/\/inbox\?/)
		.reply(404)
		.get(/\/teams.*\/portals\?/)
		.reply(200, page(...portalIds.map((id) => ({ id }))));

interface Poller {
	poll: (options?: Partial<PollOptions>, client?: Partial<ClientOptions>) => Promise<object[]>;
	request: WatchRequest;
	saved: () => string | undefined;
}

/** Hands the state on from poll to poll, through JSON. */
function pollerOf(request: WatchRequest): Poller {
	let saved: string | undefined;
	const poller: Poller = {
		request,
		saved: () => saved,
		poll: async (options = {}, more = {}) => {
			const before: unknown = saved === undefined ? undefined : JSON.parse(saved);
			const client = nockClient(more);
			const { events, state } = await pollEvents(client, poller.request, before, { budgetMs: 60_000, ...options });
			saved = JSON.stringify(state);
			return recordsOf(events);
		},
	};
	return poller;
}

async function testRecord(...request: Parameters<typeof findTestEvent>): Promise<object | undefined> {
	return recordsOf([(await findTestEvent(...request)) as object])[0];
}

/** The first poll of a list that holds one old record. */
function begins(route: string, filter: string, record: object = finalized('old', 0)): void {
	masv({ reqheaders: { 'x-api-key': apiKey } })
		.get(`${route}?${filter}${top}`)
		.reply(200, page(record))
		.get(`${route}?${filter}created_at_start=2026-01-01T12%3A00%3A00.000Z&sort=created_at&page=1&limit=50`)
		.reply(200, page(record));
}

describe('packages received', () => {
	it('come from the inbox, without tokens, oldest first', async () => {
		const { poll } = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		expect(await poll()).toEqual([]);
		masv()
			.get(`${team}/inbox?${states}&${since(0)}&sort=created_at&page=1&limit=50`)
			.reply(
				200,
				page(
					finalized('B', 2, { name: 'Dailies', password: 'secret' }),
					finalized('A', 1),
					finalized('N', 3, { state: 'new' }),
				),
			);
		expect(await poll()).toEqual([
			{ id: 'A', state: 'finalized', created_at: at(1), event: 'package.finalized' },
			{
				id: 'B',
				state: 'finalized',
				created_at: at(2),
				name: 'Dailies',
				password: '****',
				event: 'package.finalized',
			},
		]);
	});

	it.each([400, 403, 404, 405, 501])('come from each portal if the inbox responds with %i', async (status) => {
		const { poll } = pollerOf(requestOf('packageReceived'));
		const refuse = (): void => {
			masv()
				.get(/\/inbox\?/)
				.reply(status);
			masv()
				.get(`${team}/portals?page=1&limit=50`)
				.reply(200, page({ id: 'O1' }, { id: 'O2' }));
		};
		refuse();
		begins('/v1.1/portals/O1/packages', '');
		begins('/v1.1/portals/O2/packages', '', finalized('old 2', 0));
		expect(await poll()).toEqual([]);
		refuse();
		masv()
			.get(`/v1.1/portals/O1/packages?${since(0)}&sort=created_at&page=1&limit=50`)
			.reply(200, page(finalized('old', 0)))
			.get(`/v1.1/portals/O2/packages?${since(0)}&sort=created_at&page=1&limit=50`)
			.reply(200, page(finalized('A', 1)));
		expect(await poll()).toEqual([
			{ id: 'A', state: 'finalized', created_at: at(1), portal_id: 'O2', event: 'package.finalized' },
		]);
	});

	it('of a portal that is deleted in the meantime are skipped', async () => {
		inboxIsMissing('O1').get(/O1/).reply(404);
		expect(await pollerOf(requestOf('packageReceived')).poll()).toEqual([]);
	});

	it('come from the other portals if the key has no access to one', async () => {
		const { poll } = pollerOf(requestOf('packageReceived'));
		inboxIsMissing('O1', 'O2');
		masv().get(/O1/).reply(403);
		begins('/v1.1/portals/O2/packages', '');
		expect(await poll()).toEqual([]);
		inboxIsMissing('O1', 'O2');
		masv()
			.get(/O1/)
			.reply(403)
			.get(/O2/)
			.reply(200, page(finalized('A', 1)));
		expect(await poll()).toMatchObject([{ id: 'A' }]);
		// What was there before activation is not new when the key may see it later.
		inboxIsMissing('O1', 'O2');
		masv()
			.get(/O1/)
			.reply(200, page(finalized('before', -1), finalized('B', 2)))
			.get(/O2/)
			.reply(200, page());
		expect(await poll()).toMatchObject([{ id: 'B' }]);
	});

	it('fail if the key has no access to any portal', async () => {
		inboxIsMissing('O1', 'O2').get(/O1/).reply(403).get(/O2/).reply(403);
		expect(await failureOf(pollerOf(requestOf('packageReceived')).poll())).toBeInstanceOf(MasvApiError);
	});

	it('are empty for a team without portals', async () => {
		inboxIsMissing();
		expect(await pollerOf(requestOf('packageReceived')).poll()).toEqual([]);
	});

	it('of selected portals come from their lists', async () => {
		const { poll } = pollerOf(requestOf('packageReceived', { portalIds: ['O1', 'O2'] }));
		begins('/v1.1/portals/O1/packages', '');
		begins('/v1.1/portals/O2/packages', '', finalized('old 2', 0));
		expect(await poll()).toEqual([]);
	});

	it('fail with the ID of a selected portal that is gone', async () => {
		masv().get(/O1/).times(2).reply(200, page()).get(/O2/).reply(404);
		const { poll, saved } = pollerOf(requestOf('packageReceived', { portalIds: ['O1', 'O2'] }));
		const error = await failureOf<MasvInputError>(poll());
		expect(error).toBeInstanceOf(MasvInputError);
		expect([error.message, error.field, saved()]).toEqual(['There is no portal O2', 'portalIds', undefined]);
	});

	it('name the selected portal that the key may not read', async () => {
		const { poll } = pollerOf(requestOf('packageReceived', { portalIds: ['O1', 'O2'] }));
		begins('/v1.1/portals/O1/packages', '');
		masv().get(/O2/).reply(403);
		expect((await failureOf<MasvApiError>(poll())).message).toContain('list the packages of portal O2');
	});

	it('of selected portals come from those that are left, and fail if there are none', async () => {
		const { poll, saved } = pollerOf(requestOf('packageReceived', { portalIds: ['O1', 'O2'] }));
		begins('/v1.1/portals/O1/packages', '');
		begins('/v1.1/portals/O2/packages', '', finalized('old 2', 0));
		await poll();
		masv()
			.get(/O1/)
			.reply(200, page(finalized('A', 1)))
			.get(/O2/)
			.reply(404);
		expect(await poll()).toMatchObject([{ id: 'A' }]);
		const before = saved();
		masv().get(/O1/).reply(404).get(/O2/).reply(404);
		expect((await failureOf(poll())).message).toBe('There is no portal O2');
		expect(saved()).toBe(before);
	});

	it.each([401, 500])('fail if the inbox responds with %i', async (status) => {
		masv()
			.get(/\/inbox\?/)
			.times(status === 500 ? 100 : 1)
			.reply(status);
		expect(await failureOf(pollerOf(requestOf('packageReceived')).poll())).toBeInstanceOf(MasvApiError);
		forgetTheRest();
	});

	it.each([
		[401, undefined],
		[422, undefined],
		[200, { message: 'hello' }],
		[500, undefined],
	])('come although an answer of %i tells nothing of what expired', async (status, answer) => {
		const { poll } = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		await poll();
		const gone = [finalized('A', 1, { state: 'expired' }), finalized('B', 2, { state: 'expired' })];
		masv()
			.get(/\/inbox\?/)
			.reply(200, page(...gone, finalized('C', 3)))
			.get(/\/activities\?/)
			.reply(status, answer);
		expect(await poll()).toMatchObject([{ id: 'C' }]);
	});

	it.each([401, 402, 500])('that have expired since are proven later after a temporary failure: %i', async (status) => {
		const { poll } = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		await poll();
		const gone = finalized('A', 1, { state: 'expired' });
		const upload = { id: 'U', type: 'package_upload_to_masv', state: 'complete', package_id: 'A' };
		masv()
			.get(/\/inbox\?/)
			.times(3)
			.reply(200, page(gone))
			.get(/\/activities\?/)
			.reply(status)
			.get(/\/activities\?/)
			.reply(200, page(upload));
		expect([await poll(), await poll(), await poll()]).toMatchObject([[], [{ id: 'A' }], []]);
	});

	it('that have expired since are proven by their upload activity, requested only once on a server without activities', async () => {
		for (const [answer, emitted] of [
			[page({ id: 'U', type: 'package_upload_to_masv', state: 'complete', package_id: 'A' }), ['A']],
			[page({ id: 'U', type: 'package_upload_to_masv', state: 'error', package_id: 'A' }), []],
			[undefined, []],
		] as const) {
			const { poll } = pollerOf(requestOf('packageReceived'));
			begins(`${team}/inbox`, `${states}&`);
			await poll();
			const gone = [finalized('A', 1, { state: 'expired' }), finalized('B', 2, { state: 'archived' })];
			masv()
				.get(/\/inbox\?/)
				.reply(200, page(...gone));
			masv()
				.get(/\/activities\?/)
				.times(answer === undefined ? 1 : 2)
				.reply(answer === undefined ? 404 : 200, answer);
			expect((await poll()).map((event) => (event as { id: string }).id)).toEqual(emitted);
		}
	});
});

describe('packages sent', () => {
	it('come from the list of the team', async () => {
		const { poll } = pollerOf(requestOf('packageSent'));
		begins(`${team}/packages`, `${states}&`);
		expect(await poll()).toEqual([]);
		masv()
			.get(`${team}/packages?${states}&${since(0)}&sort=created_at&page=1&limit=50`)
			.reply(200, page(finalized('A', 1)));
		expect(await poll()).toEqual([{ id: 'A', state: 'finalized', created_at: at(1), event: 'package.sent' }]);
	});
});

describe('activities', () => {
	const activity = (id: string, state: string, more: object = {}) => ({
		id,
		activity_type: 'package_transfer_masv_to_cloud',
		activity_state: state,
		created_at: at(1),
		package_id: `P-${id}`,
		...more,
	});
	const types = 'activity_types=package_transfer_masv_to_cloud&';
	async function begun(event: WatchEvent): Promise<Poller> {
		const poller = pollerOf(requestOf(event));
		begins(`${team}/activities`, types, activity('old', 'complete', { created_at: at(0) }));
		expect(await poller.poll()).toEqual([]);
		return poller;
	}
	const answer = (...records: object[]): void =>
		void masv()
			.get(/\/activities\?/)
			.reply(200, page(...records));
	const idsOf = (events: object[]) => events.map((event) => (event as { id: string }).id);

	it('that deliver are emitted when complete, even after a failure', async () => {
		const { poll } = await begun('packageDelivered');
		answer(
			activity('A', 'error'),
			activity('B', 'complete', { extras: { access_token: 'x' } }),
			activity('C', 'started'),
		);
		expect(await poll()).toEqual([{ ...activity('B', 'complete', { extras: {} }), event: 'package.delivered' }]);
		answer(activity('A', 'complete'), activity('B', 'error'), activity('C', 'cancelled'));
		expect(idsOf(await poll())).toEqual(['A']);
		answer(activity('A', 'complete'), activity('B', 'complete'), activity('C', 'complete'));
		expect(idsOf(await poll())).toEqual(['C']);
	});

	it('are emitted in the form of webhook events, with the package as the object', async () => {
		const delivered = activity('B', 'complete', { package_name: 'Dailies', updated_at: at(9) });
		answer({ ...delivered, token: 'x' });
		expect(await findTestEvent(nockClient(), requestOf('packageDelivered'))).toEqual({
			event_type: 'package.delivered',
			event_time: at(9),
			object: { id: 'P-B', name: 'Dailies' },
			activity: delivered,
		});
	});

	it('that fail to deliver are emitted once', async () => {
		const { poll } = await begun('deliveryFailed');
		answer(activity('A', 'error'), activity('B', 'complete'), activity('C', 'started'));
		expect(idsOf(await poll())).toEqual(['A']);
		answer(activity('A', 'started'), activity('B', 'error'), activity('C', 'error'));
		expect(idsOf(await poll())).toEqual(['C']);
	});

	it('that had failed before activation are not emitted', async () => {
		const poller = await begun('packageDelivered');
		answer(activity('A', 'error'));
		expect(await poller.poll()).toEqual([]);
		poller.request = requestOf('deliveryFailed');
		answer(activity('A', 'error'));
		answer(activity('A', 'error'));
		expect(await poller.poll()).toEqual([]);
	});

	it('are filtered by the client, too', async () => {
		const { poll } = await begun('packageDelivered');
		answer(activity('A', 'complete', { activity_type: 'link_generation' }), activity('B', 'complete'));
		expect(idsOf(await poll())).toEqual(['B']);
	});

	it('of selected portals are requested, and filtered if they contain their portal', async () => {
		const { poll } = pollerOf(requestOf('packageDownloaded', { portalIds: ['O2', 'O1'] }));
		const download = (id: string, more: object) =>
			activity(id, 'complete', { activity_type: 'package_download_from_masv', ...more });
		masv()
			.get(`${team}/activities?activity_types=package_download_from_masv&portals=O2%2CO1&${top}`)
			.times(1)
			.reply(200, page());
		answer();
		expect(await poll()).toEqual([]);
		answer(download('A', { portal_id: 'O3' }), download('B', { portal_id: 'O1' }), download('C', {}));
		expect(idsOf(await poll())).toEqual(['B', 'C']);
	});

	it('may be missing on a server', async () => {
		masv()
			.get(/\/activities\?/)
			.reply(404);
		const error = await failureOf(pollerOf(requestOf('packageDownloaded')).poll());
		expect(error.message).toBe('This MASV server does not provide activities');
	});

	it('continue even if one has no state', async () => {
		const { poll } = await begun('packageDelivered');
		answer(activity('A', 'complete', { activity_state: null }));
		expect(await poll()).toEqual([]);
		answer(activity('A', 'complete', { activity_state: undefined }), activity('B', 'complete'));
		expect(idsOf(await poll())).toEqual(['B']);
		answer(activity('A', 'complete'), activity('B', 'complete'));
		expect(idsOf(await poll())).toEqual(['A']);
	});

	it('without a state are an error', async () => {
		const { poll } = await begun('packageDelivered');
		answer(activity('A', 'complete', { activity_state: undefined }));
		expect((await failureOf(poll())).message).toContain('does not report the state of activities');
	});
});

describe('packages about to expire', () => {
	const clock: Clock = { ...instantClock(), now: () => Date.parse(at(0)) };
	const expiry = 'expiry_start=2026-01-15T12%3A00%3A00.000Z&expiry_end=2026-01-18T12%3A00%3A00.000Z';
	const due = (id: string, more: object = {}) => ({ id, state: 'finalized', expiry: at(60), ...more });

	it('are found among sent and received packages', async () => {
		const { poll } = pollerOf(requestOf('packageExpiring'));
		const query = `status=finalized&sort=expiry&${expiry}&page=1&limit=50`;
		for (const records of [[], [due('A')]]) {
			masv().get(`${team}/packages?${query}`).reply(200, page());
			masv()
				.get(`${team}/inbox?${query}`)
				.reply(200, page(...records));
			const events = await poll({}, { clock });
			expect(events).toEqual(records.map((record) => ({ ...record, event: 'package.expiring' })));
		}
	});

	const sentAreNone = (): void =>
		void masv()
			.get(/\/team.*\/packages\?/)
			.reply(200, page());

	it('are found in the legacy list of each portal on a server without an inbox', async () => {
		const { poll } = pollerOf(requestOf('packageExpiring', { startFrom: 0 }));
		inboxIsMissing('O1');
		sentAreNone();
		masv()
			.get('/v1/portals/O1/packages?new=true&finalized=true&expired=true&archived=true')
			.reply(200, [due('A'), due('B', { state: 'expired' }), due('C', { expiry: at(5 * 24 * 60) })]);
		expect(await poll({}, { clock })).toEqual([{ ...due('A'), portal_id: 'O1', event: 'package.expiring' }]);
	});

	it('are found in each portal, however long reading sent packages takes', async () => {
		const { poll } = pollerOf(requestOf('packageExpiring', { startFrom: 0 }));
		const sent = Array.from({ length: 120 }, (_, index) => due(`S${index}`));
		let nowMs = Date.parse(at(0));
		const scope = masv().persist();
		scope
			.get(/\/team.*\/packages\?/)
			.reply((request: Request) => {
				nowMs += 20_000;
				const number = Number(new URL(request.url).searchParams.get('page'));
				return [200, { metadata: { total: sent.length }, records: sent.slice((number - 1) * 50, number * 50) }];
			})
			.get(/\/inbox\?/)
			.reply(404)
			.get(/\/teams.*\/portals\?/)
			.reply(200, page({ id: 'O1' }))
			.get(/\/v1\/portals\/O1/)
			.reply(200, [due('R')]);
		const slow: Clock = { ...clock, now: () => nowMs };
		const ids: string[] = [];
		for (let polls = 0; polls < 4; polls++) {
			ids.push(...(await poll({ budgetMs: 36_000 }, { clock: slow })).map((event) => (event as { id: string }).id));
		}
		expect(ids.sort()).toEqual([...sent.map(({ id }) => id), 'R'].sort());
		forgetTheRest();
	});

	it('are all found in the legacy list, however long it is', async () => {
		const { poll } = pollerOf(requestOf('packageExpiring', { startFrom: 0 }));
		inboxIsMissing('O1');
		sentAreNone();
		masv()
			.get(/\/v1\/portals\/O1/)
			.reply(
				200,
				Array.from({ length: 60 }, (_, index) => due(`P${index}`)),
			);
		expect(await poll({}, { clock })).toHaveLength(60);
	});

	it('come from the newer list without a legacy one, if it has expiry dates', async () => {
		const { poll } = pollerOf(requestOf('packageExpiring', { startFrom: 0 }));
		inboxIsMissing('O1');
		sentAreNone();
		masv()
			.get(/\/v1\/portals\/O1/)
			.reply(404)
			.get(/\/v1.1\/portals\/O1/)
			.reply(200, page(due('A'), due('B', { expiry: undefined, unlimited_storage: true })));
		expect(await poll({}, { clock })).toHaveLength(1);
		inboxIsMissing('O1');
		sentAreNone();
		masv()
			.get(/\/v1\/portals\/O1/)
			.reply(404)
			.get(/\/v1.1\/portals\/O1/)
			.reply(200, page(due('C'), due('D', { expiry: null }), due('E', { expiry: undefined })));
		expect(await poll({}, { clock })).toMatchObject([{ id: 'C' }]);
		inboxIsMissing('O1');
		masv()
			.get(/\/v1\/portals\/O1/)
			.reply(404)
			.get(/\/v1.1\/portals\/O1/)
			.reply(200, page(due('A', { expiry: undefined })));
		const error = await failureOf(poll({}, { clock }));
		expect(error.message).toBe('This MASV server does not report when received packages expire');
	});
});

describe('packages about to expire, where lists lack the dates', () => {
	const clock: Clock = { ...instantClock(), now: () => Date.parse(at(0)) };
	const received = (id: string, expiry?: string) => ({ id, state: 'finalized', ...(expiry && { expiry }) });
	const has = (route: RegExp, ...records: object[]) =>
		masv()
			.get(route)
			.reply(200, page(...records));
	const poll = async () => await pollerOf(requestOf('packageExpiring', { startFrom: 0 })).poll({}, { clock });

	it('are found in the list of each portal if the inbox lacks them', async () => {
		has(/\/inbox\?/, received('A'));
		has(/\/teams.*\/portals\?/, { id: 'O1' });
		has(/\/v1\/portals\/O1/, received('A', at(60)));
		has(/\/team.*\/packages\?/);
		expect(await poll()).toMatchObject([{ id: 'A' }]);
	});

	it('are found in the newer list of a portal if only the legacy one lacks them, or are an error', async () => {
		for (const expiry of [at(60), undefined]) {
			inboxIsMissing('O1');
			has(/\/v1\/portals\/O1/, received('A'));
			has(/\/v1.1\/portals\/O1/, received('A', expiry));
			if (expiry === undefined) expect((await failureOf(poll())).message).toContain('does not report when');
			else {
				has(/\/team.*\/packages\?/);
				expect(await poll()).toMatchObject([{ id: 'A' }]);
			}
		}
	});
});

describe('a state', () => {
	it.each<[string, Partial<WatchRequest>, Partial<ClientOptions>]>([
		['another event', { event: 'packageSent' }, {}],
		['all portals instead of chosen ones', { portalIds: undefined }, {}],
		['another team', {}, { teamId: 'TEAM2' }],
		['another server', {}, { baseUrl: 'https://other.masv.test' }],
	])('does not count for %s: that begins anew', async (_, change, more) => {
		const poller = pollerOf(requestOf('packageReceived', { portalIds: ['O1'] }));
		begins('/v1.1/portals/O1/packages', '');
		await poller.poll();
		poller.request = { ...poller.request, ...change };
		const records = page(finalized('existed before', 30), finalized('old', 0));
		const scope = masv().persist();
		scope.get(/.*/).reply(200, records);
		if (more.baseUrl !== undefined) {
			forgetTheRest();
			(await import('nock')).default(more.baseUrl).get(/.*/).times(2).reply(200, records);
		}
		expect(await poller.poll({}, more)).toEqual([]);
		forgetTheRest();
	});

	it.each(['nonsense', { key: 5 }, undefined, null])('that is invalid (%j) starts over', async (saved) => {
		begins(`${team}/inbox`, `${states}&`);
		const client = nockClient();
		const { events } = await pollEvents(client, requestOf('packageReceived'), saved, { budgetMs: 60_000 });
		expect(events).toEqual([]);
	});

	it('with the right key but another format starts over', async () => {
		const { poll, saved } = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		await poll();
		const { key } = JSON.parse(saved() ?? '') as { key: string };
		begins(`${team}/inbox`, `${states}&`);
		const broken = { key, state: { newest: 5 } };
		const request = requestOf('packageReceived');
		expect((await pollEvents(nockClient(), request, broken, { budgetMs: 60_000 })).events).toEqual([]);
	});

	it('continues with another start date, because an expression may change it at every poll', async () => {
		const poller = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		await poller.poll();
		poller.request = { ...poller.request, startFrom: 0 };
		masv()
			.get(/\/inbox\?/)
			.reply(200, page(finalized('old', 0), finalized('A', 1)));
		expect(await poller.poll()).toMatchObject([{ id: 'A' }]);
	});

	it('contains no secrets', async () => {
		const { poll, saved } = pollerOf(requestOf('packageReceived', { startFrom: 0 }));
		masv()
			.get(/\/inbox\?/)
			.times(2)
			.reply(200, page(finalized('A', 1, { name: 'Dailies' })));
		await poll();
		expect(saved()).not.toMatch(/token|Dailies/);
		expect(saved()).not.toContain(apiKey);
	});
});

describe('the budget', () => {
	/** A clock that goes on with each answer. */
	function slowClock(msPerAnswer: number) {
		let nowMs = Date.parse(at(0));
		const clock: Clock = {
			now: () => nowMs,
			sleep: () => Promise.resolve(),
			timeout: () => new AbortController().signal,
			random: () => 0.5,
		};
		return { clock, answer: () => void (nowMs += msPerAnswer) };
	}

	it('is honored: events without time are emitted at the next poll', async () => {
		const { poll } = pollerOf(requestOf('packageReceived', { startFrom: 0 }));
		const all = Array.from({ length: 250 }, (_, index) => finalized(`P${index}`, index));
		const { clock, answer } = slowClock(10_000);
		let requests = 0;
		masv()
			.persist()
			.get(/\/inbox\?/)
			.reply((request: Request) => {
				answer();
				requests++;
				const number = Number(new URL(request.url).searchParams.get('page'));
				return [200, { metadata: { total: all.length }, records: all.slice((number - 1) * 50, number * 50) }];
			});
		const counts: number[] = [];
		for (let polls = 0; polls < 4; polls++) {
			requests = 0;
			counts.push((await poll({}, { clock })).length);
			expect(requests).toBeLessThanOrEqual(5);
		}
		expect(counts.reduce((sum, count) => sum + count)).toBe(250);
		expect(counts.slice(0, 2)).toEqual([200, 50]);
		forgetTheRest();
	});

	it('ends a hanging request without losing what was read before', async () => {
		const poller = pollerOf(requestOf('packageReceived', { startFrom: 0 }));
		const stop = new AbortController();
		const all = Array.from({ length: 60 }, (_, index) => finalized(`P${index}`, index));
		masv()
			.get(/\/inbox\?.*page=1/)
			.times(2)
			.reply(200, { metadata: { total: 60 }, records: all.slice(0, 50) });
		masv()
			.get(/\/inbox\?.*page=2/)
			.reply(() => {
				stop.abort();
				return [200, { metadata: { total: 60 }, records: [] }];
			});
		expect(await poller.poll({}, { signal: stop.signal })).toHaveLength(50);
		masv()
			.get(/\/inbox\?.*page=2/)
			.reply(200, { metadata: { total: 60 }, records: all.slice(50) })
			.get(/\/inbox\?.*page=1/)
			.reply(200, page());
		expect(await poller.poll()).toHaveLength(10);
	});

	it('that ends before the first response is a failure', async () => {
		const error = await failureOf(pollerOf(requestOf('packageSent')).poll({}, { signal: AbortSignal.abort() }));
		expect(error).toBeInstanceOf(MasvCancelledError);
	});
});

describe('details', () => {
	async function begun(count: number): Promise<Poller> {
		const poller = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		await poller.poll();
		masv()
			.persist()
			.get(/\/inbox\?/)
			.reply(200, page(...Array.from({ length: count }, (_, index) => finalized(`P${index}`, 1 + index))));
		return poller;
	}
	afterEach(() => forgetTheRest());

	it('are added to each event, four at a time', async () => {
		const { poll } = await begun(10);
		let alive = 0;
		let most = 0;
		const details = async (packageId: string): Promise<object> => {
			most = Math.max(most, ++alive);
			await new Promise((resolve) => setImmediate(resolve));
			alive--;
			return { files: [packageId] };
		};
		const events = await poll({ details });
		expect(events).toEqual(
			Array.from({ length: 10 }, (_, index) => ({
				id: `P${index}`,
				state: 'finalized',
				created_at: at(1 + index),
				event: 'package.finalized',
				files: [`P${index}`],
			})),
		);
		expect(most).toBe(4);
	});

	it('without time postpone the event to the next poll', async () => {
		const { poll } = await begun(20);
		let nowMs = 0;
		const clock: Clock = {
			now: () => nowMs,
			sleep: () => Promise.resolve(),
			timeout: () => new AbortController().signal,
			random: () => 0.5,
		};
		const details = async (): Promise<object> => {
			nowMs += 10_000;
			return await Promise.resolve({ files: [] });
		};
		const emitted: string[] = [];
		const counts: number[] = [];
		for (let polls = 0; polls < 6; polls++) {
			const events = (await poll({ details }, { clock })) as Array<{ id: string }>;
			counts.push(events.length);
			emitted.push(...events.map(({ id }) => id));
		}
		expect(emitted.sort()).toEqual(Array.from({ length: 20 }, (_, index) => `P${index}`).sort());
		expect(Math.max(...counts)).toBeLessThan(10);
	});

	const answered = (status: number): MasvApiError =>
		new MasvApiError({ code: 'request_rejected', operation: 'list files', service: 'MASV', status, details: [] });

	const named = (...errors: Error[]): Array<[string, Error]> => errors.map((error) => [error.message, error]);

	it.each(
		named(
			new MasvConnectionError('broken', { code: 'connection_lost' }),
			...[401, 402, 408, 425, 429, 500, 503].map(answered),
			new TypeError('a fault of ours'),
		),
	)('that fail for a time leave their event to a later poll, and no other (%s)', async (_, error) => {
		const { poll } = await begun(9);
		let isFailing = true;
		const details = async (packageId: string): Promise<object> => {
			await Promise.resolve();
			// As many as are asked for at a time, and the oldest.
			if (isFailing && ['P0', 'P1', 'P2', 'P3'].includes(packageId)) throw error;
			return { files: [] };
		};
		expect(await poll({ details })).toMatchObject(['P4', 'P5', 'P6', 'P7', 'P8'].map((id) => ({ id, files: [] })));
		expect(await failureOf(poll({ details }))).toBe(error);
		isFailing = false;
		expect(await poll({ details })).toMatchObject(['P0', 'P1', 'P2', 'P3'].map((id) => ({ id, files: [] })));
	});

	it('fail the poll if all of them fail temporarily, and nothing is lost', async () => {
		const { poll, saved } = await begun(3);
		const before = saved();
		const failing = async (): Promise<object> =>
			await Promise.reject(new MasvConnectionError('broken', { code: 'connection_lost' }));
		expect((await failureOf(poll({ details: failing }))).message).toBe('broken');
		expect(saved()).toBe(before);
		expect(await poll({ details: () => Promise.resolve({}) })).toHaveLength(3);
	});

	it.each(
		named(
			new MasvInputError('There is no package P0', { code: 'package_not_found', field: 'Package' }),
			new MasvConnectionError('Not what MASV documents', { code: 'response_undocumented', status: 200 }),
			...[400, 403, 404, 409, 410, 422, 501].map(answered),
		),
	)('that will not come later either do not keep their event back (%s)', async (_, error) => {
		const { poll } = await begun(2);
		const details = async (packageId: string): Promise<object> => {
			await Promise.resolve();
			if (packageId === 'P1') return { files: [] };
			throw error;
		};
		expect(await poll({ details })).toMatchObject([
			{ id: 'P0', enrich_error: error.message },
			{ id: 'P1', files: [] },
		]);
		expect(await poll({ details })).toEqual([]);
	});

	it('get half of the usable time, however long reading takes', async () => {
		let nowMs = Date.now();
		const clock: Clock = {
			now: () => nowMs,
			sleep: () => Promise.resolve(),
			timeout: () => new AbortController().signal,
			random: () => 0.5,
		};
		const poller = pollerOf(requestOf('packageReceived'));
		begins(`${team}/inbox`, `${states}&`);
		await poller.poll();
		// A server that ignores dates: the new ones are on the first of many pages, and each page takes a second.
		const fresh = Array.from({ length: 10 }, (_, index) => finalized(`P${index}`, 1 + index));
		const all = [...fresh, ...Array.from({ length: 5000 }, (_, index) => finalized(`old ${index}`, -30_000 - index))];
		masv()
			.persist()
			.get(/\/inbox\?/)
			.reply((request: Request) => {
				nowMs += 1_000;
				const number = Number(new URL(request.url).searchParams.get('page'));
				return [200, { metadata: { total: all.length }, records: all.slice((number - 1) * 50, number * 50) }];
			});
		const details = async (): Promise<object> => {
			nowMs += 1_000;
			return await Promise.resolve({ files: [] });
		};
		expect(await poller.poll({ budgetMs: 36_000, details }, { clock })).toHaveLength(10);
	});

	it.each(['"none"', ''])('that are unreadable do not block their event (%j)', async (answer) => {
		const { poll } = await begun(1);
		masv().persist().get(`${team}/packages/P0`).reply(200, answer);
		const details = async (packageId: string) => await fetchPackageDetails(nockClient(), packageId);
		expect(await poll({ details })).toMatchObject([
			{ id: 'P0', enrich_error: expect.stringContaining('Could not get the package') as string },
		]);
	});

	it('are retried after a page from a proxy', async () => {
		const { poll } = await begun(1);
		masv().persist().get(`${team}/packages/P0`).reply(200, '<html>Back soon</html>');
		const details = async (packageId: string) => await fetchPackageDetails(nockClient(), packageId);
		expect((await failureOf(poll({ details }))).message).toContain('a body that is not JSON');
		expect(await poll({ details: () => Promise.resolve({}) })).toMatchObject([{ id: 'P0' }]);
	});

	it('are requested for the package, not the activity', async () => {
		const asked: string[] = [];
		const details = async (packageId: string): Promise<object> =>
			await Promise.resolve(asked.push(packageId)).then(() => ({}));
		masv()
			.get(/\/activities\?/)
			.times(2)
			.reply(
				200,
				page(
					{ id: 'A', state: 'complete', created_at: at(0), package_id: 'P1' },
					{ id: 'B', state: 'complete', created_at: at(0) },
				),
			);
		const request = requestOf('packageDelivered', { startFrom: 0 });
		expect(await pollerOf(request).poll({ details })).toHaveLength(2);
		expect(asked).toEqual(['P1']);
	});
});

describe('a test event', () => {
	it('is the newest package received', async () => {
		masv()
			.get(`${team}/inbox?status=finalized&${top}`)
			.reply(200, page(finalized('A', 1), finalized('B', 2), finalized('C', 3, { state: 'new' })));
		expect(await testRecord(nockClient(), requestOf('packageReceived'))).toEqual({
			id: 'B',
			state: 'finalized',
			created_at: at(2),
			event: 'package.finalized',
		});
	});

	it('is the newest package of all selected portals, skipping unfinished ones', async () => {
		const fresh = Array.from({ length: 50 }, (_, index) => finalized(`N${index}`, 100, { state: 'new' }));
		masv()
			.get(`/v1.1/portals/O1/packages?${top}`)
			.reply(200, { metadata: { total: 51 }, records: fresh })
			.get('/v1.1/portals/O1/packages?sort=-created_at&page=2&limit=50')
			.reply(200, page(finalized('A', 1)))
			.get(`/v1.1/portals/O2/packages?${top}`)
			.reply(200, page());
		const request = requestOf('packageReceived', { portalIds: ['O1', 'O2'] });
		expect(await testRecord(nockClient(), request)).toMatchObject({ id: 'A', portal_id: 'O1' });
	});

	it('is the newest package of all portals on a server without an inbox', async () => {
		inboxIsMissing('O1', 'O2')
			.get(/O1/)
			.reply(200, page(finalized('A', 1)))
			.get(/O2/)
			.reply(200, page(finalized('B', 2)));
		expect(await testRecord(nockClient(), requestOf('packageReceived'))).toMatchObject({ id: 'B' });
	});

	it('is the newest package sent, with its details', async () => {
		masv()
			.get(`${team}/packages?status=finalized&${top}`)
			.reply(200, page(finalized('A', 1)));
		const details = async (id: string): Promise<object> => await Promise.resolve({ files: [id] });
		expect(await testRecord(nockClient(), requestOf('packageSent'), details)).toMatchObject({
			id: 'A',
			event: 'package.sent',
			files: ['A'],
		});
	});

	it('is the newest activity', async () => {
		masv()
			.get(
				`${team}/activities?activity_types=package_transfer_masv_to_cloud&activity_states=error&sort=-created_at&page=1&limit=50`,
			)
			.reply(
				200,
				page({ id: 'A', state: 'error', created_at: at(1) }, { id: 'B', state: 'complete', created_at: at(2) }),
			);
		expect(await testRecord(nockClient(), requestOf('deliveryFailed'))).toMatchObject({ id: 'A' });
	});

	it('is the next package to expire, however far off', async () => {
		const clock: Clock = { ...instantClock(), now: () => Date.parse(at(0)) };
		const query = 'status=finalized&sort=expiry&expiry_start=2026-01-15T12%3A00%3A00.000Z&page=1&limit=50';
		masv()
			.get(`${team}/packages?${query}`)
			.reply(200, page(finalized('A', 0, { expiry: at(90_000) }), finalized('U', 0, { unlimited_storage: true })))
			.get(`${team}/inbox?${query}`)
			.reply(200, page(finalized('B', 0, { expiry: at(80_000) }), finalized('C', 0, { expiry: at(-1) })));
		expect(await testRecord(nockClient({ clock }), requestOf('packageExpiring'))).toMatchObject({ id: 'B' });
	});

	it('may be missing', async () => {
		masv()
			.get(/\/packages\?/)
			.reply(200, page());
		expect(await findTestEvent(nockClient(), requestOf('packageSent'))).toBeUndefined();
	});
});
