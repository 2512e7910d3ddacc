import type { MasvPackage } from '../../../masv/schemas';
import type { ExpiringState } from '../../../masv/watch/expiring';
import { expiringStateSchema, pollExpiring } from '../../../masv/watch/expiring';
import type { Pace } from '../../../masv/watch/pace';
import type { List } from '../../../masv/watch/reads';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-01-15T12:00:00Z');

function paceOf(requests: number): Pace {
	let steps = 0;
	return { hasCapacity: () => steps < requests, advance: () => void steps++, hasAdvanced: () => steps > 0 };
}

interface Options {
	startFrom?: number;
	pageRecords?: number;
	/** A server that gives everything, whatever is asked for. */
	ignoresFilters?: boolean;
	lists?: string[];
}

function watched({ startFrom, pageRecords = 50, ignoresFilters = false, lists: names = ['sent'] }: Options = {}) {
	const packages: Array<MasvPackage & { list: string }> = [];
	let text: string | undefined;
	const self = {
		nowMs: start,
		names,
		queries: [] as Array<Record<string, unknown>>,
		add: (id: string, expiresIn: number, more: Partial<MasvPackage> & { list?: string } = {}) => {
			const expiry = new Date(self.nowMs + expiresIn).toISOString();
			const added = { id, state: 'finalized', expiry, list: 'sent', ...more };
			packages.push(added);
			return added;
		},
		poll: async (pace = paceOf(Infinity)): Promise<string[]> => {
			const lists = self.names.map((name): List<MasvPackage> => ({
				name,
				readPage: async (query, page) => {
					await Promise.resolve();
					self.queries.push(query);
					const inside = packages
						.filter(({ list, expiry = '', state }) => {
							if (list !== name) return false;
							const isWithin = expiry >= (query.expiry_start as string) && expiry <= (query.expiry_end as string);
							return ignoresFilters || (isWithin && state === 'finalized');
						})
						.sort((a, b) => ((a.expiry ?? '') < (b.expiry ?? '') ? -1 : 1));
					return { total: inside.length, records: inside.slice((page - 1) * pageRecords, page * pageRecords) };
				},
			}));
			const before: ExpiringState | undefined =
				text === undefined ? undefined : expiringStateSchema.parse(JSON.parse(text));
			const { found, stateWithout } = await pollExpiring(
				{ lists, leadMs: 3 * day, startFrom },
				before,
				pace,
				self.nowMs,
			);
			text = JSON.stringify(stateWithout([]));
			return found.map(({ record }) => record.id);
		},
		emitted: () => Object.keys((JSON.parse(text ?? '{}') as ExpiringState).emitted),
	};
	return self;
}

