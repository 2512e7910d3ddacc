import type { MasvError } from '../../masv/errors';
import { fetchPackageToken } from '../../masv/packages/find';
import { outageOf } from '../../masv/retry';
import { bufferSource } from '../../masv/transfer/bufferSource';
import type { FileSource } from '../../masv/transfer/source';
import type { Leases } from '../../masv/transfer/lease';
import type { Transport } from '../../masv/transport';
import type { SendResult } from '../../masv/upload/sendPackage';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { SendRequest } from '../../masv/upload/sendRequest';
import { failureOf } from '../support/failureOf';
import { instantClock } from '../support/instantClock';
import type { Process } from '../support/mortal';
import { createProcesses, nth } from '../support/mortal';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const mebibyte = 1024 * 1024;
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

/** A file on disk, as far as an upload can see it. */
function fileOf(name: string, content: Buffer): FileSource {
	const stamp = { bytes: content.length, modified: '5', changed: '6', device: '1', inode: name };
	const source = bufferSource(content, { name, path: '', modifiedAt });
	const open = async () => ({ ...(await source.open()), look: () => Promise.resolve(stamp) });
	return { ...source, location: `/media/${name}`, stamp, open };
}

const both = [fileOf('a', patternBytes(1_000)), fileOf('b', patternBytes(1_001))];
const finalizePath = /\/packages\/[^/]+\/finalize$/;

