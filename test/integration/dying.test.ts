import type { MasvError } from '../../masv/errors';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { deletePackage } from '../../masv/packages/change';
import { finalizePackage } from '../../masv/packages/finalize';
import { fetchPackageToken } from '../../masv/packages/find';
import { noRetry, outageOf } from '../../masv/retry';
import { bufferSource } from '../../masv/transfer/bufferSource';
import type { FileSource, FileStamp, RangeSource } from '../../masv/transfer/source';
import { addFiles } from '../../masv/upload/addFiles';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import type { Fate, Process } from '../support/mortal';
import { instantClock } from '../support/instantClock';
import { md5Of } from '../support/fakeStorage';
import { createProcesses, nth } from '../support/mortal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, sha256 } from '../support/testSources';
import { watchDurable } from '../support/watchDurable';
import type { Transport, TransportRequest } from '../../masv/transport';
import { headerOf } from '../../masv/transport';
import type { ApiStep } from '../../sandbox/http/steps';

const mebibyte = 1024 * 1024;
const large = patternBytes(11 * mebibyte, 5);
const small = patternBytes(1_000, 6);
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

/** A file on disk, as far as an upload can see it. */
function fileOf(name: string, content: Buffer, more: Partial<FileSource> = {}): FileSource {
	const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: '2' };
	const source = bufferSource(content, { name, path: '', modifiedAt });
	const facts = { location: `/media/${name}`, stamp, ...more };
	const open = async () => ({ ...(await source.open()), look: () => Promise.resolve(facts.stamp) });
	return { ...source, ...facts, open } as FileSource;
}

const both = [fileOf('large.mov', large), fileOf('small.txt', small)];

