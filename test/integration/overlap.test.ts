import type { MasvError } from '../../masv/errors';
import { finalizePackage } from '../../masv/packages/finalize';
import { noRetry, outageOf } from '../../masv/retry';
import { bufferSource } from '../../masv/transfer/bufferSource';
import type { FileSource, FileStamp, RangeSource } from '../../masv/transfer/source';
import type { Transport, TransportRequest } from '../../masv/transport';
import type { AddedFile } from '../../masv/upload/addFiles';
import { addFiles } from '../../masv/upload/addFiles';
import { deliveryKey } from '../../masv/upload/delivery';
import type { UploadOptions } from '../../masv/upload/uploadOptions';
import { instantClock } from '../support/instantClock';
import type { Fate, Process } from '../support/mortal';
import { createProcesses, nth } from '../support/mortal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const names = ['a', 'b', 'c', 'd'];

/** Files of these names. Another execution has the same content elsewhere if it is binary data. */
function filesOf(wanted: string, folder = '/media'): FileSource[] {
	return [...wanted].map((name) => {
		const content = patternBytes(100 + names.indexOf(name), 7 + names.indexOf(name));
		const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: name };
		const source = bufferSource(content, { name, path: '', modifiedAt });
		const open = async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) });
		return { ...source, location: `${folder}/${name}`, stamp, open };
	});
}

/** A file that cannot be read before `goOn`. */
function gated(name: string): { source: FileSource; hasBegun: Promise<void>; goOn: () => void } {
	const [source] = filesOf(name) as [RangeSource];
	const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>();
	const { promise: gate, resolve: goOn } = Promise.withResolvers<void>();
	const open: typeof source.open = async () => {
		begin();
		await gate;
		return await source.open();
	};
	return { source: { ...source, open }, hasBegun, goOn };
}

type Results = Array<PromiseSettledResult<AddedFile>>;