describe('packages about to expire', () => {
	it('are emitted once, when they become due', async () => {
		const masv = watched();
		masv.add('a', 4 * day);
		masv.add('b', 5 * day);
		const polls: string[][] = [];
		for (let hours = 0; hours < 6 * 24; hours += 6) {
			polls.push(await masv.poll());
			masv.nowMs += 6 * hour;
		}
		expect(polls.flat()).toEqual(['a', 'b']);
		expect(polls.findIndex((ids) => ids.includes('a'))).toBe(4);
		expect(polls.findIndex((ids) => ids.includes('b'))).toBe(8);
	});

	it('are filtered by the server', async () => {
		const masv = watched();
		await masv.poll();
		expect(masv.queries).toEqual([
			{
				status: ['finalized'],
				sort: 'expiry',
				expiry_start: '2026-01-15T12:00:00.000Z',
				expiry_end: '2026-01-18T12:00:00.000Z',
			},
		]);
	});

	it('are not emitted if they were due at activation', async () => {
		const masv = watched();
		masv.add('due', 2 * day);
		expect([await masv.poll(), await masv.poll()]).toEqual([[], []]);
	});

	it('are emitted if they became due since the start date', async () => {
		const masv = watched({ startFrom: start - day });
		masv.add('long due', 1.5 * day);
		masv.add('just due', 2.5 * day);
		expect([await masv.poll(), await masv.poll()]).toEqual([['just due'], []]);
	});

	it('are emitted immediately if they appear with less time left', async () => {
		const masv = watched();
		await masv.poll();
		masv.nowMs += hour;
		masv.add('short-lived', day);
		expect([await masv.poll(), await masv.poll()]).toEqual([['short-lived'], []]);
	});

	it('are emitted once even if our clock is days ahead for a while', async () => {
		const masv = watched();
		await masv.poll();
		masv.add('a', 2 * day);
		const told = [await masv.poll()];
		for (const days of [4, -4]) {
			masv.nowMs += days * day;
			told.push(await masv.poll());
		}
		expect(told.flat()).toEqual(['a']);
	});

	it('are emitted again if their expiry is changed', async () => {
		const masv = watched();
		await masv.poll();
		const extended = masv.add('a', day);
		expect(await masv.poll()).toEqual(['a']);
		extended.expiry = new Date(start + 9 * day).toISOString();
		expect(await masv.poll()).toEqual([]);
		masv.nowMs += 7 * day;
		expect([await masv.poll(), await masv.poll()]).toEqual([['a'], []]);
	});

	it('exclude those that never expire, are unfinished or are gone, whatever the server returns', async () => {
		const masv = watched({ ignoresFilters: true });
		await masv.poll();
		masv.add('unlimited', day, { unlimited_storage: true });
		masv.add('no date', day, { expiry: '0001-01-01T00:00:00.000Z' });
		masv.add('odd', day, { expiry: undefined });
		masv.add('new', day, { state: 'new' });
		masv.add('gone', day, { state: 'expired' });
		masv.add('over', -day);
		masv.add('far', 30 * day);
		masv.add('due', day);
		expect(await masv.poll()).toEqual(['due']);
	});

	it('are all emitted, one page per poll', async () => {
		const masv = watched({ pageRecords: 10 });
		for (let index = 0; index < 30; index++) masv.add(`before ${index}`, day + index);
		for (let polls = 0; polls < 5; polls++) expect(await masv.poll(paceOf(1))).toEqual([]);
		for (let index = 0; index < 45; index++) masv.add(`after ${index}`, 2 * day + index);
		const told: string[] = [];
		for (let polls = 0; polls < 16; polls++) told.push(...(await masv.poll(paceOf(1))));
		expect(told.sort()).toEqual(Array.from({ length: 45 }, (_, index) => `after ${index}`).sort());
	});

	it('that became due during a first read over several polls are emitted', async () => {
		const masv = watched({ pageRecords: 10 });
		for (let index = 0; index < 25; index++) masv.add(`before ${index}`, day + index);
		masv.add('soon', 3 * day + hour);
		expect(await masv.poll(paceOf(1))).toEqual([]);
		masv.nowMs += 2 * hour;
		expect((await masv.poll()).concat(await masv.poll())).toEqual(['soon']);
	});

	it('count as due at activation, even in a list that appears during a first read over several polls', async () => {
		const masv = watched({ pageRecords: 10 });
		for (let index = 0; index < 15; index++) masv.add(`sent ${index}`, day + index);
		expect(await masv.poll(paceOf(1))).toEqual([]);
		masv.names = ['sent', 'portal'];
		masv.add('received', day, { list: 'portal' });
		expect([await masv.poll(), await masv.poll()]).toEqual([[], []]);
	});

	it('are dropped from the state after they have expired', async () => {
		const masv = watched();
		for (let index = 0; index < 200; index++) {
			masv.add(`p${index}`, day);
			await masv.poll();
			masv.nowMs += 6 * hour;
		}
		expect(masv.emitted().length).toBeLessThanOrEqual(4 * 31 + 1);
	});

	it('are found in lists that appear later', async () => {
		const masv = watched();
		await masv.poll();
		masv.names = ['sent', 'portal'];
		masv.add('received', day, { list: 'portal' });
		expect([await masv.poll(), await masv.poll()]).toEqual([['received'], []]);
	});

	it('are emitted later if they were postponed', async () => {
		const { nowMs } = watched();
		const record = { id: 'a', state: 'finalized', expiry: new Date(nowMs + day).toISOString() };
		const lists = [{ name: 'sent', readPage: () => Promise.resolve({ total: 1, records: [record] }) }];
		const watch = { lists, leadMs: 3 * day, startFrom: 0 };
		const first = await pollExpiring(watch, undefined, paceOf(Infinity), nowMs);
		const second = await pollExpiring(watch, first.stateWithout(first.found), paceOf(Infinity), nowMs);
		expect(second.found).toHaveLength(1);
		expect((await pollExpiring(watch, second.stateWithout([]), paceOf(Infinity), nowMs)).found).toEqual([]);
	});
});