// Faults and what lies in the storage can be seen only in the embedded store.
onEmbeddedStore('an upload that dies', () => {
	let masv: TestMasv;
	let processes: ReturnType<typeof createProcesses>;
	beforeEach(async () => {
		masv = await startTestMasv();
		processes = createProcesses(masv);
	});
	afterEach(async () => {
		await processes.close();
		await masv.close();
	});

	const request = (more: Partial<SendRequest> = {}): SendRequest => ({
		target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: ['a@client.example'] } },
		sources: both,
		partBytes: 5 * mebibyte,
		parallelParts: 2,
		unfinished: 'keep',
		scope: 'workflow/node',
		run: 'execution 1',
		...more,
	});
	const send = async (process: Process, more: Partial<SendRequest> = {}): Promise<SendResult | 'dead'> =>
		await process.run(async ({ client, journal, leases }) =>
			sendPackage(client, { ...request(more), journal, leases }),
		);
	const dies = (fate: Fate, is: (request: TransportRequest) => boolean) => (each: TransportRequest) =>
		is(each) ? fate : 'lives';

	const partPuts = (): number => masv.sandbox.requests.filter(({ step }) => step === 'partPut').length;
	const deletions = (): number => masv.sandbox.requests.filter(({ step }) => step === 'deleteFile').length;
	const finalized = () => masv.sandbox.packages().filter(({ state }) => state === 'finalized');
	/** Each file of the package: its name, and whether it has the given content. */
	const contentOf = async (packageId: string, contents: Record<string, Buffer>): Promise<Record<string, boolean>> => {
		const files = masv.sandbox.files(packageId).filter(({ kind }) => kind === 'file');
		expect(files.map(({ name }) => name).sort()).toEqual(Object.keys(contents).sort());
		const sums = await Promise.all(
			files.map(async ({ id, name }) => [
				name,
				(await masv.sandbox.sha256(packageId, id)) === sha256(contents[name] as Buffer),
			]),
		);
		return Object.fromEntries(sums) as Record<string, boolean>;
	};
	/** As somebody else does. */
	const removeFile = async (removed: string): Promise<void> => {
		const [unfinished] = masv.sandbox.packages();
		const id = unfinished?.id ?? '';
		const file = masv.sandbox.files(id).find(({ name }) => name === removed);
		const { client } = processes.start();
		await client.call({
			operation: 'remove',
			method: 'DELETE',
			path: `/v1/packages/${id}/files/${file?.id}`,
			authorization: { kind: 'package', token: await fetchPackageToken(client, id) },
		});
	};
	const whole = { 'large.mov': true, 'small.txt': true };
	/** The one delivered package, with both files. */
	const expectDelivered = async (sent: SendResult | 'dead', contents = { 'large.mov': large, 'small.txt': small }) => {
		expect(finalized().map(({ id }) => id)).toEqual([(sent as SendResult).package.id]);
		expect(await contentOf((sent as SendResult).package.id, contents)).toEqual(whole);
	};

	it.each<[string, string, RegExp]>([
		['creating the package', 'POST', /\/packages$/],
		['adding a file', 'POST', /\/files$/],
		['starting a multipart upload', 'POST', /^(?!\/v1)/],
		['getting part URLs', 'POST', /\/files\/[^/]+$/],
		['storing a part', 'PUT', /./],
		['finalizing a file', 'POST', /\/files\/[^/]+\/finalize$/],
		['finalizing the package', 'POST', /\/packages\/[^/]+\/finalize$/],
		['creating the link', 'POST', /\/links$/],
	])('after %s is continued: one package, nothing lost, nothing twice', async (_, method, path) => {
		const mortal = processes.start(dies('dies after', nth(1, method, path)));
		expect(await send(mortal, { link: {} })).toBe('dead');
		const before = partPuts();
		masv.sandbox.requests.length = 0;
		const sent = await send(processes.start(), { link: {} });
		await expectDelivered(sent);
		// Two parts of the large file and the small one may have been in flight.
		expect(before + partPuts()).toBeLessThanOrEqual(4 + 3);
		expect((sent as SendResult).link?.url).toBeDefined();
	});

	describe('and has created a link', () => {
		/** Dies at the first request after the link was created. */
		const diesWithLink = (): ((request: TransportRequest) => Fate) => {
			let isCreated = false;
			return ({ method, url }) => {
				if (isCreated) return 'dies before';
				isCreated = method === 'POST' && url.endsWith('/links');
				return 'lives';
			};
		};
		const links = (sent: SendResult | 'dead') => masv.sandbox.links((sent as SendResult).package.id);

		it.each(['execution 1', 'execution 2'])('is continued with the same link (%s)', async (run) => {
			expect(await send(processes.start(diesWithLink()), { link: {} })).toBe('dead');
			const sent = await send(processes.start(), { link: {}, run });
			await expectDelivered(sent);
			expect(links(sent).map(({ id }) => id)).toEqual([(sent as SendResult).link?.id]);
			expect((sent as SendResult).link?.url).toContain(`/${links(sent)[0]?.id}?secret=`);
		});

		it('gives the same execution the same link again, also after another delivery', async () => {
			const sent = (await send(processes.start(), { link: {} })) as SendResult;
			await send(processes.start(), { link: {}, run: 'execution 2' });
			const again = (await send(processes.start(), { link: {} })) as SendResult;
			expect([again.package.id, again.link]).toEqual([sent.package.id, sent.link]);
			expect(links(sent)).toHaveLength(1);
		});

		it('makes another link if another one is wanted now', async () => {
			await send(processes.start(diesWithLink()), { link: {} });
			const sent = (await send(processes.start(), { link: { password: 'p' } })) as SendResult;
			expect(links(sent)).toHaveLength(2);
		});

		it('notes the secret of a link only in encrypted form', async () => {
			const sent = (await send(processes.start(), { link: { password: 'pass-17' } })) as SendResult;
			const notes = JSON.stringify([...((await processes.journal.join().readAll('')) ?? [])]);
			expect(notes).toContain('"linked"');
			for (const secret of [sent.link?.download_secret ?? '-', 'pass-17']) expect(notes).not.toContain(secret);
		});
	});

	it('is continued although the lists of the team do not show packages that are not finalized', async () => {
		const hiding = createProcesses(masv, (transport) => async (asked) => {
			const response = await transport(asked);
			const { pathname } = new URL(asked.url);
			if (asked.method !== 'GET' || !/\/teams\/[^/]+\/packages(\/[^/]+)?$/.test(pathname)) return response;
			if (!pathname.endsWith('/packages')) return { ...response, status: 404, text: '{"message":"no such route"}' };
			const list = JSON.parse(response.text) as { records: Array<{ state: string }> };
			const records = list.records.filter(({ state }) => state !== 'new');
			return { ...response, text: JSON.stringify({ ...list, records }) };
		});
		try {
			const mortal = hiding.start(dies('dies before', nth(4, 'PUT', /./)), { clock: instantClock() });
			expect(await send(mortal, { parallelParts: 1 })).toBe('dead');
			await expectDelivered(await send(hiding.start(undefined, { clock: instantClock() })));
			expect([masv.sandbox.packages().length, partPuts()]).toEqual([1, 4]);
		} finally {
			await hiding.close();
		}
	});

	it('after MASV has finalized a file is continued without sending or deleting that file (row 1)', async () => {
		const finalizesLarge = nth(2, 'POST', /\/files\/[^/]+\/finalize$/);
		expect(await send(processes.start(dies('dies after', finalizesLarge)))).toBe('dead');
		masv.sandbox.requests.length = 0;
		await expectDelivered(await send(processes.start()));
		expect([partPuts(), deletions()]).toEqual([0, 0]);
	});

	it.each<[string, string, RegExp]>([
		['a part is stored', 'PUT', /./],
		['its package is finalized', 'POST', /\/packages\/[^/]+\/finalize$/],
	])(
		'does not die but is frozen when %s and taken over, does no harm when it wakes up, and does not claim to have delivered (row 2)',
		async (_, method, path) => {
			const clock = instantClock();
			const frozen = processes.start(dies('freezes after', nth(1, method, path)), { clock });
			const work = sendPackage(frozen.client, { ...request(), journal: frozen.journal, leases: frozen.leases });
			const outcome = work.catch((error: unknown) => error);
			expect(await frozen.run(async () => await work)).toBe('dead');
			const sent = await send(processes.start(), { run: 'execution 2' });
			await clock.sleep(60_000);
			frozen.wake();
			expect(await outcome).toMatchObject({ code: 'delivery_taken_over' });
			await expectDelivered(sent);
		},
	);

	it('is frozen before it gives up its package, and leaves what its successor has noted alone', async () => {
		expect(await send(processes.start(dies('dies after', nth(1, 'PUT', /./))))).toBe('dead');
		const [given] = masv.sandbox.packages();
		await deletePackage(processes.start().client, given?.id ?? '');
		const clock = instantClock();
		const frozen = processes.start(dies('freezes after', nth(1, 'GET', /\/packages\/[^/]+$/)), { clock });
		const work = sendPackage(frozen.client, { ...request(), journal: frozen.journal, leases: frozen.leases });
		const outcome = work.catch((error: unknown) => error);
		expect(await frozen.run(async () => await work)).toBe('dead');
		const successor = processes.start(dies('dies before', nth(3, 'PUT', /./)));
		expect(await send(successor, { parallelParts: 1 })).toBe('dead');
		await clock.sleep(60_000);
		frozen.wake();
		expect(await outcome).toMatchObject({ code: 'delivery_taken_over' });
		masv.sandbox.requests.length = 0;
		await expectDelivered(await send(processes.start(), { parallelParts: 1 }));
		expect(masv.sandbox.packages()).toHaveLength(2);
		expect(partPuts()).toBeLessThan(4);
		const notes = JSON.stringify([...((await processes.journal.join().readAll('')) ?? [])]);
		expect(notes).not.toContain(given?.id);
	});

	it('after MASV has delivered its package is sent in another one if a file is another one by then', async () => {
		const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		expect(await send(processes.start(dies('dies after', finalizes)))).toBe('dead');
		const edited = Buffer.from(large);
		edited[0] = (edited[0] ?? 0) + 1;
		const stamp = { bytes: edited.length, modified: '7', changed: '8', device: '1', inode: '2' };
		const sources = [fileOf('large.mov', edited, { stamp }), both[1] as FileSource];
		const sent = (await send(processes.start(), { sources })) as SendResult;
		expect(finalized()).toHaveLength(2);
		expect(await contentOf(sent.package.id, { 'large.mov': edited, 'small.txt': small })).toEqual(whole);
		expect(sent.warnings).toEqual([
			expect.stringContaining('was delivered by an earlier run, but is not what is to be'),
		]);
	});

	it('is not deleted on request once MASV may have received the request to finalize it', async () => {
		masv.sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 502, times: Infinity });
		const { client, journal, leases } = processes.start(undefined, { clock: instantClock() });
		const more: Partial<SendRequest> = { unfinished: 'delete', policy: outageOf(1_000) };
		const failing = sendPackage(client, { ...request(more), journal, leases });
		const error: unknown = await failing.catch((thrown: unknown) => thrown);
		expect((error as MasvError).hint).toMatch(/It is uncertain whether package \S+ is delivered/);
		expect(masv.sandbox.packages().map(({ state }) => state)).toEqual(['new']);
	});

	describe('and lost a request to finalize its package, which MASV has called incomplete since then', () => {
		/** MASV carries out the lost request once the run has failed. @returns the ID of the package */
		const failAndDeliver = async (): Promise<string> => {
			const refusal = { kind: 'status', status: 400, body: '{"message":"1 file(s) not finalized"}' } as const;
			masv.sandbox.inject({ step: 'finalizePackage', kind: 'status', status: 502 });
			const refused = masv.sandbox.inject({ step: 'finalizePackage', ...refusal, times: Infinity });
			const { client, journal, leases } = processes.start(undefined, { clock: instantClock() });
			const failing = sendPackage(client, { ...request(), journal, leases });
			const error: unknown = await failing.catch((thrown: unknown) => thrown);
			expect((error as MasvError).hint).toMatch(/MASV may still finalize it/);
			refused.remove();
			const [{ id = '' } = {}] = masv.sandbox.packages();
			await finalizePackage(processes.start().client, id);
			return id;
		};

		it('does not send a second one, because MASV may have carried it out', async () => {
			await failAndDeliver();
			await expectDelivered(await send(processes.start()));
		});

		it('does not send a second one either if the first one has expired', async () => {
			const id = await failAndDeliver();
			await deletePackage(processes.start().client, id);
			const sent = (await send(processes.start())) as SendResult;
			expect([sent.package.id, sent.package.state, masv.sandbox.packages().length]).toEqual([id, 'expired', 1]);
		});
	});

	it('has noted durably what the next run must know after a power failure', async () => {
		const { client, leases, ...process } = processes.start();
		const { journal, kinds } = watchDurable(process.journal);
		await sendPackage(client, { ...request({ link: {} }), journal, leases });
		expect([...new Set(kinds)].sort()).toEqual(['delivering', 'file', 'finalizing', 'linked', 'package']);
	});

	describe('and is frozen while MASV refuses a request for a moment does not repeat it after it was taken over:', () => {
		it.each<[string, ApiStep, string, RegExp, Partial<SendRequest>, number]>([
			['creating the package', 'createPackage', 'POST', /\/packages$/, {}, 2],
			['creating the link', 'createLink', 'POST', /\/links$/, { link: {} }, 2],
			['deleting the package', 'deletePackage', 'DELETE', /\/packages\/[^/]+$/, { unfinished: 'delete' }, 1],
			['renaming the package', 'renamePackage', 'PUT', /\/v1\/packages\/[^/]+$/, {}, 2],
		])('%s', async (_, step, method, path, more, expected) => {
			const isOf = (kind: ApiStep): boolean => step === kind;
			if (isOf('renamePackage')) await send(processes.start(dies('dies before', nth(1, 'POST', /\/finalize$/))));
			if (isOf('deletePackage')) masv.sandbox.inject({ step: 'partPut', kind: 'status', status: 400 });
			const other = { name: 'Other', description: '', recipients: ['a@client.example'] };
			const wanted = { ...more, ...(isOf('renamePackage') && { target: { kind: 'team', request: other } as const }) };
			masv.sandbox.inject({ step, kind: 'status', status: 503 });
			const clock = instantClock();
			const frozen = processes.start(dies('freezes after', nth(1, method, path)), { clock });
			const { client, journal, leases } = frozen;
			const work = sendPackage(client, { ...request(wanted), journal, leases }).catch((error: unknown) => error);
			expect(await frozen.run(async () => await work)).toBe('dead');
			const sent = await send(processes.start(), { ...wanted, run: 'execution 2' });
			await clock.sleep(2_000);
			frozen.wake();
			await work;
			expect(masv.sandbox.requests.filter((each) => each.step === step)).toHaveLength(expected);
			await expectDelivered(sent);
		});
	});

	it.each([403, 405, 409, 500])(
		'leaves a package alone if MASV refuses to remove an unfinished file from it with %i, and delivers a new one',
		async (status) => {
			expect(await send(processes.start(dies('dies after', nth(2, 'POST', /\/files$/))))).toBe('dead');
			masv.sandbox.inject({ step: 'deleteFile', kind: 'status', status, times: Infinity });
			const warnings: string[] = [];
			const onWarning = (text: string): void => void warnings.push(text);
			const sent = await send(processes.start(), { policy: outageOf(1_000), onWarning });
			await expectDelivered(sent);
			expect(warnings.join()).toMatch(/is left unfinished: it contains "(large.mov|small.txt)"/);
		},
	);

	it('sends a file again that is gone from MASV although it was noted (row 3)', async () => {
		expect(await send(processes.start(dies('dies before', nth(1, 'POST', /\/packages\/[^/]+\/finalize$/))))).toBe(
			'dead',
		);
		await removeFile('small.txt');
		masv.sandbox.requests.length = 0;
		const sent = await send(processes.start());
		await expectDelivered(sent);
		expect(partPuts()).toBe(1);
	});

	it('mixes nothing when a file got other content with the same size and modification time (row 5)', async () => {
		expect(await send(processes.start(dies('dies after', nth(3, 'PUT', /./))), { parallelParts: 1 })).toBe('dead');
		const other = Buffer.from(large);
		other[0] = (other[0] as number) ^ 1;
		const stamp = { bytes: large.length, modified: '5', changed: '7', device: '1', inode: '3' };
		masv.sandbox.requests.length = 0;
		const sent = await send(processes.start(), {
			sources: [fileOf('large.mov', other, { stamp }), fileOf('small.txt', small)],
			run: 'execution 2',
		});
		await expectDelivered(sent, { 'large.mov': other, 'small.txt': small });
		// The second part is the same; the first one is not.
		expect(partPuts()).toBeLessThanOrEqual(3);
	});

	it('reads again but does not send again when the share was mounted again (row 5)', async () => {
		expect(await send(processes.start(dies('dies after', nth(3, 'PUT', /./))), { parallelParts: 1 })).toBe('dead');
		const stamp = { bytes: large.length, modified: '5', changed: '6', device: '9', inode: '3' };
		const before = partPuts();
		const sent = await send(processes.start(), {
			sources: [fileOf('large.mov', large, { stamp }), fileOf('small.txt', small)],
		});
		await expectDelivered(sent);
		expect(partPuts() - before).toBeLessThanOrEqual(2);
	});

	it('is continued after a death between finalizing the package and its note, and nobody is mailed twice (row 11)', async () => {
		const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		expect(await send(processes.start(dies('dies after', finalizes)))).toBe('dead');
		for (const run of ['execution 2', 'execution 2']) await expectDelivered(await send(processes.start(), { run }));
	});

	it('on a busy processor, in a storage whose ETags prove nothing, is not delivered twice when the share was mounted again', async () => {
		const proving = new Map<string, string>();
		const opaque = createProcesses(masv, (transport) => async (sent) => {
			const body = typeof sent.body === 'string' ? sent.body.replace(/"etag":"(.*?[^\\])"/g, restore) : sent.body;
			const response = await transport({ ...sent, body });
			const etag = headerOf(response, 'etag');
			if (sent.method !== 'PUT' || etag === undefined) return response;
			const other = `"${md5Of(Buffer.from(etag))}"`;
			proving.set(JSON.stringify(other), JSON.stringify(etag));
			return { ...response, headers: { ...response.headers, etag: other } };
		});
		const restore = (text: string): string => {
			const etag = text.slice('"etag":'.length);
			return `"etag":${proving.get(etag) ?? etag}`;
		};
		const warnings: string[] = [];
		const busy: Partial<SendRequest> = {
			verifyParts: 'never',
			load: { watch: () => () => 1 },
			parallelParts: 1,
			onWarning: (text) => warnings.push(text),
		};
		const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		expect(await send(opaque.start(dies('dies after', finalizes)), busy)).toBe('dead');
		const stamp = { bytes: large.length, modified: '5', changed: '6', device: '9', inode: '3' };
		const sources = [fileOf('large.mov', large, { stamp }), fileOf('small.txt', small)];
		await expectDelivered(await send(opaque.start(), { ...busy, sources }));
		expect(warnings).toEqual([]);
		await opaque.close();
	});

	it('costs only the one file that was touched meanwhile (row 12)', async () => {
		expect(await send(processes.start(dies('dies before', nth(1, 'POST', /\/packages\/[^/]+\/finalize$/))))).toBe(
			'dead',
		);
		const edited = patternBytes(1_001, 9);
		masv.sandbox.requests.length = 0;
		const sent = await send(processes.start(), { sources: [both[0] as FileSource, fileOf('small.txt', edited)] });
		await expectDelivered(sent, { 'large.mov': large, 'small.txt': edited });
		expect(partPuts()).toBe(1);
	});

	it('leaves a package to which somebody has added a file as it is, and sends nothing more to it', async () => {
		const parallelParts = 1;
		expect(await send(processes.start(dies('dies after', nth(2, 'PUT', /./))), { parallelParts })).toBe('dead');
		const [begun] = masv.sandbox.packages();
		const { client } = processes.start();
		await addFiles(client, begun?.id ?? '', [fileOf('theirs.txt', small)], { stopAtFirst: true });
		masv.sandbox.requests.length = 0;
		const sent = await send(processes.start(), { parallelParts });
		await expectDelivered(sent);
		expect((sent as SendResult).package.id).not.toBe(begun?.id);
		expect([partPuts(), deletions()]).toEqual([4, 0]);
	});

	it('sends nothing more to a package from which MASV does not remove what is in the way', async () => {
		const sources = [both[0] as FileSource];
		expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/files$/))), { sources })).toBe('dead');
		const [begun] = masv.sandbox.packages();
		masv.sandbox.inject({ step: 'deleteFile', times: Infinity, kind: 'status', status: 405 });
		const sent = (await send(processes.start(), { sources })) as SendResult;
		expect(finalized().map(({ id }) => id)).toEqual([sent.package.id]);
		expect(await contentOf(sent.package.id, { 'large.mov': large })).toEqual({ 'large.mov': true });
		expect([sent.package.id === begun?.id, masv.sandbox.files(begun?.id ?? '').length]).toEqual([false, 1]);
	});

	it.each<[string, RegExp]>([
		['undelivered', /\/files\/[^/]+\/finalize$/],
		['delivered', /\/packages\/[^/]+\/finalize$/],
	])('keeps its %s package if the next run has planned with files as they were long ago', async (_, effect) => {
		const sources = [both[0] as FileSource];
		expect(await send(processes.start(dies('dies after', nth(1, 'POST', effect))), { sources })).toBe('dead');
		const { stamp } = sources[0] as { stamp: FileStamp };
		const [now] = sources as [RangeSource];
		const open = async () => ({ ...(await now.open()), look: () => Promise.resolve(stamp) });
		const stale = { ...now, open, bytes: 7, stamp: { ...stamp, bytes: 7 } } as FileSource;
		const failing = send(processes.start(undefined, { clock: instantClock() }), { sources: [stale] });
		expect(await failing.catch((error: unknown) => error)).toMatchObject({ code: 'file_changed' });
		const puts = partPuts();
		await send(processes.start(undefined, { clock: instantClock() }), { sources });
		expect([masv.sandbox.packages().length, finalized().length, partPuts() - puts]).toEqual([1, 1, 0]);
	});

	it('delivers a new package when the content changed after the old one was delivered unnoticed', async () => {
		expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/packages\/[^/]+\/finalize$/))))).toBe(
			'dead',
		);
		const edited = patternBytes(1_001, 9);
		const warnings: string[] = [];
		const sent = await send(processes.start(), {
			sources: [both[0] as FileSource, fileOf('small.txt', edited)],
			onWarning: (text) => warnings.push(text),
		});
		expect(warnings.join()).toContain('was delivered by an earlier run, but is not what is to be sent now');
		expect(finalized()).toHaveLength(2);
		expect(await contentOf((sent as SendResult).package.id, { 'large.mov': large, 'small.txt': edited })).toEqual(
			whole,
		);
	});

	it('fails instead of sending a second package while another run is sending the same files (row 14)', async () => {
		const [one, other] = await Promise.allSettled([send(processes.start()), send(processes.start())]);
		const codes = [one, other].flatMap((each) => (each.status === 'rejected' ? [(each.reason as MasvError).code] : []));
		expect(codes).toEqual(['delivery_running']);
		expect(finalized()).toHaveLength(1);
	});

	it('waits on request, and reports the package that the other run has sent (row 14)', async () => {
		const ifRunning = 'wait';
		const sent = await Promise.all([
			send(processes.start(), { ifRunning, run: '1' }),
			send(processes.start(), { ifRunning, run: '2' }),
			send(processes.start(), { ifRunning, run: '3' }),
		]);
		const ids = sent.map((each) => (each as SendResult).package.id);
		expect(new Set(ids).size).toBe(1);
		await expectDelivered(sent[0] ?? 'dead');
	});

	it('sends two packages at once if that is wanted', async () => {
		await Promise.all([send(processes.start()), send(processes.start(), { ifRunning: 'sendAnyway' })]);
		expect(finalized()).toHaveLength(2);
	});

	it('and another one with other files to the same place do not touch each other', async () => {
		const others = [fileOf('other.mov', small)];
		expect(await send(processes.start(dies('dies after', nth(1, 'PUT', /./))))).toBe('dead');
		const [sent, other] = await Promise.all([send(processes.start()), send(processes.start(), { sources: others })]);
		expect(finalized()).toHaveLength(2);
		expect(await contentOf((sent as SendResult).package.id, { 'large.mov': large, 'small.txt': small })).toEqual(whole);
		expect(await contentOf((other as SendResult).package.id, { 'other.mov': small })).toEqual({ 'other.mov': true });
	});

	it('is continued although a run that it has superseded reports its own package late', async () => {
		const looksAtPackage = nth(1, 'GET', /\/v1\.1\/teams\/[^/]+\/packages\/[^/]+$/);
		const frozen = processes.start(dies('freezes after', looksAtPackage));
		const { client, journal, leases } = frozen;
		const work = sendPackage(client, { ...request(), journal, leases });
		expect(await frozen.run(async () => await work)).toBe('dead');
		const edited = patternBytes(1_001, 9);
		const other = {
			sources: [both[0] as FileSource, fileOf('small.txt', edited)],
			run: 'execution 2',
			parallelParts: 1,
		};
		const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
		expect(await send(processes.start(dies('dies before', finalizes)), other)).toBe('dead');
		frozen.wake();
		await work;
		masv.sandbox.requests.length = 0;
		const sent = await send(processes.start(), other);
		expect([finalized().length, partPuts()]).toEqual([2, 0]);
		expect(await contentOf((sent as SendResult).package.id, { 'large.mov': large, 'small.txt': edited })).toEqual(
			whole,
		);
	});

	it('reports the package again to the execution whose result was lost', async () => {
		const first = await send(processes.start());
		const again = await send(processes.start());
		expect((again as SendResult).package.id).toBe((first as SendResult).package.id);
		await expectDelivered(again);
		await send(processes.start(), { run: 'execution 2' });
		expect(finalized()).toHaveLength(2);
	});

	describe('in the portal of someone else', () => {
		const toPortal = (): Partial<SendRequest> => {
			const portal = masv.sandbox.seedPortal({ name: 'Client' });
			return {
				target: {
					kind: 'portal',
					portalId: portal.id,
					accessCode: undefined,
					request: { name: 'Dailies', description: '', sender: 'me@post.example' },
				},
			};
		};
		/** A key of another team sees none of the client's packages. */
		const stranger = { isStranger: true };

		it('is continued with the token that was noted, sealed (row 13)', async () => {
			const more = toPortal();
			const mortal = processes.start(dies('dies after', nth(3, 'PUT', /./)), stranger);
			expect(await send(mortal, { ...more, parallelParts: 1 })).toBe('dead');
			const before = partPuts();
			const sent = await send(processes.start(undefined, stranger), { ...more, parallelParts: 1 });
			await expectDelivered(sent);
			expect(partPuts() - before).toBeLessThanOrEqual(2);
		});

		const nobody = { ...stranger, apiKey: undefined, teamId: undefined };

		it('is continued without an account, with the token that was sealed with the upload password', async () => {
			const more = toPortal();
			const sender = { ...nobody, secret: 'open sesame' };
			const mortal = processes.start(dies('dies after', nth(3, 'PUT', /./)), sender);
			expect(await send(mortal, { ...more, parallelParts: 1 })).toBe('dead');
			const before = partPuts();
			await expectDelivered(await send(processes.start(undefined, sender), { ...more, parallelParts: 1 }));
			expect(partPuts() - before).toBeLessThanOrEqual(2);
		});

		it('is sent anew, with a warning, without an account and a password to seal the token with', async () => {
			const more = toPortal();
			const mortal = processes.start(dies('dies after', nth(3, 'PUT', /./)), nobody);
			expect(await send(mortal, { ...more, parallelParts: 1 })).toBe('dead');
			const warnings: string[] = [];
			const { client, journal, leases } = processes.start(undefined, nobody);
			const onWarning = (text: string): void => void warnings.push(text);
			await expectDelivered(await sendPackage(client, { ...request(more), journal, leases, onWarning }));
			expect(warnings.join()).toMatch(/its access token is not known/);
		});

		it('is sent anew, with a warning, when the token cannot be unsealed (row 13)', async () => {
			const more = toPortal();
			const mortal = processes.start(dies('dies after', nth(3, 'PUT', /./)), stranger);
			expect(await send(mortal, { ...more, parallelParts: 1 })).toBe('dead');
			const warnings: string[] = [];
			// Another API key cannot unseal the token, and finds no record either: so the same key, and a damaged token.
			const hashing = { ...nodeHashing, unseal: () => undefined };
			const { client, journal, leases } = processes.start(undefined, { ...stranger, hashing });
			const onWarning = (text: string): void => void warnings.push(text);
			await expectDelivered(await sendPackage(client, { ...request(more), journal, leases, onWarning }));
			expect(warnings.join()).toMatch(/cannot be continued/);
		});

		it('is continued if MASV refuses to finalize it, so that the run that died has not delivered it', async () => {
			await processes.close();
			await masv.close();
			masv = await startTestMasv({ directories: 'unfinished' });
			processes = createProcesses(masv);
			const more = { ...toPortal(), directories: [{ name: 'empty', path: '', modifiedAt }] };
			const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
			expect(await send(processes.start(dies('dies after', finalizes), stranger), more)).toBe('dead');
			masv.sandbox.requests.length = 0;
			const sent = await send(processes.start(undefined, { ...stranger, clock: instantClock() }), more);
			await expectDelivered(sent);
			expect(sent).toMatchObject({ folders_not_created: ['empty'], warnings: [] });
			expect([masv.sandbox.packages().length, partPuts()]).toEqual([1, 0]);
		});

		it('is sent in a new package, with a warning, if MASV accepts no more files in the first one', async () => {
			const more = { ...toPortal(), sources: [both[1] as FileSource] };
			expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/files$/)), stranger), more)).toBe('dead');
			masv.sandbox.inject({ step: 'addFile', kind: 'status', status: 400 });
			const sent = await send(processes.start(undefined, { ...stranger, clock: instantClock() }), more);
			expect(await contentOf((sent as SendResult).package.id, { 'small.txt': small })).toEqual({ 'small.txt': true });
			expect((sent as SendResult).warnings).toEqual([
				expect.stringMatching(
					/^Package \S+ may have been delivered by an earlier run, but is not what is to be sent now/,
				),
			]);
			expect(masv.sandbox.packages()).toHaveLength(2);
		});

		it('is sent in a new package if MASV neither finalizes the first one nor accepts what it says is missing', async () => {
			const more = toPortal();
			const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
			expect(await send(processes.start(dies('dies before', finalizes), stranger), more)).toBe('dead');
			await removeFile('small.txt');
			const refused = { kind: 'status', status: 400, times: Infinity } as const;
			const faults = [
				masv.sandbox.inject({ ...refused, step: 'finalizePackage', body: '{"message":"1 file(s) not finalized"}' }),
				masv.sandbox.inject({ ...refused, step: 'addFile' }),
			];
			const warnings: string[] = [];
			const process = processes.start(undefined, { ...stranger, clock: instantClock() });
			const sent = await send(process, {
				...more,
				onWarning: (text) => {
					warnings.push(text);
					for (const fault of faults) fault.remove();
				},
			});
			await expectDelivered(sent);
			expect([warnings.length, masv.sandbox.packages().length]).toEqual([1, 2]);
			// As one that may have been delivered, as one that has not, and again as one that may have been: no more.
			expect(faults[1]?.hits()).toBe(1);
		});

		it('fails with the answer of MASV if it accepts no files at all', async () => {
			const more = toPortal();
			expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/files$/)), stranger), more)).toBe('dead');
			masv.sandbox.inject({ step: 'addFile', times: Infinity, kind: 'status', status: 400 });
			const failing = send(processes.start(undefined, { ...stranger, clock: instantClock() }), more);
			expect(await failing.catch((error: unknown) => error)).toMatchObject({ code: 'request_rejected' });
			expect(masv.sandbox.packages()).toHaveLength(2);
		});

		it('does not get another package because MASV fails when a file is added', async () => {
			const more = toPortal();
			expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/files$/)), stranger), more)).toBe('dead');
			const fault = masv.sandbox.inject({ step: 'addFile', times: Infinity, kind: 'status', status: 500 });
			const failing = send(processes.start(undefined, { ...stranger, clock: instantClock() }), more);
			expect(await failing.catch((error: unknown) => error)).toMatchObject({ code: 'server_error' });
			fault.remove();
			await expectDelivered(await send(processes.start(undefined, stranger), more));
			expect(masv.sandbox.packages()).toHaveLength(1);
		});

		/** @returns the code of the error, and how many packages there are then */
		const failAgain = async (more: Partial<SendRequest>): Promise<unknown> => {
			const failing = send(processes.start(undefined, { ...stranger, clock: instantClock() }), more);
			const error = await failing.catch((thrown: unknown) => thrown);
			return [(error as MasvError).code, masv.sandbox.packages().length];
		};

		it('does not get another package from each run while MASV refuses its only file', async () => {
			const more = { ...toPortal(), sources: [both[1] as FileSource] };
			const refusal = masv.sandbox.inject({ step: 'addFile', times: Infinity, kind: 'status', status: 400 });
			for (let run = 0; run < 3; run++) expect(await failAgain(more)).toEqual(['request_rejected', 1]);
			refusal.remove();
			const sent = await send(processes.start(undefined, stranger), more);
			expect(await contentOf((sent as SendResult).package.id, { 'small.txt': small })).toEqual({ 'small.txt': true });
			expect(masv.sandbox.packages()).toHaveLength(1);
		});

		it('does not get a third package if a run has died before MASV refused its only file', async () => {
			const more = { ...toPortal(), sources: [both[1] as FileSource] };
			expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/files$/)), stranger), more)).toBe('dead');
			masv.sandbox.inject({ step: 'addFile', times: Infinity, kind: 'status', status: 400 });
			for (let run = 0; run < 3; run++) expect(await failAgain(more)).toEqual(['request_rejected', 2]);
		});

		it('is continued in its package if MASV refuses one file for good and has added another one', async () => {
			await processes.close();
			let last: Promise<unknown> = Promise.resolve();
			const oneAfterAnother =
				(transport: Transport): Transport =>
				async (request) => {
					if (!request.url.endsWith('/files') || request.method !== 'POST') return await transport(request);
					const answer = last.then(async () => await transport(request));
					last = answer.catch(() => undefined);
					return await answer;
				};
			processes = createProcesses(masv, oneAfterAnother);
			const more = toPortal();
			expect(await send(processes.start(dies('dies after', nth(1, 'POST', /\/files$/)), stranger), more)).toBe('dead');
			await last;
			masv.sandbox.inject({ step: 'addFile', skip: 1, times: Infinity, kind: 'status', status: 400 });
			expect(await failAgain(more)).toEqual(['request_rejected', 1]);
			expect(await failAgain(more)).toEqual(['request_rejected', 1]);
		});

		it('is not deleted if the run that died may have delivered it, and the next one fails', async () => {
			const more = { ...toPortal(), unfinished: 'delete' as const };
			const finalizes = nth(1, 'POST', /\/packages\/[^/]+\/finalize$/);
			expect(await send(processes.start(dies('dies after', finalizes), stranger), more)).toBe('dead');
			const stamp = { bytes: large.length, modified: '5', changed: '9', device: '1', inode: '2' };
			const open = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
			const unreadable = { ...fileOf('large.mov', large, { stamp }), open } as FileSource;
			const failing = send(processes.start(undefined, stranger), { ...more, sources: [unreadable, ...both.slice(1)] });
			const error: unknown = await failing.catch((thrown: unknown) => thrown);
			expect((error as MasvError).hint).toMatch(/It is uncertain whether package \S+ is delivered/);
			expect(masv.sandbox.packages().map(({ state }) => state)).toEqual(['finalized']);
		});

		it('is deleted on request if it fails (row 13)', async () => {
			masv.sandbox.inject({ step: 'partPut', times: Infinity, kind: 'status', status: 400 });
			const failing = send(processes.start(undefined, stranger), { ...toPortal(), unfinished: 'delete' });
			const error: unknown = await failing.catch((thrown: unknown) => thrown);
			expect((error as MasvError).hint).toMatch(/was deleted/);
			expect(masv.sandbox.packages().map(({ state }) => state)).toEqual(['expired']);
		});
	});

	describe('while it adds files to a package of someone', () => {
		const sources = ['a', 'b', 'c'].map((name, index) => fileOf(name, patternBytes(100 + index, index + 1)));
		const add = async (process: Process, packageId: string, files = sources) =>
			await process.run(async ({ client, journal, leases }) =>
				addFiles(client, packageId, files, {
					stopAtFirst: true,
					policy: outageOf(1_000),
					parallelParts: 1,
					journal,
					leases,
					scope: 'workflow/upload',
				}),
			);
		const namesIn = (packageId: string): string[] =>
			masv.sandbox
				.files(packageId)
				.filter(({ kind }) => kind === 'file')
				.map(({ name }) => name)
				.sort();

		it.each<[string, string, RegExp, number]>([
			['adding the third file', 'POST', /\/files$/, 3],
			['storing the third file', 'PUT', /./, 3],
			['finalizing the second file', 'POST', /\/files\/[^/]+\/finalize$/, 2],
		])('after %s: each file is there once, and says whether it was there (row 7)', async (_, method, path, count) => {
			const { id } = masv.sandbox.seedPackage({ state: 'new' });
			expect(await add(processes.start(dies('dies after', nth(count, method, path))), id)).toBe('dead');
			const results = await add(processes.start(), id);
			expect((results as PromiseSettledResult<unknown>[]).map(({ status }) => status)).toEqual([
				'fulfilled',
				'fulfilled',
				'fulfilled',
			]);
			expect(namesIn(id)).toEqual(['a', 'b', 'c']);
			const again = (await add(processes.start(), id)) as PromiseFulfilledResult<{ already_there: boolean }>[];
			expect(again.map(({ value }) => value.already_there)).toEqual([true, true, true]);
			expect(namesIn(id)).toEqual(['a', 'b', 'c']);
			await finalizePackage(processes.start().client, id, { policy: noRetry });
		});

		it.each([403, 405, 500])('names the file that MASV refuses to remove with %i', async (status) => {
			const { id } = masv.sandbox.seedPackage({ state: 'new' });
			expect(await add(processes.start(dies('dies after', nth(1, 'POST', /\/files$/))), id)).toBe('dead');
			masv.sandbox.inject({ step: 'deleteFile', kind: 'status', status, times: Infinity });
			const [first] = (await add(processes.start(), id)) as PromiseRejectedResult[];
			expect(first?.reason).toMatchObject({ code: 'file_not_removed', facts: { file: 'a' } });
		});

		it('takes over what an execution with other binary data left unfinished', async () => {
			const { id } = masv.sandbox.seedPackage({ state: 'new' });
			expect(await add(processes.start(dies('dies after', nth(1, 'PUT', /./))), id)).toBe('dead');
			const moved = sources.map((source) => ({ ...source, location: `${source.location} again` }));
			const results = (await add(processes.start(), id, moved)) as PromiseSettledResult<unknown>[];
			expect(results.every(({ status }) => status === 'fulfilled')).toBe(true);
			expect(namesIn(id)).toEqual(['a', 'b', 'c']);
		});

		it('removes nothing of someone else, and names what is in the way (row 8)', async () => {
			const { id } = masv.sandbox.seedPackage({ state: 'new', files: [{ name: 'b', content: 'theirs' }] });
			const error = (await add(processes.start(), id)) as PromiseSettledResult<unknown>[];
			const reasons = error.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
			expect(reasons).toContainEqual(
				expect.objectContaining({
					code: 'package_file_unknown',
					facts: expect.objectContaining({ file: 'b' }) as unknown,
				}),
			);
			expect(namesIn(id)).toEqual(['b']);
			expect(deletions()).toBe(0);
		});
	});
});