describe.each([
	['shows which files are complete', true],
	['does not show which files are complete', false],
])('two runs that upload different lists to one package, whose list %s', (_, showsCompleted) => {
	let masv: TestMasv;
	let processes: ReturnType<typeof createProcesses>;
	let packageId: string;
	beforeEach(async () => {
		masv = await startTestMasv();
		processes = createProcesses(masv, showsCompleted ? completing : undefined);
		packageId = masv.sandbox.seedPackage({ state: 'new' }).id;
	});
	afterEach(async () => {
		await processes.close();
		await masv.close();
	});

	/** The list of files as a server answers that shows `completed`. */
	const completing =
		(transport: Transport): Transport =>
		async (request) => {
			const response = await transport(request);
			if (request.method !== 'GET' || !request.url.endsWith('/files') || response.status !== 200) return response;
			const files = JSON.parse(response.text) as Array<{ id: string }>;
			const finished = masv.sandbox.files(packageId).filter(({ finalized }) => finalized);
			const ids = new Set(finished.map(({ id }) => id));
			return { ...response, text: JSON.stringify(files.map((file) => ({ ...file, completed: ids.has(file.id) }))) };
		};

	const add = async (process: Process, wanted: string | FileSource[], more: Partial<UploadOptions> = {}) =>
		await process.run(async ({ client, journal, leases }) =>
			addFiles(client, packageId, typeof wanted === 'string' ? filesOf(wanted) : wanted, {
				stopAtFirst: false,
				policy: outageOf(1_000),
				journal,
				leases,
				scope: 'workflow/upload',
				...more,
			}),
		);
	const keyOf = async ({ client }: Process, wanted: string): Promise<string> =>
		(await deliveryKey(client, 'workflow/upload', ['files', packageId], filesOf(wanted))) as string;
	const outcomes = (results: Results | 'dead'): string[] =>
		results === 'dead'
			? []
			: results.map((result) =>
					result.status === 'rejected'
						? `${(result.reason as MasvError).code} ${String((result.reason as MasvError).facts.file)}`
						: `${result.value.name} ${result.value.already_there ? 'was there' : 'added'}`,
				);
	/** Each file is there once, and the package can be finalized. */
	const expectEachOnce = async (wanted: string): Promise<void> => {
		const files = masv.sandbox.files(packageId).filter(({ kind }) => kind === 'file');
		expect(files.map(({ name }) => name).sort()).toEqual([...wanted]);
		await finalizePackage(processes.start().client, packageId, { policy: noRetry });
	};
	const dies = (fate: Fate, is: (request: TransportRequest) => boolean) => (each: TransportRequest) =>
		is(each) ? fate : 'lives';

	it('at the same moment add each file once; one of them fails for the files that the other one is uploading', async () => {
		const both = await Promise.all([add(processes.start(), 'abc'), add(processes.start(), 'bcd')]);
		const all = both.flatMap(outcomes);
		expect(all).toContain('a added');
		expect(all).toContain('d added');
		for (const name of 'bc') {
			expect(all.filter((outcome) => outcome === `${name} added`)).toHaveLength(1);
			expect(
				all.filter((outcome) => /^delivery_running|was there$/.test(outcome) && outcome.includes(name)),
			).not.toEqual([]);
		}
		await expectEachOnce('abcd');
	});

	it('on two machines never write to the same record, and note nothing while they cannot read what the other one has claimed', async () => {
		await Promise.all([add(processes.start(), 'ab'), add(processes.start(), 'bc')]);
		const journal = processes.journal.join();
		const noted = async (): Promise<string[][]> =>
			[...((await journal.readAll('')) ?? new Map<string, unknown[]>()).values()].map((lines) =>
				lines.flatMap((line) => (line as { by?: string }).by ?? []),
			);
		const before = await noted();
		expect(before.map((writers) => new Set(writers).size)).toEqual([1, 1]);
		await add(processes.start(), 'd', { journal: { ...journal, readAll: () => Promise.resolve(undefined) } });
		expect(await noted()).toEqual(before);
	});

	it('do not report a file that was rewritten with the same size and time, while they can read their own notes only', async () => {
		const [before] = filesOf('a') as [RangeSource];
		const stamp = { ...(before.stamp as FileStamp), changed: '7' };
		const rewritten: RangeSource = { ...before, stamp };
		const journal = { ...processes.journal.join(), readAll: () => Promise.resolve(undefined) };
		expect(outcomes(await add(processes.start(), [before]))).toEqual(['a added']);
		const codeIfUnclear = showsCompleted ? 'a was there' : 'package_file_unknown a';
		expect(outcomes(await add(processes.start(), [before], { journal }))).toEqual([codeIfUnclear]);
		expect(outcomes(await add(processes.start(), [rewritten], { journal }))).toEqual(['package_file_unknown a']);
	});

	it('at the same moment wait for each other on request, and both report all their files', async () => {
		const ifRunning = 'wait';
		const both = await Promise.all([
			add(processes.start(), 'abc', { ifRunning }),
			add(processes.start(), 'bcd', { ifRunning }),
		]);
		const all = both.flatMap(outcomes).sort();
		expect(all).toEqual(['a added', 'b added', 'b was there', 'c added', 'c was there', 'd added']);
		await expectEachOnce('abcd');
	});

	it('and have different binary data of the same content add each file once', async () => {
		const ifRunning = 'wait';
		await Promise.all([
			add(processes.start(), filesOf('abc', 'execution 1'), { ifRunning }),
			add(processes.start(), filesOf('bcd', 'execution 2'), { ifRunning }),
		]);
		await expectEachOnce('abcd');
	});

	describe('leave alone what the other one has reported', () => {
		const oneFile = (content: Buffer, location: string): FileSource[] => {
			const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: location };
			const source = bufferSource(content, { name: 'a', path: '', modifiedAt });
			const open = async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) });
			return [{ ...source, location, stamp, open }];
		};
		const begun = oneFile(patternBytes(1_000, 1), '/media/a');
		const scope = 'another workflow/upload';

		it.each([
			['of another size', patternBytes(2_000, 1), '/media/a'],
			['of another size in another folder', patternBytes(2_000, 1), '/elsewhere/a'],
			['of the same size and time in another folder', patternBytes(1_000, 2), '/elsewhere/a'],
		])('when they have a file %s', async (_, content, location) => {
			expect(outcomes(await add(processes.start(), begun))).toEqual(['a added']);
			const [before] = masv.sandbox.files(packageId);
			const others = await add(processes.start(), oneFile(content, location), { scope });
			expect(outcomes(others)).toEqual(['package_file_different a']);
			expect(masv.sandbox.files(packageId)).toEqual([before]);
			expect(outcomes(await add(processes.start(), begun))).toEqual(['a was there']);
		});

		it('without having uploaded it, when their own file has changed since', async () => {
			expect(outcomes(await add(processes.start(), begun))).toEqual(['a added']);
			expect(outcomes(await add(processes.start(), begun, { scope }))).toEqual(['a was there']);
			const changed = oneFile(patternBytes(2_000, 1), '/media/a');
			expect(outcomes(await add(processes.start(), changed))).toEqual(['package_file_different a']);
			const fault = masv.sandbox.inject({ step: 'listFiles', kind: 'status', status: 404, times: Infinity });
			expect(outcomes(await add(processes.start(), changed))).toEqual(['package_file_different a']);
			fault.remove();
			expect(outcomes(await add(processes.start(), begun, { scope }))).toEqual(['a was there']);
		});

		it('and find that it is the same file in another folder', async () => {
			expect(outcomes(await add(processes.start(), begun))).toEqual(['a added']);
			const same = oneFile(patternBytes(1_000, 1), '/elsewhere/a');
			expect(outcomes(await add(processes.start(), same, { scope }))).toEqual(['a added']);
			// Having compared it does not make it theirs.
			const changed = oneFile(patternBytes(1_000, 3), '/elsewhere/a');
			expect(outcomes(await add(processes.start(), changed, { scope }))).toEqual(['package_file_different a']);
			await expectEachOnce('a');
		});
	});

	it.each<[string, string, RegExp, number]>([
		['before it adds its first file', 'POST', /\/packages\/[^/]+\/files$/, 1],
		['between two files', 'POST', /\/packages\/[^/]+\/files$/, 2],
		['while it stores a file', 'PUT', /./, 2],
		['after it has finalized a file', 'POST', /\/files\/[^/]+\/finalize$/, 2],
	])(
		'and one of them is killed %s: the other one finishes, and so does the next run of the first one',
		async (_, method, path, count) => {
			const fate = count === 1 ? 'dies before' : 'dies after';
			const mortal = processes.start(dies(fate, nth(count, method, path)));
			const [dead, other] = await Promise.all([
				add(mortal, 'abc', { parallelParts: 1 }),
				add(processes.start(), 'bcd', { ifRunning: 'wait' }),
			]);
			expect([dead, outcomes(other).filter((outcome) => !/^. (added|was there)$/.test(outcome))]).toEqual(['dead', []]);
			const again = outcomes(await add(processes.start(), 'abc'));
			expect(again.filter((outcome) => !/^. (added|was there)$/.test(outcome))).toEqual([]);
			await expectEachOnce('abcd');
		},
	);

	it('and one of them is frozen while it decides: it decides again, and adds nothing that the other one has added', async () => {
		const frozen = processes.start(dies('freezes after', nth(1, 'GET', /\/packages\/[^/]+\/files$/)));
		const { client, journal, leases } = frozen;
		const options = { stopAtFirst: false, policy: outageOf(1_000), journal, leases, scope: 'workflow/upload' };
		const work = addFiles(client, packageId, filesOf('abc'), options);
		expect(await frozen.run(async () => await work)).toBe('dead');
		expect(outcomes(await add(processes.start(), 'bcd'))).toEqual(['b added', 'c added', 'd added']);
		frozen.wake();
		expect(outcomes(await work)).toEqual(['a added', 'b was there', 'c was there']);
		await expectEachOnce('abcd');
	});

	it('and have failed for the same file before do not keep each other from uploading it', async () => {
		const fault = masv.sandbox.inject({ step: 'addFile', kind: 'status', status: 503, times: Infinity });
		await add(processes.start(), 'ab');
		await add(processes.start(), 'ac');
		fault.remove();
		// One of them may be refused while the other one goes on with what it left.
		const both = await Promise.allSettled([add(processes.start(), 'ab'), add(processes.start(), 'ac')]);
		const all = both.flatMap((each) => (each.status === 'fulfilled' ? outcomes(each.value) : []));
		expect(all).toContain('a added');
		await Promise.all([add(processes.start(), 'ab'), add(processes.start(), 'ac')]);
		await expectEachOnce('abc');
	});

	it('of the same size and time in different folders: one that has read what the other one noted before it had finished its file reads it again', async () => {
		const fileIn = (content: Buffer, folder: string, gate?: () => Promise<void>): FileSource[] => {
			const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: folder };
			const source = bufferSource(content, { name: 'a', path: '', modifiedAt });
			const open = async () => {
				await gate?.();
				return { ...(await source.open()), look: () => Promise.resolve(stamp) };
			};
			return [{ ...source, location: `${folder}/a`, stamp, open }];
		};
		const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>();
		const { promise: hasRead, resolve: goOn } = Promise.withResolvers<void>();
		const first = add(
			processes.start(),
			fileIn(patternBytes(1_000, 1), '/media', async () => {
				begin();
				await hasRead;
			}),
		);
		await hasBegun;
		const { journal, ...process } = processes.start();
		let reads = 0;
		const readAll: typeof journal.readAll = async (prefix) => {
			const records = await journal.readAll(prefix);
			// Before, it has found that the other one is alive.
			if (++reads === 2) {
				goOn();
				await first;
			}
			return records;
		};
		const other = await add({ ...process, journal }, fileIn(patternBytes(1_000, 2), '/elsewhere'), {
			journal: { ...journal, readAll },
		});
		expect(outcomes(await first)).toEqual(['a added']);
		expect(outcomes(other)).toEqual([showsCompleted ? 'package_file_different a' : 'delivery_running a']);
		await expectEachOnce('a');
	});

	it('do not keep each other from finding that all files are there', async () => {
		expect(outcomes(await add(processes.start(), 'ab'))).toEqual(['a added', 'b added']);
		const { source: slow, hasBegun, goOn } = gated('c');
		const other = add(processes.start(), [...filesOf('b'), slow]);
		await hasBegun;
		expect(outcomes(await add(processes.start(), 'ab'))).toEqual(['a was there', 'b was there']);
		goOn();
		expect(outcomes(await other)).toEqual(['b was there', 'c added']);
	});

	it('do not keep each other from a file that one of them has failed for, while it uploads others', async () => {
		expect(await add(processes.start(dies('dies after', nth(1, 'POST', /\/files$/))), filesOf('a', '/elsewhere'))).toBe(
			'dead',
		);
		const fault = masv.sandbox.inject({ step: 'deleteFile', kind: 'status', status: 403, times: Infinity });
		const { source: slow, hasBegun, goOn } = gated('b');
		const first = add(processes.start(), [...filesOf('a'), slow]);
		await hasBegun;
		fault.remove();
		const other = add(processes.start(), 'a');
		expect(outcomes(await other)).toEqual(['a added']);
		goOn();
		expect(outcomes(await first)).toEqual(['file_not_removed a', 'b added']);
		await expectEachOnce('ab');
	});

	it('watch nobody who has finished', async () => {
		const taken: number[] = [];
		for (const wanted of ['a', 'ab', 'abc', 'abcd']) {
			const process = processes.start();
			const keys: string[] = [];
			const take: typeof process.leases.take = async (key, options) => {
				if (options?.onlyReleased !== true) keys.push(key);
				return await process.leases.take(key, options);
			};
			await add(process, wanted, { leases: { take } });
			taken.push(keys.length);
		}
		expect(taken).toEqual([2, 2, 2, 2]);
	});

	it('one after the other: what the first one has removed after a failure costs the second one no time', async () => {
		masv.sandbox.inject({ step: 'partUrls', kind: 'status', status: 400 });
		await add(processes.start(), 'a');
		expect(masv.sandbox.files(packageId)).toEqual([]);
		masv.sandbox.requests.length = 0;
		const clock = instantClock();
		expect(
			outcomes(
				await add(
					processes.start(() => 'lives', { clock }),
					'a',
				),
			),
		).toEqual(['a added']);
		expect([clock.slept, masv.sandbox.requests.filter(({ step }) => step === 'listFiles').length]).toEqual([[], 1]);
	});

	it('do not wait for each other forever when each of them has claimed what the other one wants', async () => {
		const process = processes.start();
		const record = await process.journal.open(process.client.recordKey(['files', packageId]));
		await record.append({ kind: 'claimed', fence: 1, by: await keyOf(process, 'bc'), place: 'b' });
		await record.append({ kind: 'claimed', fence: 1, by: await keyOf(process, 'cb'), place: 'c' });
		const ifRunning = 'wait';
		const both = await Promise.all([
			add(processes.start(), 'bc', { ifRunning }),
			add(processes.start(), 'cb', { ifRunning }),
		]);
		expect(both.flatMap(outcomes).sort()).toEqual(['b added', 'b was there', 'c added', 'c was there']);
		await expectEachOnce('bc');
	});

	it('do not stand in the way of each other once the claims of a dead run are all that is left', async () => {
		const begins = nth(1, 'GET', /\/v1\/system\/packages\/spec$/);
		expect(await add(processes.start(dies('dies before', begins)), 'abc')).toBe('dead');
		expect(outcomes(await add(processes.start(), 'bcd'))).toEqual(['b added', 'c added', 'd added']);
		expect(outcomes(await add(processes.start(), 'abc'))).toEqual(['a added', 'b was there', 'c was there']);
		await expectEachOnce('abcd');
	});

	it('do not stand in the way of each other with what dead runs of both have claimed', async () => {
		for (const wanted of ['bc', 'ab']) {
			const begins = nth(1, 'GET', /\/v1\/system\/packages\/spec$/);
			expect(await add(processes.start(dies('dies before', begins)), wanted)).toBe('dead');
		}
		const first = processes.start();
		const otherKey = await keyOf(first, 'bc');
		let other: string[] | undefined;
		// The other one decides while this one, which has not decided yet, is about to watch it.
		const take: typeof first.leases.take = async (key, options) => {
			if (key === otherKey) other ??= outcomes(await add(processes.start(), 'bc'));
			return await first.leases.take(key, options);
		};
		const all = outcomes(await add(first, 'ab', { leases: { take } }));
		expect([other, all]).toEqual([
			['b added', 'c added'],
			['a added', 'b was there'],
		]);
	});

	it('note durably what the other one must see, also on another machine', async () => {
		const begins = nth(1, 'GET', /\/v1\/system\/packages\/spec$/);
		expect(await add(processes.start(dies('dies before', begins)), 'ab')).toBe('dead');
		await add(processes.start(), 'ac');
		const process = processes.start();
		const durable: string[] = [];
		const open: typeof process.journal.open = async (key) => {
			const record = await process.journal.open(key);
			const append: typeof record.append = async (line, options) => {
				const { kind, place = '', result } = line as { kind: string; place?: string; result?: AddedFile };
				if (options?.durable === true) durable.push(`${kind} ${result?.name ?? place}`.trim());
				await record.append(line, options);
			};
			return { ...record, append };
		};
		const results = await add(process, 'ab', { journal: { ...process.journal, open } });
		expect(outcomes(results)).toEqual(['a was there', 'b added']);
		expect(durable).toEqual(['begun', 'done a', 'claimed b']);
	});

	it('know what an ended one has finished, also if its notes are moved while they are read', async () => {
		expect(outcomes(await add(processes.start(), 'a'))).toEqual(['a added']);
		const process = processes.start();
		const { client, journal, leases } = process;
		// Without a turn of its own, it cannot keep others from moving notes.
		const planningKey = client.recordKey(['planning', packageId]);
		const take: typeof leases.take = async (key, options) =>
			key === planningKey ? undefined : await leases.take(key, options);
		let isOwnOpen = false;
		let mover: Promise<unknown> | undefined;
		const move = async (): Promise<void> => {
			if (isOwnOpen) await (mover ??= add(processes.start(), 'c'));
			isOwnOpen = true;
		};
		const moving: typeof journal = {
			open: async (key) => {
				const record = await journal.open(key);
				await move();
				return record;
			},
			readAll: async (prefix) => {
				const records = await journal.readAll(prefix);
				await move();
				return records;
			},
		};
		const results = await add(process, 'ab', { leases: { take }, journal: moving });
		expect(outcomes(results)).toEqual(['a was there', 'b added']);
	});

	it('leave alone what somebody adds to a place that a dead run has only claimed', async () => {
		const begins = nth(1, 'GET', /\/v1\/system\/packages\/spec$/);
		expect(await add(processes.start(dies('dies before', begins)), 'a')).toBe('dead');
		// By somebody who has the same file, and keeps no journal.
		await add(processes.start(), 'a', { journal: undefined, leases: undefined });
		const again = await add(processes.start(), 'a');
		expect(outcomes(again)).toEqual([showsCompleted ? 'a was there' : 'package_file_unknown a']);
		await expectEachOnce('a');
		expect(masv.sandbox.requests.filter(({ step }) => step === 'deleteFile')).toEqual([]);
	});
});
