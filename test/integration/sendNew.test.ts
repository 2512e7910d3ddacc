import { forgetSent } from '../../masv/sync/keptLedgers';
import type { SendNewRequest, SendNewResult } from '../../masv/sync/sendNewRequest';
import type { Journal, JournalRecord } from '../../masv/transfer/journal';
import type { TransportRequest } from '../../masv/transport';
import type { Fate, Process } from '../support/mortal';
import { followWork, nth } from '../support/mortal';
import type { SendingJob } from '../support/sendingJob';
import { contentsOf, useSendingJob } from '../support/sendingJob';
import { patternBytes } from '../support/testSources';
import { watchDurable } from '../support/watchDurable';

const mebibyte = 1024 * 1024;
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

// What lies in the storage can be seen only in the embedded store.
onEmbeddedStore('a job that sends new files', () => {
	const job = useSendingJob();
	let masv: SendingJob['masv'];
	let processes: SendingJob['processes'];
	let folder: SendingJob['folder'];
	let clock: SendingJob['clock'];
	let start: SendingJob['start'];
	let run: SendingJob['run'];
	let runWell: SendingJob['runWell'];
	let delivered: SendingJob['delivered'];
	let contents: SendingJob['contents'];
	let requests: SendingJob['requests'];
	beforeEach(() => ({ masv, processes, folder, clock, start, run, runWell, delivered, contents, requests } = job()));
	const expected = contentsOf;
	const locations = ({ waiting }: SendNewResult) => waiting.map(({ location }) => location);

	it('sends everything once, and then nothing: no package, no part', async () => {
		folder.write('a.mov', 'A');
		folder.write('day/b.mov', 'B');
		const first = await runWell();
		expect(first.sent).toMatchObject([{ package: { state: 'finalized' }, reconciled: true, recovered: false }]);
		expect(first.ledger).toMatchObject({ state: 'new', files: 2 });
		masv.sandbox.requests.length = 0;
		expect(await runWell()).toMatchObject({
			sent: [],
			waiting: [],
			ledger: { state: 'found', files: 2 },
			warnings: [],
		});
		expect(masv.sandbox.requests).toEqual([]);
		expect(await contents()).toEqual(
			expected([
				['a.mov', 'A'],
				['day/b.mov', 'B'],
			]),
		);
	});

	it('sends what was added and changed, leaves what is growing, and follows what was renamed', async () => {
		for (const name of ['same', 'changed', 'named']) folder.write(name, name);
		await runWell();
		folder.write('added', 'added');
		folder.write('changed', 'changed twice', 120);
		folder.write('growing', 'begun', 5);
		folder.rename(['named', 'renamed']);
		const second = await runWell();
		expect(second.sent.map(({ files }) => files.map(({ name }) => name))).toEqual([['added', 'changed']]);
		expect([locations(second), second.moved]).toEqual([['/media/in/growing'], 1]);
		await clock.sleep(60_000);
		const third = await runWell();
		expect(third.sent.map(({ files }) => files.map(({ name }) => name))).toEqual([['growing']]);
		expect(await runWell()).toMatchObject({ sent: [], waiting: [], moved: 0 });
	});

	it('has on the disk what the next run must know after a power failure', async () => {
		folder.write('a', 'A');
		const { journal, kinds } = watchDurable(start().journal);
		await run(start(), {}, journal);
		folder.rename(['a', 'b']);
		await run(start(), {}, journal);
		expect(kinds).toEqual(['begun', 'sending', 'sent', 'moved']);
	});

	it('follows files that have changed places, and those whose places were taken', async () => {
		for (const [index, name] of ['a', 'b', 'log'].entries()) folder.write(name, `content of ${name}`, 3_600 + index);
		await runWell();
		folder.rename(['a', 'b'], ['b', 'a'], ['log', 'log.1']);
		folder.write('log', 'new', 120);
		const second = await runWell();
		expect(second.sent.map(({ files }) => files.map(({ name }) => name))).toEqual([['log']]);
		expect(second).toMatchObject({ moved: 3, ledger: { files: 4 } });
		expect(await runWell()).toMatchObject({ sent: [], moved: 0 });
	});

	it('sends a second name of a file once it has rested', async () => {
		folder.write('a', 'A');
		await runWell();
		folder.nameTwice('a', 'second');
		const early = await runWell();
		expect([early.sent, locations(early)]).toEqual([[], ['/media/in/second']]);
		await clock.sleep(60_000);
		const { sent, moved } = await runWell();
		expect([sent.map(({ files }) => files.map(({ name }) => name)), moved]).toEqual([[['second']], 0]);
	});

	it('makes a package for each file or top-level folder, with its name', async () => {
		for (const name of ['a', 'day 1/b', 'day 2/c', 'day 2/cam/d']) folder.write(name, name);
		const { sent } = await runWell({ per: 'folder' });
		expect(sent.map(({ package: { name }, files }) => [name, files.length])).toEqual([
			['Nightly: in', 1],
			['Nightly: day 1', 1],
			['Nightly: day 2', 2],
		]);
		expect((await runWell({ per: 'file' })).sent).toEqual([]);
	});

	it('takes the same number of requests for each of many packages', async () => {
		const countFor = async (count: number): Promise<number> => {
			for (let index = 0; index < count; index++) folder.write(`${count}/${index}`, `${count} ${index}`);
			masv.sandbox.requests.length = 0;
			expect((await runWell({ per: 'file' })).sent).toHaveLength(count);
			return masv.sandbox.requests.length;
		};
		const [few, more, many] = [await countFor(5), await countFor(10), await countFor(20)] as const;
		expect(many - more).toBe(2 * (more - few));
	});

	it('marks what is there as sent at the first run, and sends what comes later', async () => {
		folder.write('old', 'old');
		expect(await runWell({ firstRun: 'mark' })).toMatchObject({ sent: [], marked: 1, ledger: { files: 1 } });
		folder.write('new', 'new');
		await runWell({ firstRun: 'mark' });
		expect(await contents()).toEqual(expected([['new', 'new']]));
	});

	it('adds a list of MD5s to each package, which is no file of the folder: it is in no ledger', async () => {
		for (const name of ['a', 'day 1/b']) folder.write(name, name);
		const md5List = 'MD5SUMS';
		const first = await runWell({ per: 'folder', md5List });
		expect(first.sent.map(({ files }) => files.map(({ name }) => name))).toEqual([
			['a', md5List],
			['b', md5List],
		]);
		expect(first.ledger).toMatchObject({ files: 2 });
		expect(await runWell({ per: 'folder' })).toMatchObject({ sent: [], ledger: { files: 2 } });
		folder.write('c', 'c');
		const isFinalize = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		const dying = start((request) => (isFinalize(request) ? 'dies after' : 'lives'));
		expect(await run(dying, { md5List })).toBe('dead');
		folder.remove('c');
		const last = await runWell({ md5List });
		expect(last.sent.map(({ files, recovered }) => [recovered, files.map(({ name }) => name)])).toEqual([
			[true, ['c', md5List]],
		]);
		expect(delivered()).toHaveLength(3);
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
						const isIt = (line as { kind?: string; number?: number }).kind === kind && 'number' in line;
						if (isIt && when === 'before') process.kill();
						await record.append(line, options);
						if (isIt) process.kill();
					},
				};
			},
		});
		const large = patternBytes(11 * mebibyte, 3);
		const requestDeaths: Array<[string, (request: TransportRequest) => Fate]> = (
			[
				['before the package is created', 'dies before', 'POST', /\/packages$/],
				['after the package was created', 'dies after', 'POST', /\/packages$/],
				['after a file was added', 'dies after', 'POST', /\/files$/],
				['after a part was stored', 'dies after', 'PUT', /./],
				['after a file was finalized', 'dies after', 'POST', /\/files\/[^/]+\/finalize$/],
				['before the package is finalized', 'dies before', 'POST', /\/packages\/[^/]+\/finalize$/],
				['after the package was finalized', 'dies after', 'POST', /\/packages\/[^/]+\/finalize$/],
				['after the link was created', 'dies after', 'POST', /\/links$/],
			] as Array<[string, Fate, string, RegExp]>
		).map(([name, fate, method, path]) => {
			const is = nth(1, method, path);
			return [name, (request) => (is(request) ? fate : 'lives')];
		});
		const lineDeaths = (['planned', 'sending', 'sums', 'sent'] as const).flatMap((kind) =>
			(['before', 'after'] as const).map((when) => [kind, when] as const),
		);
		const begin = async (): Promise<void> => {
			folder.write('old', 'old');
			await runWell();
			folder.write('large', large);
			folder.write('small', 'small');
		};
		const all: Array<[string, string | Buffer]> = [
			['old', 'old'],
			['large', large],
			['small', 'small'],
		];
		const dieAtLine = async (kind: string, when: 'before' | 'after'): Promise<void> => {
			const process = start();
			expect(await run(process, {}, diesAtLine(kind, when, process))).toBe('dead');
		};

		it.each(requestDeaths)('%s: the next run delivers everything once', async (_, fate) => {
			await begin();
			expect(await run(start(fate))).toBe('dead');
			const next = await runWell();
			expect(next).toMatchObject({ sent: [{ recovered: true, link: { url: expect.any(String) as string } }] });
			expect([await contents(), delivered().length]).toEqual([expected(all), 2]);
			expect((await runWell()).sent).toEqual([]);
		});

		it.each(lineDeaths)(
			'at its line "%s", %s writing it: the next run delivers everything once',
			async (kind, when) => {
				await begin();
				await dieAtLine(kind, when);
				await runWell();
				expect([await contents(), delivered().length]).toEqual([expected(all), 2]);
				expect((await runWell()).sent).toEqual([]);
			},
		);

		it('between the package and the ledger: the next run finds the package and sends nothing', async () => {
			await begin();
			await dieAtLine('sent', 'before');
			masv.sandbox.requests.length = 0;
			const { sent } = await runWell();
			expect(sent).toMatchObject([{ recovered: true, package: { id: delivered().at(-1)?.id }, link: {} }]);
			for (const step of ['createPackage', 'addFile', 'partPut', 'finalizePackage']) expect(requests(step)).toBe(0);
		});

		it('between the package and the ledger, and the files change or go: what was delivered is entered as it was', async () => {
			await begin();
			await dieAtLine('sent', 'before');
			folder.write('small', 'changed', 100);
			folder.remove('large');
			const { sent } = await runWell();
			expect(sent.map(({ files, recovered }) => [files.length, recovered])).toEqual([
				[2, true],
				[1, false],
			]);
			expect(await contents()).toEqual(expected([...all, ['small', 'changed']]));
		});

		it('while a package is open, and a file of it changes: each version of a file is delivered once at most', async () => {
			await begin();
			expect(await run(start((request) => (nth(1, 'PUT', /./)(request) ? 'dies after' : 'lives')))).toBe('dead');
			folder.write('small', 'changed', 100);
			const next = await runWell();
			expect(next.warnings).toEqual([
				'A delivery of an earlier run is not continued, because "/media/in/small" has changed. Its files are sent in a new package.',
			]);
			expect(await contents()).toEqual(
				expected([
					['old', 'old'],
					['large', large],
					['small', 'changed'],
				]),
			);
		});

		it('between the package and the ledger, which no disk has noted, and a file changes: the package is said to be delivered', async () => {
			await begin();
			await dieAtLine('sent', 'before');
			const { id } = delivered().at(-1) as { id: string };
			for (const [key, lines] of (await processes.journal.join().readAll('')) ?? []) {
				if (!lines.some((line) => (line as { kind?: string }).kind === 'delivering')) continue;
				const record = await processes.journal.join().open(key);
				await record.remove();
				for (const line of lines as Array<{ kind: string }>)
					if (!['delivering', 'sent'].includes(line.kind)) await record.append(line);
			}
			folder.write('small', 'changed', 100);
			const { warnings } = await runWell();
			expect(warnings).toEqual([
				`Package ${id} of an earlier run was delivered, although that run could not note it. Because "/media/in/small" has changed, its files are sent again in a new package.`,
			]);
		});

		it.each([undefined, '/media/in/large'])(
			'between the package and the ledger, and MASV does not say whether the package that is gone was delivered: nothing is sent before the ledger is reset: %s',
			async (path) => {
				folder.write('old', 'old');
				const { ledger } = await runWell();
				folder.write('large', large);
				const is = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
				expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
				const id = masv.sandbox.packages().at(-1)?.id ?? '';
				await masv.sandbox.expirePackage(id);
				masv.sandbox.inject({ step: 'listActivities', kind: 'status', status: 404, times: Infinity });
				for (let time = 1; time <= 2; time++) {
					await expect(runWell()).rejects.toMatchObject({ code: 'delivery_uncertain' });
				}
				await start().run(async ({ client, journal: ledgers, leases }) => {
					await forgetSent(client, { ledgers, leases, id: ledger?.id ?? '', workflow: undefined }, { path });
				});
				const { sent, warnings } = await runWell();
				expect(sent.map(({ files }) => files.map(({ name }) => name))).toEqual([
					path === undefined ? ['large', 'old'] : ['large'],
				]);
				expect(warnings).toEqual([
					`A delivery of an earlier run is not continued, because the ledger was reset. Its files are sent in a new package. Whether its package ${id} was delivered is not known.`,
				]);
				expect((await runWell()).sent).toEqual([]);
			},
		);

		it('before it could note its package, and a file changes: it is said that nothing is known of it', async () => {
			await begin();
			await dieAtLine('sending', 'after');
			folder.write('small', 'changed', 100);
			const { warnings } = await runWell();
			expect(warnings).toEqual([expect.stringMatching(/has changed\. .* Whether it was delivered is not known\.$/)]);
		});

		it('while a package is open that goes to others now: its files are sent in a new package', async () => {
			await begin();
			const is = nth(1, 'PUT', /./);
			expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
			const request = { name: 'Nightly', description: '', recipients: ['b@client.example'] };
			const { sent, warnings } = await runWell({ target: { kind: 'team', request } });
			expect(sent).toMatchObject([{ recovered: false }]);
			expect(warnings).toEqual([expect.stringMatching(/its recipients or settings have changed/)]);
			expect(await contents()).toEqual(expected(all));
		});

		it('between the package and the ledger, and MASV refuses what it is asked then: the package is not given up', async () => {
			await begin();
			const is = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
			expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
			const fault = { kind: 'status', status: 400, times: 1_000 } as const;
			const faults = (['getPackage', 'listFiles', 'createLink'] as const).map((step) =>
				masv.sandbox.inject({ step, ...fault }),
			);
			await expect(runWell()).rejects.toMatchObject({ code: 'request_rejected' });
			for (const each of faults) each.remove();
			expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
			expect([await contents(), delivered().length]).toEqual([expected(all), 2]);
		});

		const kindsIn = (lines: readonly unknown[]) => lines.map((line) => (line as { kind?: string }).kind);
		/** What the ledger says. */
		const ledgerRecord = async () => {
			const records = (await processes.journal.join().readAll('')) ?? new Map<string, unknown[]>();
			const [id = ''] = [...records].find(([, lines]) => kindsIn(lines).includes('planned')) ?? [];
			return await processes.journal.join().open(id);
		};

		it('while a package is open, and its files cannot be read for a while: it is not given up', async () => {
			await begin();
			const is = nth(1, 'PUT', /./);
			expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
			const open = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
			const toSource: typeof folder.toSource = (file) => ({ ...folder.toSource(file), open });
			await expect(runWell({ toSource })).rejects.toMatchObject({ code: 'file_not_readable' });
			expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
			expect([await contents(), requests('createPackage')]).toEqual([expected(all), 2]);
			// Planned once, because nothing about its files has changed.
			expect(kindsIn((await ledgerRecord()).lines).filter((kind) => kind === 'sending')).toHaveLength(2);
		});

		const dieWhileOpen = async (): Promise<void> => {
			await begin();
			const is = nth(1, 'PUT', /./);
			expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
		};

		it('while a package is open, and again when it is planned with files of another identity: it is reported once', async () => {
			await dieWhileOpen();
			folder.replace('small', 'small');
			await dieAtLine('sending', 'after');
			const { sent } = await runWell();
			expect(sent.map(({ recovered }) => recovered)).toEqual([true]);
			expect([await contents(), requests('createPackage')]).toEqual([expected(all), 2]);
			expect((await runWell()).sent).toEqual([]);
		});

		it('while a package is open, and its disk is mounted later than the next run begins: it is not given up', async () => {
			await dieWhileOpen();
			folder.mount(false);
			await expect(runWell()).rejects.toMatchObject({
				code: 'file_not_readable',
				message: '"/media/in/large" cannot be read: its disk is not mounted',
			});
			folder.mount(true);
			expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
			expect([await contents(), requests('createPackage')]).toEqual([expected(all), 2]);
		});

		it('while a package is open, and one of its files is removed: the disks of the others count as mounted', async () => {
			await dieWhileOpen();
			folder.remove('large');
			const mounted: string[][] = [];
			const isUnmounted: SendNewRequest['isUnmounted'] = async (_, devices) => {
				mounted.push([...devices]);
				return await Promise.resolve(false);
			};
			await runWell({ isUnmounted });
			expect(mounted).toEqual([[(await folder.list())[0]?.device]]);
		});

		it('while a package is open, and its disk does not respond: it is not given up', async () => {
			await dieWhileOpen();
			folder.mount(false);
			const isUnmounted = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
			await expect(runWell({ isUnmounted })).rejects.toMatchObject({ code: 'file_not_readable' });
			folder.mount(true);
			expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
		});

		it('while a package is open, and the next run lists other files: it is left for one that lists its files', async () => {
			await dieWhileOpen();
			const list = async () => (await folder.list()).filter(({ name }) => name === 'old');
			expect(await runWell({ list })).toMatchObject({
				sent: [],
				warnings: [expect.stringContaining('It is continued by the next run that lists its files')],
			});
			expect((await runWell()).sent).toMatchObject([{ recovered: true }]);
			expect([await contents(), requests('createPackage')]).toEqual([expected(all), 2]);
		});

		it('while a package is open, and its disk is gone: it is given up once the ledger is reset', async () => {
			await dieWhileOpen();
			folder.mount(false);
			await expect(runWell()).rejects.toMatchObject({ code: 'file_not_readable' });
			const [id = ''] =
				[...((await processes.journal.join().readAll('')) ?? [])].find(([, lines]) =>
					kindsIn(lines).includes('planned'),
				) ?? [];
			await start().run(async ({ client, journal: ledgers, leases }) => {
				await forgetSent(client, { ledgers, leases, id, workflow: undefined }, { path: '/media/in/large' });
			});
			expect(await runWell()).toMatchObject({ sent: [], warnings: [expect.stringContaining('is no longer there')] });
		});

		it('between the package and the ledger, which has lost some of its files: those it knows are not taken for all', async () => {
			const names = Array.from({ length: 25 }, (_, index) => `file ${index}`);
			for (const name of names) folder.write(name, name);
			await dieAtLine('sent', 'before');
			const record = await ledgerRecord();
			const second = kindsIn(record.lines).lastIndexOf('planned');
			await record.remove();
			for (const [index, line] of record.lines.entries()) if (index !== second) await record.append(line as object);
			const { sent, warnings } = await runWell();
			expect(sent.map(({ files }) => files.length)).toEqual([25]);
			expect(warnings.at(-1)).toContain('Because the ledger does not contain all its files');
			expect(await runWell()).toMatchObject({ sent: [], ledger: { state: 'found', files: 25 } });
		});

		it('while a package is open, and another file of the same size and time takes a place: that one is delivered', async () => {
			await begin();
			const is = nth(2, 'PUT', /./);
			expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
			folder.replace('small', 'SMALL');
			folder.replace('large', patternBytes(large.length, 4));
			await runWell();
			expect(await contents()).toEqual(
				expected([
					['old', 'old'],
					['large', patternBytes(large.length, 4)],
					['small', 'SMALL'],
				]),
			);
			expect(await runWell()).toMatchObject({ sent: [], warnings: [] });
			// The one that was sent is known.
			folder.rename(['small', 'renamed']);
			expect(await runWell()).toMatchObject({ sent: [], moved: 1 });
		});

		it.each(['as it was', 'in the place of another one'])(
			'while a package is open that has a file at two places, because paths overlap: the next run delivers both: %s',
			async (what) => {
				const list = async () =>
					(await folder.list()).flatMap((file) => [file, { ...file, path: file.path.replace('in', 'again') }]);
				folder.write('a', 'A');
				const is = nth(1, 'PUT', /./);
				expect(
					await run(
						start((request) => (is(request) ? 'dies after' : 'lives')),
						{ list },
					),
				).toBe('dead');
				if (what !== 'as it was') folder.replace('a', 'A');
				expect((await runWell({ list })).sent).toMatchObject([
					{ recovered: true, files: [{ path: 'in' }, { path: 'again' }] },
				]);
				expect((await runWell({ list })).sent).toEqual([]);
			},
		);

		it('while a package is open, in which its files are to be at other places now: they are sent in a new one', async () => {
			const twice = async () => (await folder.list()).flatMap((file) => [file, { ...file, path: 'again' }]);
			folder.write('a', 'A');
			const is = nth(1, 'PUT', /./);
			expect(
				await run(
					start((request) => (is(request) ? 'dies after' : 'lives')),
					{ list: twice },
				),
			).toBe('dead');
			const { sent, warnings } = await runWell();
			expect(sent).toMatchObject([{ recovered: false, files: [{ path: 'in' }] }]);
			expect(warnings).toEqual([expect.stringContaining('"/media/in/a" is to be at another place in the package')]);
		});

		it('while a package is open: files that change while it is being finished are left for the next run', async () => {
			await begin();
			const is = nth(1, 'PUT', /./);
			expect(await run(start((request) => (is(request) ? 'dies after' : 'lives')))).toBe('dead');
			folder.write('growing', 'begun', 5);
			const process = start((request) => {
				// As if it took an hour.
				if (request.url.endsWith('/finalize')) void clock.sleep(3_600_000);
				return 'lives';
			});
			const next = (await run(process)) as SendNewResult;
			expect([next.sent.length, locations(next)]).toEqual([1, ['/media/in/growing']]);
		});

		it('while MASV may have finalized a file at the place of one that was moved: that one is recognized first', async () => {
			folder.write('a', 'first');
			await runWell();
			folder.rename(['a', 'b']);
			folder.write('a', 'second', 120);
			// It comes back only later.
			const list = async () => (await folder.list()).filter(({ name }) => name !== 'b');
			const is = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
			expect(
				await run(
					start((request) => (is(request) ? 'dies after' : 'lives')),
					{ list },
				),
			).toBe('dead');
			expect(await runWell()).toMatchObject({ sent: [{ recovered: true, files: [{ name: 'a' }] }], moved: 1 });
			expect(await runWell()).toMatchObject({ sent: [], moved: 0, ledger: { files: 2 } });
		});

		it('while MASV may have finalized the package, and a file changes: both versions are delivered', async () => {
			await begin();
			const is = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
			expect(await run(start((request) => (is(request) ? 'dies before' : 'lives')))).toBe('dead');
			folder.write('small', 'changed', 100);
			await runWell();
			expect(await contents()).toEqual(expected([...all, ['small', 'changed']]));
		});

		it('after its last line: the same execution reports the package again, another one does not', async () => {
			await begin();
			const process = start();
			expect(await run(process, { run: 'execution 2' }, diesAtLine('sent', 'after', process))).toBe('dead');
			masv.sandbox.requests.length = 0;
			const { sent } = await runWell({ run: 'execution 2' });
			expect(sent).toMatchObject([{ recovered: true, package: { id: delivered().at(-1)?.id }, link: {} }]);
			for (const step of ['createPackage', 'addFile', 'partPut', 'createLink']) expect(requests(step)).toBe(0);
			expect((await runWell({ run: 'execution 3' })).sent).toEqual([]);
		});

		it('after its last line, and the record of its delivery is lost: the same execution sends nothing again', async () => {
			folder.write('a', 'A');
			const process = start();
			expect(await run(process, { run: 'execution 1' }, diesAtLine('sent', 'after', process))).toBe('dead');
			const journal = start().journal;
			for (const [key, lines] of (await journal.readAll('')) ?? []) {
				if (!JSON.stringify(lines).includes('"begun"')) await (await journal.open(key)).remove();
			}
			expect((await runWell({ run: 'execution 1' })).sent).toEqual([]);
			expect(delivered()).toHaveLength(1);
		});

		it('before it has entered what it has sent, of which MASV does not list a file any more: the next run deletes nothing', async () => {
			const after = { kind: 'delete', clear: folder.clear } as const;
			folder.write('a', 'A');
			const process = start();
			expect(await run(process, { after }, diesAtLine('sent', 'before', process))).toBe('dead');
			masv.sandbox.inject({ step: 'listFiles', kind: 'wrongJson', body: '[]', times: Infinity });
			const { sent, warnings } = await runWell({ after });
			expect([sent[0]?.recovered, sent[0]?.reconciled, folder.names()]).toEqual([true, false, ['a']]);
			expect(warnings).toEqual([expect.stringMatching(/did not confirm .* not deleted/)]);
		});

		it('before it has deleted what it has sent: the next run deletes it', async () => {
			const after = { kind: 'delete', clear: folder.clear } as const;
			folder.write('a', 'A');
			folder.write('b', 'B');
			const process = start();
			expect(await run(process, { after }, diesAtLine('sent', 'after', process))).toBe('dead');
			expect(folder.names()).toEqual(['a', 'b']);
			folder.write('b', 'B2', 100);
			await runWell({ after });
			expect(folder.names()).toEqual([]);
			expect(await contents()).toEqual(
				expected([
					['a', 'A'],
					['b', 'B'],
					['b', 'B2'],
				]),
			);
		});
	});

	describe('whose files are to be deleted', () => {
		it('deletes what was sent, and nothing that has changed since', async () => {
			folder.write('a', 'A');
			folder.write('b', 'B');
			const clear: typeof folder.clear = async (file) => {
				if (file.name === 'b') folder.write('b', 'B2');
				return await folder.clear(file);
			};
			const { sent } = await runWell({ after: { kind: 'delete', clear } });
			expect(sent[0]?.left_in_place).toEqual([{ path: '/media/in/b', reason: 'it has changed' }]);
			expect(folder.names()).toEqual(['b']);
			await runWell();
			expect(await contents()).toEqual(
				expected([
					['a', 'A'],
					['b', 'B'],
					['b', 'B2'],
				]),
			);
		});

		it('forgets after 90 days what it has deleted, unless it is there again or its disk is not mounted', async () => {
			const after = { kind: 'delete', clear: folder.clear } as const;
			for (const name of ['gone', 'restored']) folder.write(name, name);
			const writtenAt = clock.now() - 3_600_000;
			expect(await runWell({ after })).toMatchObject({ ledger: { files: 2 } });
			await clock.sleep(91 * 24 * 3_600_000);
			folder.mount(false);
			expect(await runWell({ after })).toMatchObject({ ledger: { files: 2 } });
			folder.mount(true);
			folder.write('restored', 'restored', (clock.now() - writtenAt) / 1000);
			expect(await runWell({ after })).toMatchObject({ sent: [], ledger: { files: 1 } });
			expect(await runWell({ after })).toMatchObject({ sent: [], ledger: { files: 1 } });
		});

		it('stops to delete when it is stopped, and the next run goes on', async () => {
			for (const name of ['a', 'b', 'c']) folder.write(name, name);
			const stop = new AbortController();
			const clear: typeof folder.clear = async (file) => {
				stop.abort();
				return await folder.clear(file);
			};
			const process = processes.start(() => 'lives', { clock, signal: stop.signal });
			const done = await run(process, { after: { kind: 'delete', clear } });
			expect(done).toMatchObject({ sent: [{}], failure: { code: 'cancelled' } });
			expect(folder.names()).toEqual(['b', 'c']);
			const again = new AbortController();
			const finishing = processes.start(() => 'lives', { clock, signal: again.signal });
			const clearAndStop: typeof folder.clear = async (file) => {
				if (file.name === 'b') again.abort();
				return await folder.clear(file);
			};
			await expect(run(finishing, { after: { kind: 'delete', clear: clearAndStop } })).rejects.toMatchObject({
				code: 'cancelled',
			});
			expect(folder.names()).toEqual(['c']);
			await runWell({ after: { kind: 'delete', clear: folder.clear } });
			expect([folder.names(), delivered().length]).toEqual([[], 1]);
		});

		it('deletes nothing if the package is not finalized', async () => {
			folder.write('a', 'A');
			const after = { kind: 'delete', clear: folder.clear } as const;
			masv.sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 403, times: Infinity });
			await expect(runWell({ after })).rejects.toThrow();
			expect(folder.names()).toEqual(['a']);
		});

		it('deletes nothing if MASV does not list the files of the package', async () => {
			folder.write('a', 'A');
			masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 404, times: Infinity });
			const { sent, warnings } = await runWell({ after: { kind: 'delete', clear: folder.clear } });
			expect([sent.length, sent[0]?.reconciled, folder.names()]).toEqual([1, false, ['a']]);
			expect(warnings).toEqual([expect.stringMatching(/did not confirm .* not deleted/)]);
		});

		it('tries again what could not be deleted, and leaves what was sent before the setting', async () => {
			folder.write('kept', 'K');
			await runWell();
			folder.write('a', 'A');
			const refuse = () => Promise.resolve({ reason: 'access denied', isFinal: false });
			await runWell({ after: { kind: 'delete', clear: refuse } });
			expect(folder.names()).toEqual(['a', 'kept']);
			await runWell({ after: { kind: 'delete', clear: folder.clear } });
			expect(folder.names()).toEqual(['kept']);
		});

		it('sends again what could not be deleted and was reset since, and deletes it only then', async () => {
			folder.write('a', 'A');
			const refuse = () => Promise.resolve({ reason: 'access denied', isFinal: false });
			const { ledger } = await runWell({ after: { kind: 'delete', clear: refuse } });
			await start().run(async ({ client, journal: ledgers, leases }) => {
				await forgetSent(client, { ledgers, leases, id: ledger?.id ?? '', workflow: undefined }, {});
			});
			expect((await runWell({ after: { kind: 'delete', clear: folder.clear } })).sent).toHaveLength(1);
			expect(folder.names()).toEqual([]);
		});

		it('leaves what could not be deleted if files are to be moved now', async () => {
			folder.write('a', 'A');
			const refuse = () => Promise.resolve({ reason: 'access denied', isFinal: false });
			await runWell({ after: { kind: 'delete', clear: refuse } });
			await runWell({ after: { kind: 'move', clear: folder.clear } });
			expect(folder.names()).toEqual(['a']);
			await runWell({ after: { kind: 'delete', clear: folder.clear } });
			expect(folder.names()).toEqual([]);
		});
	});

	describe('whose ledger', () => {
		const linesOf = async (id: string) => await processes.journal.join().open(id);
		const begin = async (): Promise<{ id: string; lines: number }> => {
			folder.write('a', 'A');
			await runWell();
			folder.write('b', 'B');
			return (await runWell()).ledger as { id: string; lines: number };
		};

		it('has lost a line that says nothing of what was sent does not count as incomplete', async () => {
			await runWell({ firstRun: 'mark' });
			folder.write('a', 'A');
			const { journal } = start();
			/** Lines, and how many of them a power failure leaves. */
			let [written, safe] = [0, 0];
			const open: Journal['open'] = async (key) => {
				const opened = await journal.open(key);
				written = opened.lines.length;
				const append: JournalRecord['append'] = async (line, options) => {
					await opened.append(line, options);
					written++;
					if (options?.durable === true) safe = written;
				};
				return { ...opened, append };
			};
			const after = { kind: 'delete', clear: folder.clear } as const;
			const { ledger } = await runWell({ firstRun: 'mark', after, ledgers: { ...journal, open } });
			expect(written).toBeGreaterThan(safe);
			const record = await linesOf(ledger?.id ?? '');
			await record.remove();
			for (const line of record.lines.slice(0, safe)) await record.append(line as object);
			folder.write('b', 'B');
			const next = await runWell({ firstRun: 'mark', knownLines: () => ledger?.lines ?? 0 });
			expect(next).toMatchObject({ marked: 0, ledger: { state: 'found' } });
			expect(next.sent.flatMap(({ files }) => files.map(({ name }) => name))).toEqual(['b']);
		});

		it('shows the name that the node has now', async () => {
			folder.write('a', 'A');
			const { ledger } = await runWell({ owner: { scope: 'workflow/node', workflow: 'w', node: 'Before' } });
			await runWell({ owner: { scope: 'workflow/node', workflow: 'w', node: 'Now' } });
			const begun = (await linesOf(ledger?.id ?? '')).lines.filter(
				(line) => (line as { kind?: string }).kind === 'begun',
			);
			expect(begun.at(-1)).toMatchObject({ node: 'Now' });
		});

		it.each(['send', 'mark'] as const)('is deleted, says so and does what the first run does: %s', async (firstRun) => {
			const { id, lines } = await begin();
			await (await linesOf(id)).remove();
			const next = await runWell({ firstRun, knownLines: () => lines });
			expect(next).toMatchObject({
				ledger: { state: 'lost', files: 2 },
				warnings: [expect.stringMatching(/^The ledger of what was sent is gone/)],
				sent: firstRun === 'send' ? [{}] : [],
			});
			const now = next.ledger?.lines ?? 0;
			expect(await runWell({ knownLines: () => now })).toMatchObject({ sent: [], ledger: { state: 'found' } });
		});

		it('is truncated, says so and sends what is missing', async () => {
			const { id, lines } = await begin();
			const record = await linesOf(id);
			const all = record.lines as object[];
			await record.remove();
			for (const line of all.slice(0, -1)) await record.append(line);
			const next = await runWell({ knownLines: () => lines });
			expect(next).toMatchObject({
				ledger: { state: 'incomplete', files: 2 },
				warnings: [expect.stringMatching(/^The ledger of what was sent is incomplete/)],
			});
			// The package of the missing line is found by its journal.
			expect(await contents()).toEqual(
				expected([
					['a', 'A'],
					['b', 'B'],
				]),
			);
		});

		it('cannot be written, and a run dies: the next one goes on with its package', async () => {
			folder.write('a', 'A');
			const is = nth(1, 'PUT', /./);
			const dying = start((request) => (is(request) ? 'dies after' : 'lives'));
			expect(await run(dying, { ledgers: undefined })).toBe('dead');
			expect((await runWell({ ledgers: undefined })).sent).toHaveLength(1);
			expect(requests('createPackage')).toBe(1);
		});

		it('cannot be written, says so and sends, in each run again', async () => {
			folder.write('a', 'A');
			for (const count of [1, 2]) {
				const result = await runWell({ ledgers: undefined });
				// A later run must not miss lines that were never written.
				expect(result).toMatchObject({ sent: [{}], ledger: { state: 'unavailable', lines: 0 } });
				expect(result.warnings).toEqual([expect.stringMatching(/^The ledger cannot be written/)]);
				expect(delivered()).toHaveLength(count);
			}
		});

		it('can be read but not written: sends what it does not contain, in each run again, and nothing else', async () => {
			folder.write('a', 'A');
			await runWell({ firstRun: 'mark' });
			folder.write('b', 'B');
			for (const count of [1, 2]) {
				const { sent, marked, warnings } = await runWell({ firstRun: 'mark', ledgers: readOnly(start().journal) });
				expect([sent.map(({ files }) => files.map(({ name }) => name)), marked]).toEqual([[['b']], 0]);
				expect(warnings).toEqual(['The ledger cannot be written. The next run sends the same files again.']);
				expect(delivered()).toHaveLength(count);
			}
		});
	});

	describe('that overlaps with another run', () => {
		it('leaves the files to it, waits for it, or fails', async () => {
			folder.write('a', 'A');
			let release = (): void => {};
			let isHeld = (): void => {};
			const held = new Promise<void>((resolve) => (isHeld = resolve));
			const holding = start();
			const list = async () => {
				isHeld();
				await new Promise<void>((resolve) => (release = resolve));
				return await folder.list();
			};
			const first = run(holding, { list });
			await held;
			expect(await runWell()).toMatchObject({ sent: [], ledger: undefined });
			await expect(runWell({ ifRunning: 'fail' })).rejects.toMatchObject({ code: 'delivery_running' });
			release();
			const waited = await runWell({ ifRunning: 'wait' });
			await first;
			expect(waited.sent).toEqual([]);
			expect(await contents()).toEqual(expected([['a', 'A']]));
		});

		it('freezes while it writes its line "sending", and wakes up when another run has done its work: it creates no package', async () => {
			folder.write('a', 'A');
			const frozen = start();
			const { journal } = frozen;
			const freezing: Journal = {
				...journal,
				open: async (key) => {
					const record = await journal.open(key);
					return {
						...record,
						append: async (line, options) => {
							if ((line as { kind?: string }).kind === 'sending') await frozen.freeze();
							await record.append(line, options);
						},
					};
				},
			};
			const ended = followWork(frozen);
			expect(await run(frozen, {}, freezing)).toBe('dead');
			await runWell();
			// Longer than any answer about a lease is believed.
			await clock.sleep(60_000);
			frozen.wake();
			await expect(ended()).rejects.toMatchObject({ code: 'delivery_taken_over' });
			expect(requests('createPackage')).toBe(1);
			// Its line is in the ledger now, and what it is about was sent.
			expect((await runWell()).warnings).toEqual([
				expect.stringContaining('"/media/in/a" was sent by another execution'),
			]);
			expect(await contents()).toEqual(expected([['a', 'A']]));
		});

		it('is taken over while it deletes what it has sent: it deletes nothing more', async () => {
			for (const name of ['a', 'b']) folder.write(name, name);
			let isLost = false;
			const lease = { fence: 1, isHeld: () => Promise.resolve(!isLost), release: () => Promise.resolve() };
			const clear: typeof folder.clear = async (file) => {
				isLost = true;
				await clock.sleep(60_000);
				return await folder.clear(file);
			};
			const leases = { take: () => Promise.resolve(lease) };
			const done = await runWell({ leases, after: { kind: 'delete', clear } });
			expect(done).toMatchObject({ sent: [{}], failure: { code: 'delivery_taken_over' } });
			expect(folder.names()).toEqual(['b']);
		});

		it.each<[string, string, RegExp]>([
			['creating the package', 'POST', /\/packages$/],
			['storing a part', 'PUT', /./],
			['finalizing the package', 'POST', /\/packages\/[^/]+\/finalize$/],
			['creating the link', 'POST', /\/links$/],
		])('freezes after %s, and wakes up when another run has done its work: nothing twice', async (_, method, path) => {
			folder.write('a', patternBytes(11 * mebibyte, 4));
			const is = nth(1, method, path);
			const frozen = start((request) => (is(request) ? 'freezes after' : 'lives'));
			const ended = followWork(frozen);
			expect(await run(frozen)).toBe('dead');
			folder.write('b', 'B');
			await runWell();
			// Longer than any answer about a lease is believed.
			await clock.sleep(60_000);
			frozen.wake();
			await expect(ended()).rejects.toMatchObject({ code: 'delivery_taken_over' });
			expect((await runWell()).sent).toEqual([]);
			expect(await contents()).toEqual(
				expected([
					['a', patternBytes(11 * mebibyte, 4)],
					['b', 'B'],
				]),
			);
		});
	});
});

function readOnly(journal: Journal): Journal {
	return {
		...journal,
		open: async (key) => {
			const record = await journal.open(key);
			let hasFailed = false;
			const append = (): Promise<void> => {
				hasFailed = true;
				return Promise.resolve();
			};
			return { ...record, append, hasFailed: () => hasFailed };
		},
	};
}
