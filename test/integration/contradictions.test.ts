import type { MasvError } from '../../masv/errors';
import { fetchPackageToken } from '../../masv/packages/find';
import { noRetry } from '../../masv/retry';
import { bufferSource } from '../../masv/transfer/bufferSource';
import type { FileSource, FileStamp } from '../../masv/transfer/source';
import type { Transport, TransportRequest, TransportResponse } from '../../masv/transport';
import type { AddedFile } from '../../masv/upload/addFiles';
import { addFiles } from '../../masv/upload/addFiles';
import { removeFile } from '../../masv/upload/removeFile';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import type { Fate, Process } from '../support/mortal';
import { createProcesses, nth } from '../support/mortal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, sha256 } from '../support/testSources';

const mebibyte = 1024 * 1024;
const large = patternBytes(11 * mebibyte, 5);
const small = patternBytes(1_000, 6);
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

/** A file on disk, as far as an upload can see it. */
function fileOf(name: string, content: Buffer, more: Partial<FileStamp> = {}): FileSource {
	const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: '2', ...more };
	const modifiedAt = new Date(Date.parse('2026-01-02T03:04:05.678Z') + Number(stamp.modified));
	const source = bufferSource(content, { name, path: '', modifiedAt });
	const open = async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) });
	return { ...source, location: `/media/${name}`, stamp, open };
}

const finalizesPackage = /\/packages\/[^/]+\/finalize$/;
const finalizesFile = /\/files\/[^/]+\/finalize$/;
const pathOf = ({ url }: TransportRequest): string => new URL(url).pathname;
const isList = (request: TransportRequest): boolean =>
	request.method === 'GET' && /\/v1\/packages\/[^/]+\/files$/.test(pathOf(request));
const dies = (fate: Fate, method: string, path: RegExp, count = 1): ((request: TransportRequest) => Fate) => {
	const is = nth(count, method, path);
	return (request) => (is(request) ? fate : 'lives');
};
const isTextWith = (body: unknown, text: string): boolean => typeof body === 'string' && body.includes(text);
const json = (status: number, body: unknown): TransportResponse => ({
	status,
	headers: { 'content-type': 'application/json' },
	text: JSON.stringify(body),
});