// Faults work only with the embedded store.
onEmbeddedStore('a delivery with ambiguous answers', () => {
	type Fault = Parameters<TestMasv['sandbox']['inject']>[0];
	let masv: TestMasv;
	let processes: ReturnType<typeof createProcesses>;
	/** What stands between the processes and MASV. */
	let gateway: (transport: Transport) => Transport;
	beforeEach(async () => {
		masv = await startTestMasv();
		gateway = (transport) => transport;
		processes = createProcesses(masv, (transport) => gateway(transport));
	});
	afterEach(async () => {
		await processes.close();
		await masv.close();
	});

	const requests = (step: TestMasv['sandbox']['requests'][number]['step']): number =>
		masv.sandbox.requests.filter((each) => each.step === step).length;
	const states = () => masv.sandbox.packages().map(({ state }) => state);
	const send = async (process: Process, more: Partial<SendRequest> = {}): Promise<SendResult | 'dead'> =>
		await process.run(
			async ({ client, journal, leases }) =>
				await sendPackage(client, {
					target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: ['a@client.example'] } },
					sources: both,
					unfinished: 'keep',
					scope: 'workflow/node',
					run: 'execution 1',
					policy: outageOf(900_000),
					journal,
					leases,
					...more,
				}),
		);

	it('is finalized once, and succeeds, when a proxy repeats the request to finalize the package', async () => {
		gateway = (transport) => async (request) => {
			if (request.method === 'POST' && finalizePath.test(request.url)) await transport(request);
			return await transport(request);
		};
		expect(await send(processes.start())).toMatchObject({ package: { state: 'finalized' } });
	});

	it('waits a quarter of an hour while MASV calls a file unfinished, and then says that nothing was delivered', async () => {
		const clock = instantClock();
		masv.sandbox.inject({
			step: 'finalizePackage',
			kind: 'status',
			status: 409,
			body: JSON.stringify({ code: 409, message: '1 file(s) not finalized' }),
			times: Infinity,
		});
		const failure = await failureOf<MasvError>(send(processes.start(() => 'lives', { clock })));
		const slept = clock.slept.reduce((sum, ms) => sum + ms, 0);
		expect(failure).toMatchObject({ status: 409 });
		expect(failure.hint).toContain('was kept unfinished; no notifications were sent');
		expect(slept).toBeGreaterThan(10 * 60_000);
		expect(slept).toBeLessThan(16 * 60_000);
		expect(requests('finalizePackage')).toBeLessThan(150);
	});

	it('goes on with its package although a list of packages does not show it yet', async () => {
		let looks = 0;
		gateway = (transport) => async (request) => {
			const { pathname } = new URL(request.url);
			const isGet = request.method === 'GET';
			if (isGet && /^\/v1\.1\/teams\/[^/]+\/packages\/[^/]+$/.test(pathname))
				return { status: 404, headers: {}, text: '' };
			const response = await transport(request);
			if (!isGet || !/^\/v1\.1\/teams\/[^/]+\/packages$/.test(pathname) || looks++ > 0) return response;
			return { ...response, text: '{"metadata":{"total":0},"records":[]}' };
		};
		const finalizes = nth(1, 'POST', finalizePath);
		expect(await send(processes.start((request) => (finalizes(request) ? 'dies after' : 'lives')))).toBe('dead');
		await send(processes.start());
		expect(states()).toEqual(['finalized']);
	});

	it('is sent by the next execution if the last one has reported its own, but died before it gave back its lease', async () => {
		const ended = processes.start();
		const keep: Leases = {
			take: async (key, options) => {
				const lease = await ended.leases.take(key, options);
				return typeof lease === 'object' ? { ...lease, release: () => Promise.resolve() } : lease;
			},
		};
		const first = await send(ended, { leases: keep });
		ended.kill();
		const next = await send(processes.start(), { run: 'execution 2' });
		expect((next as SendResult).package.id).not.toBe((first as SendResult).package.id);
		expect(states()).toEqual(['finalized', 'finalized']);
	});

	describe('and most of a large file in the storage sends only what is missing', () => {
		const large = [fileOf('large.mov', patternBytes(30 * mebibyte, 5))];
		const options = { sources: large, partBytes: 5 * mebibyte, parallelParts: 1 };
		beforeEach(async () => {
			const stores = nth(5, 'PUT', /./);
			expect(
				await send(
					processes.start((each) => (stores(each) ? 'dies after' : 'lives')),
					options,
				),
			).toBe('dead');
			masv.sandbox.requests.length = 0;
		});

		it.each<[string, Fault]>([
			['one 404 to part URLs', { step: 'partUrls', kind: 'status', status: 404 }],
			['a 404 page to part URLs from a gateway', { step: 'partUrls', kind: 'html', status: 404, times: 3 }],
		])('after %s', async (_, fault) => {
			masv.sandbox.inject(fault);
			expect(await send(processes.start(), options)).toMatchObject({ package: { state: 'finalized' } });
			expect([requests('partPut'), requests('deleteFile')]).toEqual([2, 0]);
		});

		it('unless another run has completed the file meanwhile, whose upload is gone as well: it is not removed', async () => {
			let isCompleted = false;
			gateway = (transport) => async (request) => {
				if (request.method === 'PUT') {
					isCompleted = true;
					return { status: 404, headers: {}, text: '<Error><Code>NoSuchUpload</Code></Error>' };
				}
				const response = await transport(request);
				if (!isCompleted || !request.url.endsWith('/files')) return response;
				return { ...response, text: response.text.replaceAll('"id":', '"completed":true,"id":') };
			};
			expect(await failureOf(send(processes.start(), options))).toMatchObject({ code: 'part_not_stored' });
			expect(requests('deleteFile')).toBe(0);
		});

		it('after a 404 page from a gateway in front of the storage, in the next run', async () => {
			masv.sandbox.inject({ step: 'partPut', kind: 'html', status: 404 });
			expect(await failureOf(send(processes.start(), options))).toMatchObject({ code: 'part_not_stored' });
			await send(processes.start(), options);
			expect([requests('deleteFile'), states()]).toEqual([0, ['finalized']]);
		});
	});

	it('starts a file again if MASV repeats that it does not know the upload (row 9)', async () => {
		const large = [fileOf('large.mov', patternBytes(12 * mebibyte, 5))];
		const options = { sources: large, partBytes: 5 * mebibyte, parallelParts: 1 };
		const stores = nth(2, 'PUT', /./);
		await send(
			processes.start((each) => (stores(each) ? 'dies after' : 'lives')),
			options,
		);
		masv.sandbox.inject({ step: 'partUrls', kind: 'status', status: 404, times: 2 });
		await send(processes.start(), options);
		expect([requests('deleteFile'), states()]).toEqual([1, ['finalized']]);
	});

	it.each<[string, Fault, unknown]>([
		['pages of a gateway', { step: 'listFiles', kind: 'html', status: 404, times: 2 }, ['a', 'b']],
		['nothing but refusals', { step: 'listFiles', kind: 'status', status: 404, times: Infinity }, undefined],
	])('is not finalized without a file that is gone, if MASV responds %s instead of a list', async (_, fault, names) => {
		const finalizes = nth(1, 'POST', finalizePath);
		await send(processes.start((request) => (finalizes(request) ? 'dies before' : 'lives')));
		const [{ id = '' } = {}] = masv.sandbox.packages();
		const gone = masv.sandbox.files(id).find(({ name }) => name === 'b');
		const { client } = processes.start();
		const authorization = { kind: 'package', token: await fetchPackageToken(client, id) } as const;
		await client.call({ operation: '', method: 'DELETE', path: `/v1/packages/${id}/files/${gone?.id}`, authorization });
		masv.sandbox.inject(fault);
		const sent = await send(processes.start()).catch((error: MasvError) => error.code);
		if (names === undefined) expect([sent, states()]).toEqual(['package_not_listed', ['new']]);
		else
			expect([(sent as SendResult).reconciled, masv.sandbox.files(id).map(({ name }) => name)]).toEqual([true, names]);
	});
});
