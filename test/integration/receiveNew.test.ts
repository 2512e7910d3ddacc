import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { archivePackage } from '../../masv/packages/archive';
import { deletePackage } from '../../masv/packages/change';
import { finalizeByHand } from '../../masv/packages/finalizeByHand';
import { receiveNew } from '../../masv/sync/receiveNew';
import type { ReceiveNewRequest, ReceiveNewResult } from '../../masv/sync/receiveNewRequest';
import type { Journal } from '../../masv/transfer/journal';
import type { TransportRequest } from '../../masv/transport';
import { instantClock } from '../support/instantClock';
import type { Fate, Process } from '../support/mortal';
import { createProcesses, followWork, nth } from '../support/mortal';
import { receiveToDisk } from '../support/receiveToDisk';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { watchDurable } from '../support/watchDurable';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;
const day = 24 * 60 * 60 * 1000;
/** Of the first package, in milliseconds. */
const begin = Date.parse('2026-01-10T00:00:00.000Z');

onEmbeddedStore('a job that receives new packages', () => {
	let masv: TestMasv;
	let processes: ReturnType<typeof createProcesses>;
	let folder: string;
	let portal: string;
	const clock = instantClock();
	beforeEach(async () => {
		masv = await startTestMasv();
		processes = createProcesses(masv);
		folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-receive-new-')));
		portal = masv.sandbox.seedPortal().id;
	});
	afterEach(async () => {
		await processes.close();
		await masv.close();
		await rm(folder, { recursive: true });
	});

	/** @param days after the first package */
	const arrive = (name: string, days: number, more: object = {}): string =>
		masv.sandbox.seedPackage({
			name,
			portal_id: portal,
			created_at: new Date(begin + days * day).toISOString(),
			files: [{ name: `${name}.mov`, content: `content of ${name}` }],
			...more,
		}).id;
	const start = (fateOf?: (request: TransportRequest) => Fate): Process => processes.start(fateOf, { clock });
	const run = async (
		process = start(),
		more: Partial<ReceiveNewRequest> = {},
		ledgers = process.journal,
	): Promise<ReceiveNewResult | 'dead'> =>
		await process.run(async ({ client, journal, leases }) => {
			const shared = { journal, leases, ifRunning: 'wait' as const };
			return await receiveNew(client, {
				owner: { scope: 'workflow/node' },
				...{ ledgers, journal, leases },
				knownLines: () => 0,
				ifRunning: 'skip',
				origin: { kind: 'portals', portalIds: undefined },
				from: 0,
				receive: async (source) => await receiveToDisk(client, folder, { ...shared, source }),
				...more,
			});
		});
	const runWell = async (more: Partial<ReceiveNewRequest> = {}): Promise<ReceiveNewResult> =>
		(await run(start(), more)) as ReceiveNewResult;
	const namesOf = ({ received }: ReceiveNewResult): string[] => received.map((each) => each.package.name);
	const requests = (step: string): number => masv.sandbox.requests.filter((each) => each.step === step).length;
	/** The files that were received, with their contents. */
	const tree = async (): Promise<string[]> => {
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
		const shown = files.map(async ({ parentPath, name }) => {
			const path = join(parentPath, name);
			return `${path.slice(folder.length + 1)}: ${await readFile(path, 'utf8')}`;
		});
		return (await Promise.all(shown)).sort();
	};
	const treeOf = (...names: string[]): string[] =>
		names.map((name) => `${name}/${name}.mov: content of ${name}`).sort();
	/** MASV does not document that these exist. */
	const documentedOnly = (): void => {
		for (const step of ['listInbox', 'getPackage'] as const) {
			masv.sandbox.inject({ step, kind: 'status', status: 404, times: Infinity });
		}
	};

	it('receives each package once, in the order in which the uploads began', async () => {
		arrive('b', 2);
		arrive('a', 1);
		const first = await runWell();
		expect(namesOf(first)).toEqual(['a', 'b']);
		expect(first).toMatchObject({
			received: [{ portal_id: null, created_at: '2026-01-11T00:00:00.000Z', files: [{ name: 'a.mov' }] }, {}],
			failed: [],
			waiting: [],
			ledger: { state: 'new', packages: 2 },
			warnings: [],
		});
		arrive('c', 3);
		expect(namesOf(await runWell())).toEqual(['c']);
		masv.sandbox.requests.length = 0;
		expect(await runWell()).toMatchObject({ received: [], ledger: { state: 'found', packages: 3 } });
		expect(requests('getObject')).toBe(0);
		expect(await tree()).toEqual(treeOf('a', 'b', 'c'));
	});

	it('has on the disk what the next run must know after a power failure', async () => {
		arrive('a', 1);
		const { journal, kinds } = watchDurable(start().journal);
		await run(start(), {}, journal);
		expect(kinds).toEqual(['found', 'begun', 'received']);
	});

	it('disables the link that a run could not disable, although its package was received', async () => {
		const id = arrive('a', 1);
		const fault = masv.sandbox.inject({ step: 'disableLink', kind: 'status', status: 503, times: Infinity });
		const { received } = await runWell();
		const [link] = masv.sandbox.links(id);
		expect(received[0]?.warnings).toEqual([expect.stringContaining(`${link?.id} could not be disabled`)]);
		expect(await runWell()).toMatchObject({
			received: [],
			warnings: [expect.stringContaining(`${link?.id} could not be disabled`)],
		});
		fault.remove();
		expect(await runWell()).toMatchObject({ received: [], warnings: [] });
		expect(masv.sandbox.links(id)).toMatchObject([{ id: link?.id, active: false }]);
		masv.sandbox.requests.length = 0;
		await runWell();
		expect(requests('disableLink')).toBe(0);
	});

	it('waits for the end of an outage of minutes while it looks up a package', async () => {
		arrive('a', 1);
		masv.sandbox.inject({ step: 'getPackage', kind: 'status', status: 503, times: 30 });
		expect(namesOf(await runWell())).toEqual(['a']);
	});

	it('leaves a package that is still being uploaded to the run after it is complete', async () => {
		const id = arrive('slow', 1, { state: 'new' });
		arrive('quick', 2);
		const first = await runWell();
		expect(namesOf(first)).toEqual(['quick']);
		expect(first.waiting).toEqual([{ id, name: 'slow', created_at: '2026-01-11T00:00:00.000Z' }]);
		await finalizeByHand(masv.client(), id);
		expect(await runWell()).toMatchObject({ received: [{ package: { id } }], waiting: [] });
	});

	it('finds a package that a list shows only now, although its upload began before that of others', async () => {
		arrive('quick', 10);
		await runWell();
		arrive('late', 1);
		await clock.sleep(day);
		expect(namesOf(await runWell())).toEqual(['late']);
	});

	it('receives from a date on, and from an earlier one if that is set later', async () => {
		arrive('old', 1);
		arrive('new', 40);
		expect(namesOf(await runWell({ from: begin + 30 * day }))).toEqual(['new']);
		expect(namesOf(await runWell({ from: begin + 39 * day }))).toEqual([]);
		expect(namesOf(await runWell({ from: begin }))).toEqual(['old']);
		expect(namesOf(await runWell({ from: begin + 39 * day }))).toEqual([]);
	});

	it('receives from the selected portals, and all of one that is added later', async () => {
		const other = masv.sandbox.seedPortal().id;
		arrive('here', 1);
		arrive('there', 2, { portal_id: other });
		const of = (...portalIds: string[]) => ({ origin: { kind: 'portals', portalIds } }) as const;
		expect(namesOf(await runWell(of(portal)))).toEqual(['here']);
		expect(namesOf(await runWell(of(portal, other)))).toEqual(['there']);
		expect(namesOf(await runWell())).toEqual([]);
	});

	it('still receives what has failed if a portal is added', async () => {
		const other = masv.sandbox.seedPortal().id;
		arrive('here', 1);
		masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		const of = (...portalIds: string[]) => ({ origin: { kind: 'portals', portalIds } }) as const;
		expect((await runWell(of(portal))).failed).toHaveLength(1);
		expect(namesOf(await runWell(of(portal, other)))).toEqual(['here']);
	});

	it('receives what the team has sent', async () => {
		arrive('received', 1);
		arrive('sent', 2, { portal_id: undefined });
		expect(namesOf(await runWell({ origin: { kind: 'sent' } }))).toEqual(['sent']);
	});

	it.each<[string, ReceiveNewRequest['origin'] | undefined, (other: string) => ReceiveNewRequest['origin']]>([
		['another portal', undefined, (other) => ({ kind: 'portals', portalIds: [other] })],
		[
			'one of all portals',
			{ kind: 'portals', portalIds: undefined },
			(other) => ({ kind: 'portals', portalIds: [other] }),
		],
		['what the team has sent', { kind: 'portals', portalIds: undefined }, () => ({ kind: 'sent' })],
	])('receives nothing any more that is not of %s, if that is selected since', async (_, before, now) => {
		const other = masv.sandbox.seedPortal().id;
		const origin = before ?? ({ kind: 'portals', portalIds: [portal] } as const);
		arrive('of one client', 1);
		masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		expect((await runWell({ origin })).failed).toHaveLength(1);
		expect(await runWell({ origin: now(other) })).toMatchObject({ received: [], failed: [], gone: [] });
		expect(await tree()).toEqual([]);
		expect(namesOf(await runWell({ origin }))).toEqual(['of one client']);
	});

	it('needs nothing that MASV does not document', async () => {
		documentedOnly();
		arrive('a', 1);
		arrive('b', 2);
		expect(namesOf(await runWell())).toEqual(['a', 'b']);
		arrive('c', 3);
		expect(namesOf(await runWell())).toEqual(['c']);
		expect(await tree()).toEqual(treeOf('a', 'b', 'c'));
	});

	it('says which package fails, receives the others, and tries it again', async () => {
		const bad = arrive('bad', 1);
		arrive('good', 2);
		masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		const again = masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400, skip: 2 });
		const first = await runWell();
		expect([namesOf(first), first.failed]).toMatchObject([['good'], [{ id: bad, name: 'bad' }]]);
		expect(first.failed[0]?.error).toBeInstanceOf(Error);
		// It is entered once, however often it fails.
		expect(await runWell()).toMatchObject({ failed: [{ id: bad }] });
		const { lines } = await processes.journal.join().open(first.ledger?.id ?? '');
		expect(lines.filter((line) => (line as { kind?: string }).kind === 'failed')).toHaveLength(1);
		expect(again.hits()).toBe(1);
		expect(namesOf(await runWell())).toEqual(['bad']);
		expect(await runWell()).toMatchObject({ received: [], failed: [] });
	});

	it.each([
		['shows none of them', []],
		['shows one of them as unfinished', [{ id: 'x', name: 'a.mov', path: '', size: 12, completed: false }]],
	])('waits for a list of files that is behind, and %s, and for a minute at most', async (_, listed) => {
		// The clock of this test is far ahead by now.
		const updated_at = new Date(clock.now()).toISOString();
		arrive('a', 1, { updated_at });
		const behind = (times: number) =>
			masv.sandbox.inject({ step: 'listFiles', kind: 'wrongJson', body: JSON.stringify(listed), times });
		behind(2);
		expect(await runWell()).toMatchObject({ received: [{ files: [{ name: 'a.mov' }] }], warnings: [] });
		expect(await tree()).toEqual(treeOf('a'));
		const id = arrive('b', 2, { updated_at });
		behind(Infinity);
		const before = clock.now();
		const { received } = await runWell();
		const warning: unknown = expect.stringMatching(
			/^MASV lists .* of package .*\. Only what is listed as complete is received\.$/,
		);
		expect(received).toMatchObject([{ package: { id }, files: [], warnings: [warning] }]);
		expect(clock.now() - before).toBeLessThanOrEqual(60_000);
	});

	it.each(['expired', 'archived'])('says once that a package is %s before it was received', async (reason) => {
		const id = arrive('bad', 1);
		masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		await runWell();
		await masv.sandbox.expirePackage(id);
		if (reason === 'archived') await archivePackage(masv.client(), 'archive', id);
		expect(await runWell()).toMatchObject({
			received: [],
			failed: [],
			gone: [{ id, name: 'bad', reason }],
			warnings: [`Package ${id} ("bad") is ${reason}, and was not received.`],
		});
		expect(await runWell()).toMatchObject({ received: [], failed: [], gone: [], warnings: [] });
	});

	it('asks nothing about packages that have expired before the first run', async () => {
		for (let count = 0; count < 5; count++) arrive(`old ${count}`, count, { state: 'expired' });
		masv.sandbox.requests.length = 0;
		expect(await runWell()).toMatchObject({ received: [], failed: [], warnings: [] });
		expect(masv.sandbox.requests.map(({ step }) => step)).toEqual(['listInbox', 'listInbox']);
	});

	it('ends after ten failures in a row, and starts with packages that have not failed', async () => {
		for (let count = 0; count < 12; count++) arrive(`package ${count}`, count);
		const failing = masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400, times: Infinity });
		const first = await runWell();
		expect([first.received, first.failed.map(({ name }) => name)]).toEqual([
			[],
			Array.from({ length: 10 }, (_, count) => `package ${count}`),
		]);
		expect(first.warnings).toEqual([expect.stringMatching(/^10 packages in a row/)]);
		failing.remove();
		const second = namesOf(await runWell());
		expect(second.slice(0, 2)).toEqual(['package 10', 'package 11']);
		expect(new Set(second).size).toBe(12);
	});

	describe('finds that MASV does not have a package any more, or not for its key', () => {
		let id: string;
		/** How often a package was asked for. */
		let looks: number;
		beforeEach(async () => {
			id = arrive('a', 1);
			masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
			await runWell();
			looks = 0;
		});
		const runBlind = async (): Promise<ReceiveNewResult> => {
			const fateOf = ({ url }: TransportRequest): Fate => {
				if (new URL(url).pathname.endsWith(`/packages/${id}`)) looks++;
				return 'lives';
			};
			return (await run(processes.start(fateOf, { clock, isStranger: true }))) as ReceiveNewResult;
		};

		it('says so once, fails no run for it, and receives it if it comes back', async () => {
			expect(await runBlind()).toMatchObject({
				...{ failed: [], gone: [{ id, name: 'a', reason: 'not_found' }] },
				warnings: [`Package ${id} ("a") is not in MASV any more, and was not received.`],
			});
			expect(await runBlind()).toMatchObject({ failed: [], gone: [], warnings: [] });
			// It is looked for at least once a day.
			await clock.sleep(day);
			expect(namesOf(await runWell())).toEqual(['a']);
			expect(namesOf(await runWell())).toEqual([]);
		});

		it('looks for it less and less often, and not any more after 30 days', async () => {
			for (let count = 0; count < 6 * 24; count++) {
				await runBlind();
				await clock.sleep(600_000);
			}
			expect(looks).toBeLessThan(12);
			for (let count = 0; count < 31; count++) {
				await clock.sleep(day);
				await runBlind();
			}
			const looksUntilThen = looks;
			await clock.sleep(2 * day);
			await runBlind();
			expect(looks).toBe(looksUntilThen);
			expect(await runWell()).toMatchObject({ received: [], failed: [], gone: [] });
		});
	});

	describe('that dies', () => {
		/** Dies before or after it writes a line of this kind to its ledger. */
		const diesAtLine = (kind: string, when: 'before' | 'after', process: Process): Journal => ({
			...process.journal,
			open: async (key) => {
				const record = await process.journal.open(key);
				return {
					...record,
					append: async (line, options) => {
						const isIt = (line as { kind?: string }).kind === kind || (kind === 'look' && 'state' in line);
						if (isIt && when === 'before') process.kill();
						await record.append(line, options);
						if (isIt) process.kill();
					},
				};
			},
		});
		const names = ['a', 'b', 'c'];
		const arriveAll = (): void => names.forEach((name, index) => void arrive(name, index));
		/** What the runs after a death find, and that nothing was received twice but what was on its way. */
		const checkRest = async (): Promise<void> => {
			await runWell();
			expect(await tree()).toEqual(treeOf(...names));
			expect(requests('getObject')).toBeLessThanOrEqual(names.length + 1);
			const last = await runWell();
			expect(last).toMatchObject({ received: [], failed: [], waiting: [], ledger: { state: 'found', packages: 3 } });
		};

		it.each<[string, Fate, string, RegExp, number]>([
			['before the list is read', 'dies before', 'GET', /\/inbox$/, 1],
			['after the list was read', 'dies after', 'GET', /\/inbox$/, 2],
			['after the files were listed', 'dies after', 'GET', /\/files$/, 1],
			['before a link is created', 'dies before', 'POST', /\/links$/, 2],
			['after a link was created', 'dies after', 'POST', /\/links$/, 2],
			['after an address was requested', 'dies after', 'GET', /\/download$/, 2],
			['after the content was requested', 'dies after', 'GET', /^\/masv-sandbox/, 2],
			['after a link was disabled', 'dies after', 'DELETE', /\/links\//, 1],
		])('%s: the next run receives the rest, nothing twice', async (_, fate, method, path, count) => {
			arriveAll();
			const is = nth(count, method, path);
			expect(await run(start((request) => (is(request) ? fate : 'lives')))).toBe('dead');
			await checkRest();
		});

		it.each(
			['found', 'begun', 'look', 'received'].flatMap((kind) =>
				(['before', 'after'] as const).map((when) => [kind, when] as const),
			),
		)('at its line "%s", %s writing it: the next run receives the rest, nothing twice', async (kind, when) => {
			arriveAll();
			const process = start();
			expect(await run(process, {}, diesAtLine(kind, when, process))).toBe('dead');
			await checkRest();
		});

		it('after its last line: the same execution reports the packages again, another one does not', async () => {
			arriveAll();
			const process = start();
			expect(await run(process, { run: 'execution 2' }, diesAtLine('received', 'after', process))).toBe('dead');
			const again = await runWell({ run: 'execution 2' });
			expect(namesOf(again)).toEqual(names);
			expect(again.received[0]).toMatchObject({
				files: [],
				skipped: expect.arrayContaining([{ path: 'a.mov', reason: 'same' }]) as unknown[],
			});
			expect(namesOf(await runWell({ run: 'execution 3' }))).toEqual([]);
			await checkRest();
		});
	});

	it('does not say of a package that it was not received if it was, and could not be reported', async () => {
		arrive('a', 1);
		await runWell({ run: 'execution 2' });
		const blind = processes.start(() => 'lives', { clock, isStranger: true });
		const again = await run(blind, { run: 'execution 2' });
		expect(again).toMatchObject({ received: [], failed: [{ name: 'a' }], gone: [], warnings: [] });
		expect(await runWell({ run: 'execution 3' })).toMatchObject({ received: [], ledger: { packages: 1 } });
	});

	it('does not say so either if it has expired since', async () => {
		arrive('a', 1);
		await runWell({ run: 'execution 2' });
		const [{ id = '' } = {}] = masv.sandbox.packages();
		await deletePackage(start().client, id);
		const again = await runWell({ run: 'execution 2' }).catch((error: unknown) => error);
		expect(again).toMatchObject({ received: [], failed: [{ name: 'a' }], gone: [], warnings: [] });
		expect(await runWell({ run: 'execution 3' })).toMatchObject({ received: [], ledger: { packages: 1 } });
	});

	describe('whose ledger', () => {
		const prepare = async (): Promise<{ id: string; lines: number }> => {
			arrive('a', 1);
			await runWell();
			arrive('b', 2);
			return (await runWell()).ledger as { id: string; lines: number };
		};

		it('is deleted, says so and receives all packages again, except for files that are there', async () => {
			const { id, lines } = await prepare();
			await (await processes.journal.join().open(id)).remove();
			masv.sandbox.requests.length = 0;
			const next = await runWell({ knownLines: () => lines });
			expect(next).toMatchObject({
				ledger: { state: 'lost', packages: 2 },
				warnings: [expect.stringMatching(/^The ledger of what was received is gone/)],
			});
			expect(next.received.map(({ files, skipped }) => [files.length, skipped.at(-1)?.reason])).toEqual([
				[0, 'same'],
				[0, 'same'],
			]);
			expect(requests('getObject')).toBe(0);
			const now = next.ledger?.lines ?? 0;
			expect(await runWell({ knownLines: () => now })).toMatchObject({ received: [], ledger: { state: 'found' } });
		});

		it.each<[string, boolean, (all: object[]) => object[]]>([
			['its last line', true, (all) => all.slice(0, -1)],
			['its last two lines', true, (all) => all.slice(0, -2)],
			['its last two lines, and n8n remembers nothing', false, (all) => all.slice(0, -2)],
			['its last three lines, and n8n remembers nothing', false, (all) => all.slice(0, -3)],
			['its first line, and n8n remembers nothing', false, (all) => all.slice(1)],
		])('has lost %s: says so and passes nothing over', async (_, isRemembered, lose) => {
			const { id, lines: known } = await prepare();
			const record = await processes.journal.join().open(id);
			const all = record.lines as object[];
			await record.remove();
			for (const line of lose(all)) await record.append(line);
			arrive('c', 3);
			const next = await runWell({ knownLines: () => (isRemembered ? known : 0) });
			expect(next).toMatchObject({ ledger: { state: 'incomplete', packages: 3 } });
			expect(next.warnings).toEqual([expect.stringMatching(/^The ledger of what was received is incomplete/)]);
			expect(await tree()).toEqual(treeOf('a', 'b', 'c'));
			// Told once.
			expect(await runWell()).toMatchObject({ received: [], warnings: [], ledger: { state: 'found' } });
		});

		it('has lost the state of the last look: reads the lists again, and receives nothing twice', async () => {
			const { id } = await prepare();
			const loseLook = async (): Promise<void> => await (await processes.journal.join().open(`${id}-look`)).remove();
			await loseLook();
			arrive('c', 3);
			const { ledger, ...next } = await runWell();
			expect(next.received.map((each) => each.package.name)).toEqual(['c']);
			await loseLook();
			expect(await runWell()).toMatchObject({ received: [], ledger: { lines: ledger?.lines } });
		});

		it('could not be written by the first run: the next one finds what that one has found, and misses nothing', async () => {
			arrive('a', 1);
			const { journal, ...rest } = start();
			const open: Journal['open'] = async (key) => {
				const record = await journal.open(key);
				if (key.endsWith('-look')) return record;
				return { ...record, hasFailed: () => true, append: () => Promise.resolve() };
			};
			const receive = () => Promise.reject(new Error('not received'));
			await run({ ...rest, journal }, { receive }, { ...journal, open });
			expect(await runWell()).toMatchObject({ received: [{}], warnings: [], ledger: { state: 'new', packages: 1 } });
		});

		it('cannot be written, says so, and receives in each run what is not there', async () => {
			arrive('a', 1);
			for (const fetched of [1, 0]) {
				masv.sandbox.requests.length = 0;
				const result = await runWell({ ledgers: undefined });
				expect(result).toMatchObject({ received: [{}], ledger: { state: 'unavailable' } });
				expect(result.warnings).toEqual([expect.stringMatching(/^The ledger cannot be written/)]);
				expect(requests('getObject')).toBe(fetched);
			}
		});
	});

	describe('that overlaps with another run', () => {
		it('leaves the packages to it, waits for it, or fails', async () => {
			arrive('a', 1);
			let release = (): void => {};
			const released = new Promise<void>((resolve) => (release = resolve));
			let isHeld = (): void => {};
			const held = new Promise<void>((resolve) => (isHeld = resolve));
			const receive: ReceiveNewRequest['receive'] = async () => {
				isHeld();
				await released;
				throw new Error('not received');
			};
			const first = run(start(), { receive });
			await held;
			expect(await runWell()).toMatchObject({ received: [], ledger: undefined });
			await expect(runWell({ ifRunning: 'fail' })).rejects.toMatchObject({ code: 'delivery_running' });
			release();
			expect(namesOf(await runWell({ ifRunning: 'wait' }))).toEqual(['a']);
			expect(await first).toMatchObject({ received: [], failed: [{ name: 'a' }] });
		});

		it.each<[string, string, RegExp]>([
			['reading the list', 'GET', /\/inbox$/],
			['requesting an address', 'GET', /\/download$/],
			['creating a link', 'POST', /\/links$/],
		])('freezes after %s, and wakes up when another run has done its work: nothing twice', async (_, method, path) => {
			arrive('a', 1);
			arrive('b', 2);
			const is = nth(1, method, path);
			const frozen = start((request) => (is(request) ? 'freezes after' : 'lives'));
			const ended = followWork(frozen);
			expect(await run(frozen)).toBe('dead');
			expect(namesOf(await runWell())).toEqual(['a', 'b']);
			// Longer than any answer about a lease is believed.
			await clock.sleep(60_000);
			frozen.wake();
			await expect(ended()).rejects.toMatchObject({ code: 'delivery_taken_over' });
			expect(await runWell()).toMatchObject({ received: [], failed: [], ledger: { state: 'found', packages: 2 } });
			expect(await tree()).toEqual(treeOf('a', 'b'));
		});
	});

	it('reads a list of 10,000 packages only as far as something may be new', async () => {
		const history = 3 * 365 * day;
		const from = begin + history + 10 * day;
		for (let count = 0; count < 10_000; count++) {
			const created = new Date(begin + (count / 10_000) * history).toISOString();
			masv.sandbox.seedPackage({ name: `old ${count}`, portal_id: portal, created_at: created });
		}
		arrive('first', history / day + 11);
		await clock.sleep(history + 11 * day);
		expect(namesOf(await runWell({ from }))).toEqual(['first']);
		for (const [index, name] of ['x', 'y', 'z'].entries()) arrive(name, history / day + 12 + index);
		await clock.sleep(day);
		masv.sandbox.requests.length = 0;
		expect(namesOf(await runWell({ from }))).toEqual(['x', 'y', 'z']);
		expect(requests('listInbox')).toBeLessThanOrEqual(5);
		expect(requests('listPackages') + requests('listPortalPackages')).toBe(0);
	});
});
