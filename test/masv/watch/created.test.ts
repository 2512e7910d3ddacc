import { lookBackMs } from '../../../masv/watch/created/limits';
import { pollCreated } from '../../../masv/watch/created/poll';
import type { CreatedState } from '../../../masv/watch/created/state';
import { createdStateSchema } from '../../../masv/watch/created/state';
import type { CreatedWatch, Standing } from '../../../masv/watch/created/watch';
import type { Pace } from '../../../masv/watch/pace';
import type { Entry, ListHabits, ListServer } from '../../support/listServer';
import { listServer } from '../../support/listServer';
import { randomOf } from '../../support/random';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Of the server. */
const start = Date.parse('2026-01-15T12:00:00Z');

const standings: Record<string, Standing> = { new: 'pending', finalized: 'reached', expired: 'unproven' };

function watchOf(server: ListServer, more: Partial<CreatedWatch<Entry>> = {}): CreatedWatch<Entry> {
	return {
		lists: [server.list()],
		isOpenEnded: false,
		startFrom: undefined,
		standingOf: ({ state }) => standings[state] ?? 'never',
		isProven: () => Promise.resolve(false),
		...more,
	};
}

/** As many requests in each poll. */
function paceOf(requests: number): Pace {
	let steps = 0;
	return { hasCapacity: () => steps < requests, advance: () => void steps++, hasAdvanced: () => steps > 0 };
}

interface Poller {
	/** What one poll emits. The state goes through JSON each time, as if n8n were restarted. */
	poll: (pace?: Pace) => Promise<string[]>;
	/** By our own clock, which is not the server's. */
	wait: (ms: number) => void;
	watch: CreatedWatch<Entry>;
	text: () => string;
	state: () => CreatedState;
}

function pollerOf(watch: CreatedWatch<Entry>): Poller {
	let text: string | undefined;
	let nowMs = Date.parse('2031-07-01T00:00:00Z');
	const read = (): CreatedState | undefined =>
		text === undefined ? undefined : createdStateSchema.parse(JSON.parse(text));
	const poller: Poller = {
		watch,
		wait: (ms) => void (nowMs += ms),
		text: () => text ?? '',
		state: () => read() as CreatedState,
		poll: async (pace = paceOf(Infinity)) => {
			nowMs += minute;
			const before = read();
			const { found, stateWithout } = await pollCreated(poller.watch, before, pace, nowMs);
			text = JSON.stringify(stateWithout([]));
			return found.map(({ key }) => key);
		},
	};
	return poller;
}