// What lies in the storage can be seen only in the embedded store.
onEmbeddedStore('an upload whose run was killed', () => {
	let masv: TestMasv;
	let processes: ReturnType<typeof createProcesses>;
	/** What MASV responds, changed. */
	let change: (request: TransportRequest, response: TransportResponse) => TransportResponse;
	const wrap =
		(transport: Transport): Transport =>
		async (request) =>
			change(request, await transport(request));
	/** Changes each entry of the lists of files. */
	const changeEntries = (how: (entry: Record<string, unknown>) => Record<string, unknown>): void => {
		change = (request, response) => {
			if (!isList(request) || response.status !== 200) return response;
			return json(200, (JSON.parse(response.text) as Array<Record<string, unknown>>).map(how));
		};
	};
	beforeEach(async () => {
		change = (_, response) => response;
		masv = await startTestMasv();
		processes = createProcesses(masv, wrap);
	});
	afterEach(async () => {
		await processes.close();
		await masv.close();
	});

	const warnings: string[] = [];
	const send = async (process: Process, more: Partial<SendRequest> = {}): Promise<SendResult | 'dead'> => {
		warnings.length = 0;
		return await process.run(async ({ client, journal, leases }) =>
			sendPackage(client, {
				target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: ['a@client.example'] } },
				sources: [fileOf('large.mov', large), fileOf('small.txt', small)],
				partBytes: 5 * mebibyte,
				parallelParts: 2,
				unfinished: 'keep',
				scope: 'workflow/node',
				run: 'execution 1',
				onWarning: (text) => warnings.push(text),
				...more,
				journal,
				leases,
			}),
		);
	};
	const add = async (process: Process, packageId: string, sources: FileSource[]) =>
		await process.run(async ({ client, journal, leases }) =>
			addFiles(client, packageId, sources, {
				scope: 'workflow/node',
				partBytes: 5 * mebibyte,
				stopAtFirst: false,
				journal,
				leases,
			}),
		);
	const outcomeOf = (results: Array<PromiseSettledResult<AddedFile>> | 'dead'): unknown => {
		const [first] = results as Array<PromiseSettledResult<AddedFile>>;
		return first?.status === 'fulfilled' ? first.value.id : (first?.reason as Error | undefined)?.message;
	};
	const partPuts = (): number => masv.sandbox.requests.filter(({ step }) => step === 'partPut').length;
	const deletions = (): number => masv.sandbox.requests.filter(({ step }) => step === 'deleteFile').length;
	const finalized = () => masv.sandbox.packages().filter(({ state }) => state !== 'new');
	/** Each file once and whole, in one package. */
	const expectDelivered = async (sent: SendResult | 'dead'): Promise<void> => {
		const { id } = (sent as SendResult).package;
		expect(finalized().map((each) => each.id)).toEqual([id]);
		const files = masv.sandbox.files(id).filter(({ kind }) => kind === 'file');
		const sums = await Promise.all(files.map(async (file) => await masv.sandbox.sha256(id, file.id)));
		expect(sums.sort()).toEqual([sha256(large), sha256(small)].sort());
	};

	it('is not reported if its request to finalize the file never left, and the storage has dropped the upload since', async () => {
		const { id } = masv.sandbox.seedPackage({ state: 'new', name: 'Theirs' });
		const sources = [fileOf('large.mov', large)];
		expect(await add(processes.start(dies('dies before', 'POST', finalizesFile)), id, sources)).toBe('dead');
		masv.sandbox.inject({ step: 'finalizeFile', kind: 'status', status: 503, times: Infinity });
		change = (request, response) =>
			finalizesFile.test(pathOf(request)) ? json(404, { message: 'NoSuchUpload' }) : response;
		expect(outcomeOf(await add(processes.start(), id, sources))).toMatch(/large\.mov.*NoSuchUpload/);
		expect(outcomeOf(await add(processes.start(), id, sources))).toMatch(/large\.mov.*NoSuchUpload/);
		expect(deletions()).toBe(0);
	});

	it('is sent again once somebody has removed it in MASV, as the error advises', async () => {
		const { id } = masv.sandbox.seedPackage({ state: 'new', name: 'Theirs' });
		const sources = [fileOf('large.mov', large)];
		expect(await add(processes.start(dies('dies before', 'POST', finalizesFile)), id, sources)).toBe('dead');
		masv.sandbox.inject({ step: 'finalizeFile', kind: 'status', status: 503, times: 1 });
		change = (request, response) =>
			finalizesFile.test(pathOf(request)) ? json(404, { message: 'NoSuchUpload' }) : response;
		const [failed] = (await add(processes.start(), id, sources)) as PromiseRejectedResult[];
		expect((failed?.reason as MasvError).hint).toMatch(/remove it there and run this again/);
		change = (_, response) => response;
		const { client } = processes.start();
		const token = await fetchPackageToken(client, id);
		const [left] = masv.sandbox.files(id);
		await removeFile({ client, packageId: id, token, policy: noRetry }, left?.id ?? '');
		const again = outcomeOf(await add(processes.start(), id, sources));
		expect(masv.sandbox.files(id).map((file) => file.id)).toEqual([again]);
		expect(await masv.sandbox.sha256(id, String(again))).toBe(sha256(large));
	});

	it('replaces that file in a package of its own, and no other', async () => {
		expect(await send(processes.start(dies('dies before', 'POST', finalizesFile, 2)))).toBe('dead');
		let isGone = true;
		change = (request, response) => {
			if (!isGone || !finalizesFile.test(pathOf(request))) return response;
			isGone = false;
			return json(404, { message: 'NoSuchUpload' });
		};
		masv.sandbox.inject({ step: 'finalizeFile', kind: 'status', status: 503, times: 1 });
		await expectDelivered(await send(processes.start()));
		expect(deletions()).toBe(1);
	});

	describe('whose list of files stays as it was (row 9)', () => {
		beforeEach(() => {
			change = (request, response) => (isList(request) ? json(200, []) : response);
		});

		it('sends no byte again, and does not claim to have compared the package with a list', async () => {
			expect(await send(processes.start(dies('dies before', 'POST', finalizesPackage)))).toBe('dead');
			masv.sandbox.requests.length = 0;
			const sent = await send(processes.start());
			await expectDelivered(sent);
			expect([partPuts(), (sent as SendResult).reconciled]).toEqual([0, false]);
		});

		it('sends no second package if the first one had been finalized', async () => {
			expect(await send(processes.start(dies('dies after', 'POST', finalizesPackage)))).toBe('dead');
			const sent = await send(processes.start());
			await expectDelivered(sent);
			expect((sent as SendResult).reconciled).toBe(false);
		});

		it('adds no file twice', async () => {
			const { id } = masv.sandbox.seedPackage({ state: 'new', name: 'Theirs' });
			const sources = [fileOf('large.mov', large)];
			const first = outcomeOf(await add(processes.start(), id, sources));
			expect(outcomeOf(await add(processes.start(), id, sources))).toBe(first);
			expect(masv.sandbox.files(id)).toHaveLength(1);
		});
	});

	it.each([
		['changed characters', (name: string) => name.replaceAll(':', '_')],
		['upper case', (name: string) => name.toUpperCase()],
		['no blank around them', (name: string) => name.trim()],
	])('recognizes its files although MASV lists them with %s', async (_, spell) => {
		changeEntries((entry) => ({ ...entry, name: spell(String(entry.name)) }));
		const sources = [fileOf(' take 10:30.mov', large), fileOf('small.txt', small)];
		expect(await send(processes.start(dies('dies before', 'POST', finalizesPackage)), { sources })).toBe('dead');
		masv.sandbox.requests.length = 0;
		await expectDelivered(await send(processes.start(), { sources }));
		expect([partPuts(), warnings]).toEqual([0, []]);
	});

	it.each([1, 2])('resumes although the list never shows a file as complete (killed at finalize %i)', async (count) => {
		changeEntries((entry) => ({ ...entry, completed: false }));
		expect(await send(processes.start(dies('dies after', 'POST', /\/finalize$/, count)))).toBe('dead');
		const sent = await send(processes.start());
		await expectDelivered(sent);
		expect((sent as SendResult).reconciled).toBe(false);
	});

	it('replaces only the file that was touched after MASV had added it unnoted, where the list says nothing about completeness', async () => {
		const isAddOfSmall = (request: TransportRequest): boolean =>
			request.method === 'POST' && pathOf(request).endsWith('/files') && isTextWith(request.body, 'small.txt');
		const fateOf = (request: TransportRequest): Fate => (isAddOfSmall(request) ? 'dies after' : 'lives');
		expect(await send(processes.start(fateOf))).toBe('dead');
		const [begun] = masv.sandbox.packages();
		const sources = [fileOf('large.mov', large), fileOf('small.txt', small, { modified: '9' })];
		const sent = await send(processes.start(), { sources });
		await expectDelivered(sent);
		expect([(sent as SendResult).package.id, warnings]).toEqual([begun?.id, []]);
	});

	it.each<[string, Partial<FileStamp>]>([
		['other permissions', { changed: '9' }],
		['been copied with its times', { changed: '9', inode: '7' }],
		['been touched', { modified: '9', changed: '9' }],
	])('after its package was sent sends no second one because a file has %s', async (_, more) => {
		const sent = (await send(processes.start())) as SendResult;
		const sources = [fileOf('large.mov', large, more), fileOf('small.txt', small)];
		const again = (await send(processes.start(), { sources })) as SendResult;
		await expectDelivered(again);
		expect([again.package.id, warnings]).toEqual([sent.package.id, []]);
	});

	it('after its package was sent sends another one if a file has other content, although size and times are the same', async () => {
		await send(processes.start());
		const other = Buffer.from(small);
		other[0] = (other[0] as number) ^ 1;
		const sources = [fileOf('large.mov', large), fileOf('small.txt', other, { changed: '9' })];
		const again = (await send(processes.start(), { sources })) as SendResult;
		expect(finalized()).toHaveLength(2);
		const sums = masv.sandbox.files(again.package.id).map(async ({ id }) => masv.sandbox.sha256(again.package.id, id));
		expect(await Promise.all(sums)).toContain(sha256(other));
	});

	it('is not delivered without a look at its files if MASV, which had listed them, no longer does', async () => {
		expect(await send(processes.start(dies('dies before', 'POST', finalizesPackage)))).toBe('dead');
		change = (request, response) => (isList(request) ? json(405, {}) : response);
		const error: unknown = await send(processes.start()).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ code: 'package_not_listed' });
		expect(finalized()).toEqual([]);
	});

	it('after its package was delivered sends no second one because the list shows what was removed before', async () => {
		expect(await send(processes.start(dies('dies after', 'POST', finalizesPackage)))).toBe('dead');
		change = (request, response) => {
			if (!isList(request)) return response;
			const files = JSON.parse(response.text) as Array<Record<string, unknown>>;
			return json(200, [...files, { ...files[0], id: 'removed', completed: false }]);
		};
		await expectDelivered(await send(processes.start()));
		expect(masv.sandbox.requests.filter(({ step }) => step === 'deleteFile')).toEqual([]);
	});

	describe('and whose package has expired since', () => {
		const expire = async (): Promise<void> => {
			const id = masv.sandbox.packages()[0]?.id ?? '';
			const { client } = processes.start();
			await client.call({
				operation: 'delete',
				method: 'DELETE',
				path: `/v1/packages/${id}`,
				authorization: { kind: 'package', token: await fetchPackageToken(client, id) },
			});
		};

		it('is not sent again if the package had been delivered', async () => {
			expect(await send(processes.start(dies('dies after', 'POST', finalizesPackage)))).toBe('dead');
			await expire();
			const sent = (await send(processes.start(), { run: 'execution 2', link: {} })) as SendResult;
			expect(masv.sandbox.packages()).toHaveLength(1);
			expect([sent.package.state, sent.reconciled, sent.link]).toEqual(['expired', false, undefined]);
			expect(warnings).toEqual([expect.stringContaining('was delivered by an earlier run, and is expired now')]);
		});

		it('is sent in a new package if it had not been delivered', async () => {
			expect(await send(processes.start(dies('dies before', 'POST', finalizesPackage)))).toBe('dead');
			await expire();
			const sent = (await send(processes.start())) as SendResult;
			expect([sent.package.state, masv.sandbox.packages().length]).toEqual(['finalized', 2]);
		});

		it('fails if MASV does not say whether it had been delivered', async () => {
			expect(await send(processes.start(dies('dies after', 'POST', finalizesPackage)))).toBe('dead');
			await expire();
			change = (request, response) => (pathOf(request).endsWith('/activities') ? json(404, {}) : response);
			for (const run of ['execution 1', 'execution 2']) {
				const error: unknown = await send(processes.start(), { run }).catch((reason: unknown) => reason);
				expect(error).toMatchObject({ code: 'delivery_uncertain' });
			}
			expect(masv.sandbox.packages()).toHaveLength(1);
		});

		it('is reported without a link to the execution that asks again after it was sent', async () => {
			await send(processes.start(), { link: {} });
			await expire();
			const sent = (await send(processes.start(), { link: {} })) as SendResult;
			expect([sent.package.state, sent.link, masv.sandbox.packages().length]).toEqual(['expired', undefined, 1]);
		});

		it('is sent in a new package once it is to be sent anyway, and by the executions after that', async () => {
			expect(await send(processes.start(dies('dies after', 'POST', finalizesPackage)))).toBe('dead');
			await expire();
			change = (request, response) => (pathOf(request).endsWith('/activities') ? json(404, {}) : response);
			const states: unknown[] = [];
			for (const ifRunning of ['sendAnyway', 'fail'] as const) {
				const sent = (await send(processes.start(), { run: ifRunning, ifRunning })) as SendResult;
				states.push(sent.package.state);
			}
			expect([states, masv.sandbox.packages().length]).toEqual([['finalized', 'finalized'], 3]);
		});
	});
});