const ids = (prefix: string, count: number): string[] =>
	Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(4, '0')}`);

describe('the first poll', () => {
	it('emits nothing that exists already', async () => {
		const server = listServer();
		for (const [index, id] of ids('p', 120).entries()) server.add(id, start - index * hour);
		const { poll } = pollerOf(watchOf(server));
		expect([await poll(), await poll(), await poll()]).toEqual([[], [], []]);
	});

	it('emits an unfinished package when it is finalized', async () => {
		const server = listServer();
		const long = server.add('long', start - 5 * day, 'new');
		server.add('done', start);
		const { poll } = pollerOf(watchOf(server));
		expect(await poll()).toEqual([]);
		expect(await poll()).toEqual([]);
		long.state = 'finalized';
		expect([await poll(), await poll()]).toEqual([['long'], []]);
	});

	it('reads no further back than necessary', async () => {
		const server = listServer();
		for (const [index, id] of ids('p', 1_000).entries()) server.add(id, start - index * day);
		await pollerOf(watchOf(server)).poll();
		expect(server.queries).toHaveLength(2);
	});

	it('of an empty list treats everything later as new', async () => {
		const server = listServer();
		const { poll } = pollerOf(watchOf(server));
		expect(await poll()).toEqual([]);
		server.add('first', start - 400 * day);
		expect([await poll(), await poll()]).toEqual([['first'], []]);
	});

	it('distinguishes what arrived during a first read over several polls from what existed before', async () => {
		const server = listServer();
		for (const [index, id] of ids('p', 300).entries()) server.add(id, start + index);
		const { poll } = pollerOf(watchOf(server));
		expect(await poll(paceOf(3))).toEqual([]);
		server.add('meanwhile', start + hour);
		expect(await poll(paceOf(3))).toEqual([]);
		expect([...(await poll()), ...(await poll())]).toEqual(['meanwhile']);
	});

	it('emits nothing if the total is that of a full page, and newer records follow', async () => {
		const server = listServer({ order: 'oldest first', totalOf: (pageRecords) => pageRecords });
		for (const [index, id] of ids('p', 60).entries()) server.add(id, start + index * minute);
		const { poll } = pollerOf(watchOf(server));
		expect([await poll(), await poll()]).toEqual([[], []]);
	});

	it.each(['oldest first', 'shuffled'] as const)('emits nothing if the response is %s', async (order) => {
		const server = listServer({ order });
		for (const [index, id] of ids('p', 300).entries()) server.add(id, start + index * minute);
		const { poll } = pollerOf(watchOf(server));
		for (let polls = 0; polls < 8; polls++) expect(await poll(paceOf(2))).toEqual([]);
		server.add('new one', start + day);
		const emitted: string[] = [];
		for (let polls = 0; polls < 20; polls++) emitted.push(...(await poll(paceOf(2))));
		expect(emitted).toEqual(['new one']);
	});

	it.each([1, 2, 50])(
		'emits nothing either when pages of %i do not tell what the list is sorted by',
		async (pageRecords) => {
			const server = listServer({ order: 'oldest first', pageRecords });
			for (const id of ids('t', 50)) server.add(id, start);
			for (const [index, id] of ids('p', 100).entries()) server.add(id, start + index * minute);
			const { poll } = pollerOf(watchOf(server));
			for (let polls = 0; polls < 80; polls++) expect(await poll(paceOf(3))).toEqual([]);
			server.add('new one', start + day);
			expect(await poll()).toEqual(['new one']);
		},
	);

	it('starts from a given date, and emits each package once', async () => {
		const server = listServer();
		server.add('too old', start - 40 * day - 1);
		server.add('old enough', start - 40 * day);
		for (const [index, id] of ids('p', 200).entries()) server.add(id, start - 30 * day + index * hour);
		const { poll } = pollerOf(watchOf(server, { startFrom: start - 40 * day }));
		expect((await poll()).sort()).toEqual(['old enough', ...ids('p', 200)].sort());
		expect([await poll(), await poll()]).toEqual([[], []]);
	});

	it('starts from a given date, even over several polls', async () => {
		const server = listServer();
		for (const [index, id] of ids('p', 500).entries()) server.add(id, start - 50 * day + index * hour);
		const { poll } = pollerOf(watchOf(server, { startFrom: start - 40 * day }));
		const emitted: string[] = [];
		for (let polls = 0; polls < 12; polls++) emitted.push(...(await poll(paceOf(1))));
		expect(emitted).toEqual(ids('p', 500).slice(240));
	});

	it('starts from a given date, even if few events are emitted per poll', async () => {
		const server = listServer();
		const old = ids('p', 120);
		for (const [index, id] of old.entries()) server.add(id, start - 60 * day + index * 5 * hour);
		server.add('today', start);
		const watch = watchOf(server, { startFrom: start - 61 * day });
		const emitted: string[] = [];
		let state: CreatedState | undefined;
		for (let polls = 0; polls < 12; polls++) {
			const { found, stateWithout } = await pollCreated(watch, state, paceOf(Infinity), start);
			emitted.push(...found.slice(0, 15).map(({ key }) => key));
			state = createdStateSchema.parse(JSON.parse(JSON.stringify(stateWithout(found.slice(15)))));
		}
		expect(emitted.sort()).toEqual([...old, 'today']);
	});

	it('with a future date emits new packages anyway', async () => {
		const server = listServer();
		server.add('before', start);
		const { poll } = pollerOf(watchOf(server, { startFrom: start + 30 * day }));
		expect(await poll()).toEqual([]);
		server.add('after', start + minute);
		expect(await poll()).toEqual(['after']);
	});
});

describe('a poll', () => {
	async function begun(habits: ListHabits = {}, more: Partial<CreatedWatch<Entry>> = {}) {
		const server = listServer(habits);
		server.add('there before', start);
		const poller = pollerOf(watchOf(server, more));
		expect(await poller.poll()).toEqual([]);
		return { server, ...poller };
	}

	it('makes only one request if nothing happens', async () => {
		const { server, poll } = await begun();
		server.queries.length = 0;
		await poll();
		expect(server.queries).toEqual([
			{
				created_at_start: new Date(start - hour).toISOString(),
				created_at_end: undefined,
				sort: 'created_at',
				page: 1,
			},
		]);
	});

	it('emits an upload that is finalized long after its creation, and after many others', async () => {
		const { server, poll } = await begun();
		const long = server.add('long', start + 1, 'new');
		expect(await poll()).toEqual([]);
		for (const [index, id] of ids('p', 400).entries()) server.add(id, start + minute + index * hour);
		expect(await poll()).toHaveLength(400);
		expect(await poll()).toEqual([]);
		long.state = 'finalized';
		expect([await poll(), await poll()]).toEqual([['long'], []]);
	});

	it.each([false, true])('emits everything of one millisecond (ends excluded: %s)', async (excludesEnds) => {
		const { server, poll } = await begun({ excludesEnds });
		server.add('a', start);
		expect(await poll()).toEqual(['a']);
		server.add('b', start);
		server.add('c', start);
		expect(await poll()).toEqual(['b', 'c']);
		expect(await poll()).toEqual([]);
	});

	it('emits all of 1,000 new packages', async () => {
		const { server, poll } = await begun();
		for (const id of ids('p', 1_000)) server.add(id, start + minute);
		expect((await poll()).sort()).toEqual(ids('p', 1_000));
		expect(await poll()).toEqual([]);
	});

	it('emits all of 1,000 packages of one millisecond, one page per poll', async () => {
		const { server, poll } = await begun();
		for (const id of ids('p', 1_000)) server.add(id, start + minute);
		const emitted: string[] = [];
		for (let polls = 0; polls < 25; polls++) {
			const some = await poll(paceOf(1));
			expect(some.length).toBeLessThanOrEqual(50);
			emitted.push(...some);
		}
		expect(emitted.sort()).toEqual(ids('p', 1_000));
	});

	it('changes nothing if it fails, whichever request fails', async () => {
		for (let request = 1; ; request++) {
			const { server, poll, text, wait } = await begun({ pageRecords: 10 });
			server.add('open', start + 1, 'new');
			await poll();
			const before = text();
			for (const id of ids('p', 35)) server.add(id, start + 3 * hour);
			wait(hour);
			server.queries.length = 0;
			server.failAt(request);
			const failed = await poll().then(
				() => false,
				() => true,
			);
			if (!failed) {
				expect(request).toBeGreaterThan(4);
				break;
			}
			expect(text()).toBe(before);
			server.failAt(Infinity);
			expect((await poll()).sort()).toEqual(ids('p', 35));
			expect(await poll()).toEqual([]);
		}
	});

	it('looks back also after our clock was set back', async () => {
		const { server, poll, wait } = await begun();
		server.add('late', start - 5 * day);
		wait(-10 * day);
		expect(await poll()).toEqual(['late']);
	});

	it('finds uploads that the server hides until they are finalized', async () => {
		const { server, poll, wait } = await begun({ hidesPending: true });
		const long = server.add('long', start + minute, 'new');
		expect(await poll()).toEqual([]);
		for (const [index, id] of ids('p', 200).entries()) server.add(id, start + 2 * minute + index * hour);
		expect(await poll()).toHaveLength(200);
		long.state = 'finalized';
		wait(16 * minute);
		expect([await poll(), await poll()]).toEqual([['long'], []]);
		wait(16 * minute);
		expect(await poll()).toEqual([]);
	});

	it('finds them even if our clock was set back', async () => {
		const { server, poll, wait } = await begun({ hidesPending: true });
		const long = server.add('long', start + minute, 'new');
		server.add('newest', start + day);
		expect(await poll()).toEqual(['newest']);
		long.state = 'finalized';
		wait(-30 * day);
		expect(await poll()).toEqual(['long']);
	});

	it('finds them even if our clock has stopped', async () => {
		const { server, poll, wait } = await begun({ hidesPending: true });
		const long = server.add('long', start + minute, 'new');
		server.add('newest', start + day);
		wait(-minute);
		expect(await poll()).toEqual(['newest']);
		long.state = 'finalized';
		wait(-minute);
		expect(await poll()).toEqual(['long']);
		server.queries.length = 0;
		wait(-minute);
		expect(await poll()).toEqual([]);
		expect(server.queries).toHaveLength(1);
	});

	it('finds hidden uploads that began before activation', async () => {
		const server = listServer({ hidesPending: true });
		const long = server.add('long', start - 6 * day, 'new');
		server.add('done', start);
		const { poll, wait } = pollerOf(watchOf(server));
		await poll();
		long.state = 'finalized';
		wait(16 * minute);
		expect([await poll(), await poll()]).toEqual([['long'], []]);
	});

	it.each([['newest first'] as const, ['oldest first'] as const, ['shuffled'] as const])(
		'loses nothing when the answer is always %s and longer than a poll',
		async (order) => {
			const { server, poll } = await begun({ order });
			for (const [index, id] of ids('p', 330).entries()) server.add(id, start + minute + index);
			const emitted = await poll(paceOf(2));
			for (const [index, id] of ids('q', 70).entries()) server.add(id, start + hour + index);
			for (let polls = 0; polls < 30; polls++) emitted.push(...(await poll(paceOf(2))));
			expect(emitted.sort()).toEqual([...ids('p', 330), ...ids('q', 70)]);
		},
	);

	it.each<[string, ListHabits]>([
		['ignores the page', { ignoresPage: true, pageRecords: 10_000 }],
		['ignores dates', { ignoresDates: true }],
		['gives short pages', { pageRecords: 7 }],
		['tells no total', { hidesTotal: true }],
		['tells a total of 0', { totalOf: () => 0 }],
		['tells a total of 0 and gives short pages', { totalOf: () => 0, pageRecords: 20 }],
		['tells a total of 50', { totalOf: () => 50 }],
		['tells the length of the page as total', { totalOf: (pageRecords) => pageRecords }],
		['tells no total and ignores the page', { hidesTotal: true, ignoresPage: true, pageRecords: 10_000 }],
	])('gets along with a server that %s', async (_, habits) => {
		const { server, poll } = await begun(habits);
		for (const [index, id] of ids('p', 130).entries()) server.add(id, start + minute + index);
		expect((await poll()).sort()).toEqual(ids('p', 130));
		expect([await poll(), await poll()]).toEqual([[], []]);
	});

	it('uses the server clock, however wrong ours is', async () => {
		for (const skew of [-400 * day, 0, 400 * day]) {
			const { server, poll, wait } = await begun();
			wait(skew);
			server.add('a', start + minute);
			expect(await poll()).toEqual(['a']);
			const open = server.add('b', start + 2 * minute, 'new');
			expect(await poll()).toEqual([]);
			open.state = 'finalized';
			expect([await poll(), await poll()]).toEqual([['b'], []]);
		}
	});

	it('emits a package dated slightly earlier than known ones', async () => {
		const { server, poll } = await begun();
		server.add('late', start - 50 * minute);
		expect([await poll(), await poll()]).toEqual([['late'], []]);
	});

	it('emits everything from an outage of a month, with any budget', async () => {
		for (const requests of [1, Infinity]) {
			const { server, poll } = await begun();
			for (const [index, id] of ids('p', 300).entries()) server.add(id, start + index * 4 * hour);
			const emitted: string[] = [];
			for (let polls = 0; polls < 30; polls++) emitted.push(...(await poll(paceOf(requests))));
			expect(emitted.sort()).toEqual(ids('p', 300));
		}
	});

	it('requests proof for expired packages, and emits only those that had been finalized', async () => {
		const asked: string[] = [];
		const isProven = ({ id }: Entry): Promise<boolean> => {
			asked.push(id);
			return Promise.resolve(id !== 'cancelled');
		};
		const { server, poll } = await begun({}, { isProven });
		server.add('came and went', start + 1, 'expired');
		const cancelled = server.add('cancelled', start + 2, 'new');
		expect(await poll()).toEqual(['came and went']);
		cancelled.state = 'expired';
		expect([await poll(), await poll()]).toEqual([[], []]);
		expect(asked).toEqual(['came and went', 'cancelled']);
	});

	it('emits a postponed event even if the package has expired since', async () => {
		const { server, watch, state } = await begun();
		const found = server.add('a', start + 1);
		const first = await pollCreated(watch, state(), paceOf(Infinity), start);
		found.state = 'expired';
		const second = await pollCreated(watch, first.stateWithout(first.found), paceOf(Infinity), start);
		expect(second.found).toMatchObject([{ key: 'a' }]);
	});

	it('postpones proof that it has no time for', async () => {
		const { server, poll } = await begun({}, { isProven: () => Promise.resolve(true) });
		for (const [index, id] of ids('p', 6).entries()) server.add(id, start + index + 1, 'expired');
		const emitted: string[][] = [];
		for (let polls = 0; polls < 4; polls++) emitted.push(await poll(paceOf(3)));
		expect(emitted.flat()).toEqual(ids('p', 6));
		expect(emitted[0]).toHaveLength(3);
	});

	it('never emits a pending package that was dropped after 30 days', async () => {
		const { server, poll } = await begun();
		const given = server.add('given up', start + 1, 'new');
		expect(await poll()).toEqual([]);
		server.add('later', start + 31 * day);
		expect(await poll()).toEqual(['later']);
		expect(await poll()).toEqual([]);
		given.state = 'finalized';
		expect([await poll(), await poll()]).toEqual([[], []]);
	});

	it('rechecks many unfinished packages in rotation, with few requests per poll', async () => {
		const { server, poll } = await begun();
		const open = ids('o', 60).map((id, index) => server.add(id, start + index * hour, 'new'));
		server.add('newest', start + 100 * hour);
		expect(await poll()).toEqual(['newest']);
		server.queries.length = 0;
		await poll();
		expect(server.queries.length).toBeLessThanOrEqual(21);
		for (const entry of open) entry.state = 'finalized';
		const emitted = [await poll(), await poll(), await poll()];
		expect(emitted.flat().sort()).toEqual(ids('o', 60));
	});

	it('rechecks each of many unfinished packages', async () => {
		const { server, poll } = await begun();
		const open = ids('o', 60).map((id, index) => server.add(id, start + index * hour, 'new'));
		server.add('newest', start + 100 * hour);
		await poll();
		for (const index of [59, 0, 30]) {
			(open[index] as Entry).state = 'finalized';
			const emitted = [await poll(), await poll(), await poll()];
			expect(emitted.flat()).toEqual([open[index]?.id]);
		}
	});

	it('rechecks unfinished packages of the same hour with one request', async () => {
		const { server, poll } = await begun();
		for (const [index, id] of ids('o', 40).entries()) server.add(id, start + index * minute, 'new');
		server.add('newest', start + day);
		await poll();
		server.queries.length = 0;
		await poll();
		expect(server.queries).toHaveLength(2);
	});

	it('emits later what was postponed, and only that', async () => {
		const { server, watch, state } = await begun();
		for (const id of ids('p', 5)) server.add(id, start + 1);
		const first = await pollCreated(watch, state(), paceOf(Infinity), start);
		const left = first.found.slice(3);
		const after = createdStateSchema.parse(JSON.parse(JSON.stringify(first.stateWithout(left))));
		const second = await pollCreated(watch, after, paceOf(Infinity), start);
		expect(second.found.map(({ key }) => key).sort()).toEqual(left.map(({ key }) => key).sort());
		const third = await pollCreated(watch, second.stateWithout([]), paceOf(Infinity), start);
		expect(third.found).toEqual([]);
	});

	it('drops an event whose package disappears before it is emitted', async () => {
		const { server, watch, state } = await begun();
		server.add('gone', start + 1);
		const { found, stateWithout } = await pollCreated(watch, state(), paceOf(Infinity), start);
		const left = stateWithout(found);
		server.entries.pop();
		server.add('later', start + 31 * day);
		const after = (await pollCreated(watch, left, paceOf(Infinity), start)).stateWithout([]);
		expect(after.pending).toEqual({});
	});

	it('stores no more than the look-back needs', async () => {
		const { server, poll, wait, state } = await begun();
		let most = 0;
		for (let count = 0; count < 300; count++) {
			server.add(`p${count}`, start + count * 6 * hour);
			wait(6 * hour);
			expect(await poll()).toEqual([`p${count}`]);
			const { settled, pending, reads } = state();
			most = Math.max(most, Object.keys(settled).length + Object.keys(pending).length + reads.length);
		}
		expect(most).toBeLessThanOrEqual((lookBackMs / day) * 4 + 2);
	});

	it('stores little more than a list without dates contains', async () => {
		const server = listServer();
		const { poll, state } = pollerOf(watchOf(server));
		let most = 0;
		for (let count = 0; count < 60; count++) {
			const batch = ids(`${count}-`, 40);
			server.entries.push(...batch.map((id) => ({ id, state: 'finalized' })));
			if (count > 4) server.entries.splice(0, count % 2 === 0 ? 39 : 41);
			const emitted = await poll();
			if (count > 0) expect(emitted).toEqual(batch);
			most = Math.max(most, Object.keys(state().settled).length);
		}
		expect(most).toBeLessThanOrEqual(1_300);
	});

	it('does not emit a package that reappears from before the look-back', async () => {
		const { server, poll, wait } = await begun({ ignoresDates: true });
		server.add('late', start + 1);
		expect(await poll()).toEqual(['late']);
		for (const [index, id] of ids('p', 60).entries()) server.add(id, start + index * day);
		await poll();
		for (let polls = 0; polls < 5; polls++) {
			wait(hour);
			expect(await poll()).toEqual([]);
		}
	});

	it('misses nothing because of a record dated in the far future', async () => {
		const { server, poll } = await begun();
		const [wrong, right] = [server.add('wrong', Date.parse('2099-01-01')), server.add('right', start + minute)];
		expect((await poll()).sort()).toEqual([right.id, wrong.id]);
		server.add('later', start + 20 * day);
		expect([await poll(), await poll()]).toEqual([['later'], []]);
	});

	it('misses nothing because of such a record that was there before', async () => {
		const server = listServer();
		server.add('there before', start);
		server.add('wrong', Date.parse('2099-01-01'));
		const { poll } = pollerOf(watchOf(server));
		expect(await poll()).toEqual([]);
		server.add('later', start + 20 * day);
		expect([await poll(), await poll()]).toEqual([['later'], []]);
	});

	it('settles undated records permanently', async () => {
		const { server, poll } = await begun({ ignoresDates: true });
		server.entries.push({ id: 'undated', state: 'finalized' });
		server.entries.push({ id: 'zero', created_at: '0001-01-01T00:00:00.000Z', state: 'finalized' });
		server.add('a', start + minute);
		expect((await poll()).sort()).toEqual(['a', 'undated', 'zero']);
		for (let weeks = 1; weeks < 6; weeks++) {
			server.add(`p${weeks}`, start + weeks * 7 * day);
			expect([await poll(), await poll()]).toEqual([[`p${weeks}`], []]);
		}
	});
});

describe('several lists', () => {
	it('have separate positions: a busy one does not hide a quiet one', async () => {
		const [busy, quiet] = [listServer(), listServer()];
		busy.add('b', start);
		quiet.add('q', start - 100 * day);
		const lists = [busy.list('busy'), quiet.list('quiet')];
		const { poll } = pollerOf(watchOf(busy, { lists }));
		expect(await poll()).toEqual([]);
		for (const [index, id] of ids('b', 300).entries()) busy.add(id, start + index * 4 * hour);
		quiet.add('first for long', start + day);
		const emitted: string[] = [];
		for (let polls = 0; polls < 20; polls++) emitted.push(...(await poll(paceOf(1))));
		expect(emitted.sort()).toEqual([...ids('b', 300), 'first for long']);
	});

	it('do not forget the undated records of each other', async () => {
		const [short, long] = [listServer(), listServer()];
		for (const id of ids('s', 10)) short.entries.push({ id, state: 'finalized' });
		for (const id of ids('l', 1_100)) long.entries.push({ id, state: 'finalized' });
		const { poll } = pollerOf(watchOf(short, { lists: [short.list('short'), long.list('long')] }));
		expect([await poll(), await poll(), await poll()]).toEqual([[], [], []]);
	});

	it('that the user adds start over, while the others continue', async () => {
		const [first, second] = [listServer(), listServer()];
		first.add('a1', start);
		second.add('b1', start + day);
		const poller = pollerOf(watchOf(first, { lists: [first.list('one')] }));
		expect(await poller.poll()).toEqual([]);
		first.add('a2', start + minute);
		poller.watch = { ...poller.watch, lists: [first.list('one'), second.list('two')] };
		expect(await poller.poll()).toEqual(['a2']);
		second.add('b2', start + 2 * day);
		expect(await poller.poll()).toEqual(['b2']);
		poller.watch = { ...poller.watch, lists: [first.list('one')] };
		expect(await poller.poll()).toEqual([]);
		second.add('b3', start + 3 * day);
		poller.watch = { ...poller.watch, lists: [first.list('one'), second.list('two')] };
		expect(await poller.poll()).toEqual([]);
		second.add('b4', start + 3 * day);
		expect(await poller.poll()).toEqual(['b4']);
	});

	it('that the user adds are read from the date on that was chosen, however long ago', async () => {
		const [first, second] = [listServer(), listServer()];
		first.add('a1', start);
		second.add('b0', start - 70 * day);
		second.add('b1', start - 30 * day);
		const startFrom = start - 60 * day;
		const poller = pollerOf(watchOf(first, { lists: [first.list('one')], startFrom }));
		expect(await poller.poll()).toEqual(['a1']);
		poller.watch = { ...poller.watch, lists: [first.list('one'), second.list('two')] };
		expect(await poller.poll()).toEqual(['b1']);
		expect(await poller.poll()).toEqual([]);
	});

	it('that appear by themselves contain only new packages', async () => {
		const [first, second, older] = [listServer(), listServer(), listServer()];
		first.add('a1', start);
		const one = { ...first.list('one'), createdAt: start - 300 * day };
		const poller = pollerOf(watchOf(first, { lists: [one], isOpenEnded: true }));
		expect(await poller.poll()).toEqual([]);
		second.add('b1', start + hour);
		older.add('from before', start - hour);
		const unfinished = older.add('unfinished', start - hour, 'new');
		const lists = [one, second.list('two'), older.list('three')];
		poller.watch = { ...poller.watch, lists };
		expect(await poller.poll()).toEqual(['b1']);
		unfinished.state = 'finalized';
		expect([await poller.poll(), await poller.poll()]).toEqual([['unfinished'], []]);
	});

	it('that are gone are dropped together with their records', async () => {
		const server = listServer();
		server.add('a', start);
		const poller = pollerOf(watchOf(server, { isOpenEnded: true }));
		const empty = listServer();
		for (let count = 0; count < 20; count++) {
			poller.watch = { ...poller.watch, lists: [server.list(), empty.list(`portal ${count}`)] };
			await poller.poll();
		}
		expect(Object.keys(poller.state().newest)).toEqual(['list', 'portal 19']);
	});

	it('that show the same packages emit each once, whichever is available', async () => {
		const server = listServer();
		server.add('a', start);
		const views = [server.list('inbox'), server.list('portal')];
		const poller = pollerOf(watchOf(server, { isOpenEnded: true }));
		const random = randomOf(5);
		const emitted: string[] = [];
		const open: Entry[] = [];
		for (let polls = 0; polls < 300; polls++) {
			poller.watch = { ...poller.watch, lists: [views[random(0, 1)] as (typeof views)[0]] };
			const [next] = open;
			if (random(0, 3) === 0 && next !== undefined) void ((next.state = 'finalized'), open.shift());
			if (polls > 0) open.push(server.add(`p${polls}`, start + polls * hour, 'new'));
			poller.wait(random(0, 20) * minute);
			emitted.push(...(await poller.poll()));
		}
		const finalized = server.entries.filter(({ id, state }) => state === 'finalized' && id !== 'a').map(({ id }) => id);
		expect(finalized.length).toBeGreaterThan(50);
		expect(emitted.sort()).toEqual(finalized.sort());
	});
});

/** The truth beside the polls: each event once, and none that was there before. */
describe.each<[string, ListHabits]>([
	['as documented', {}],
	['that hides what is unfinished', { hidesPending: true }],
	['that answers in another order', { order: 'shuffled' }],
	['that answers newest first', { order: 'newest first', pageRecords: 10 }],
	['that ignores dates', { ignoresDates: true, pageRecords: 500 }],
	['that excludes the ends, with short pages', { excludesEnds: true, pageRecords: 13 }],
	['that tells no total', { hidesTotal: true, hidesPending: true }],
])('a server %s', (_, habits) => {
	it.each([1, 2])('emits each event once (seed %i)', async (seed) => {
		const random = randomOf(seed * 1_000);
		const server = listServer(habits);
		const emitted: string[] = [];
		const before = new Set<string>();
		let serverNow = start;
		let count = 0;
		const due: Array<{ entry: Entry; at: number }> = [];
		const live = (ms: number): void => {
			serverNow += ms;
			for (let arrivals = random(0, 19) === 0 ? random(0, 60) : random(0, 1); arrivals > 0; arrivals--) {
				const entry = server.add(`p${count++}`, serverNow - random(0, 3) * 20 * minute, 'new');
				const delay = random(0, 5) === 0 ? random(0, 7 * 24) * hour : random(0, 10) * minute;
				due.push({ entry, at: serverNow + delay });
			}
			for (const { entry, at } of due) if (at <= serverNow && entry.state === 'new') entry.state = 'finalized';
		};
		const finished = (): string[] => server.entries.filter(({ state }) => state === 'finalized').map(({ id }) => id);

		for (let count = 0; count < 40; count++) live(hour);
		const poller = pollerOf(watchOf(server));
		for (const id of finished()) before.add(id);
		expect(await poller.poll()).toEqual([]);
		for (let polls = 0; polls < 200; polls++) {
			const ms = random(0, 9) === 0 ? random(0, 10) * hour : random(1, 5) * minute;
			live(ms);
			poller.wait(ms);
			const text = poller.text();
			const fails = random(0, 6) === 0;
			if (fails) server.failAt(random(1, 4));
			const some = await poller.poll(paceOf(random(0, 1) === 0 ? random(1, 6) : Infinity)).catch(() => undefined);
			server.failAt(Infinity);
			if (some === undefined) expect(poller.text()).toBe(text);
			else emitted.push(...some);
			expect(new Set(emitted).size).toBe(emitted.length);
			const truth = new Set(finished());
			expect(emitted.filter((id) => !truth.has(id) || before.has(id))).toEqual([]);
		}
		for (let polls = 0; polls < 40; polls++) {
			poller.wait(10 * minute);
			emitted.push(...(await poller.poll()));
		}
		expect(emitted.sort()).toEqual(
			finished()
				.filter((id) => !before.has(id))
				.sort(),
		);
		expect(emitted.length).toBeGreaterThan(100);
	});
});
