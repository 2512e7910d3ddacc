import type { MasvClient } from '../../masv/client';
import { pullFromStorage } from '../../masv/storage/pull';
import type { PullRequest } from '../../masv/storage/pullRequest';
import { failureOf } from '../support/failureOf';
import { memoryJournal } from '../support/memoryJournal';
import { useStorageMasv } from '../support/storageMasv';
import type { TestMasv } from '../support/testMasv';
import type { Fate } from '../support/mortal';
import { createProcesses } from '../support/mortal';

const hour = 3_600_000;
const start = useStorageMasv();

/** A delivery from a storage with one file; each call is another run of the same node. */
function pulls(
	{ sandbox, client }: TestMasv,
	journal = memoryJournal().join(),
): (more?: Partial<PullRequest> & { client?: MasvClient }) => Promise<string> {
	const { id: connectionId } = sandbox.seedConnection({ objects: [{ path: 'a.mov', content: 'x' }] });
	let runs = 0;
	return async ({ client: own = client(), ...more } = {}) => {
		const sent = await pullFromStorage(own, {
			connectionId,
			sources: [{ id: 'a.mov', name: 'a.mov', kind: 'file' }],
			package: { name: 'Dailies', description: '', recipients: [] },
			timeoutMs: hour,
			run: `run-${++runs}`,
			scope: 'node-1',
			journal,
			...more,
		});
		expect(sent.package.state).toBe('finalized');
		return sent.package.id;
	};
}

describe('sending files from a storage', () => {
	it.each([true, false])('waits for the transfer, if MASV finalizes the package: %s', async (finalizes) => {
		const masv = await start({ looks: 3, finalizes });
		const id = await pulls(masv)();
		expect(masv.sandbox.package(id)).toMatchObject({ state: 'finalized', total_files: 1 });
	});

	it('waits for the end of an outage of minutes that begins when the files are there, to create the link', async () => {
		const masv = await start({ finalizes: false });
		const injected: Array<{ hits: () => number }> = [];
		const client = masv.client({
			onCall: ({ operation, status }) => {
				if (!operation.startsWith('finalize package') || status !== 204) return;
				injected.push(masv.sandbox.inject({ step: 'createLink', kind: 'status', status: 503, times: 30 }));
			},
		});
		await pulls(masv)({ client, link: {} });
		expect(injected.map(({ hits }) => hits())).toEqual([30]);
	});

	it('fails with the reason of MASV, and starts anew next time', async () => {
		const masv = await start({ looks: 1, error: 'Access Denied' });
		const pull = pulls(masv);
		for (let time = 1; time <= 2; time++) {
			expect((await failureOf(pull())).message).toMatch(/failed: Access Denied$/);
			expect(masv.sandbox.packages().map(({ state }) => state)).toEqual(Array(time).fill('expired'));
		}
	});

	it('waits for the same package after its time limit was reached', async () => {
		const masv = await start({ looks: 5 });
		const pull = pulls(masv);
		expect(await failureOf(pull({ timeoutMs: 1 }))).toMatchObject({ code: 'wait_timeout' });
		const [begun] = masv.sandbox.packages();
		expect(await pull()).toBe(begun?.id);
		expect(masv.sandbox.transfers(begun?.id ?? '')).toHaveLength(1);
	});

	it('waits for the same package under its new name if name and message contain the time', async () => {
		const masv = await start({ looks: 5 });
		const pull = pulls(masv);
		const at = (time: string) => ({ name: `Dailies ${time}`, description: `Sent at ${time}`, recipients: [] });
		expect(await failureOf(pull({ timeoutMs: 1, package: at('10:00') }))).toMatchObject({ code: 'wait_timeout' });
		const [begun] = masv.sandbox.packages();
		const warnings: string[] = [];
		const onWarning = (text: string): void => void warnings.push(text);
		expect(await pull({ package: at('10:10'), onWarning })).toBe(begun?.id);
		expect(masv.sandbox.packages()).toMatchObject([{ name: 'Dailies 10:10' }]);
		expect(warnings).toEqual([`Package ${begun?.id} keeps the message from when its upload began.`]);
	});

	it.each([
		['it was started', 'resetAfterBody', 1],
		['it was not started', 'resetBeforeBody', 0],
	] as const)('does not start a transfer twice if nothing is known about it: %s', async (_, kind, started) => {
		const masv = await start({});
		const pull = pulls(masv);
		masv.sandbox.inject({ step: 'createTransfer', kind });
		masv.sandbox.inject({ step: 'listTransfers', kind: 'status', status: 405 });
		expect(await failureOf(pull())).toMatchObject({ code: 'transfer_start_uncertain' });
		const [begun] = masv.sandbox.packages();
		expect(masv.sandbox.transfers(begun?.id ?? '')).toHaveLength(started);
		expect(await pull()).toBe(begun?.id);
		expect(masv.sandbox.transfers(begun?.id ?? '')).toHaveLength(1);
		expect(masv.sandbox.packages()).toHaveLength(1);
	});

	it('sends a new package in the next run, but not in one that n8n starts again', async () => {
		const masv = await start({});
		const pull = pulls(masv);
		const first = await pull({ run: 'same' });
		expect(await pull({ run: 'same' })).toBe(first);
		expect(await pull()).not.toBe(first);
	});

	it('sends a new package if the files, the target or the node are others', async () => {
		const masv = await start({ looks: 2 });
		const pull = pulls(masv);
		expect(await failureOf(pull({ timeoutMs: 1 }))).toMatchObject({ code: 'wait_timeout' });
		const others: Array<Partial<PullRequest>> = [
			{ scope: 'node-2' },
			{ package: { name: 'Dailies', description: '', recipients: ['anna@example.com'] } },
			{
				sources: [
					{ id: 'a.mov', name: 'b.mov', kind: 'file' },
					{ id: 'a.mov', name: 'a.mov', kind: 'file' },
				],
			},
		];
		for (const more of others) await pull(more);
		expect(new Set(masv.sandbox.packages().map(({ id }) => id)).size).toBe(4);
	});
});

describe('sending files from a storage, if the process dies', () => {
	const link = {};

	/** Runs until the process dies at the n-th request to MASV, and then the next run. */
	async function dieAt(count: number, fate: Fate) {
		const masv = await start({ looks: 1 });
		const processes = createProcesses(masv);
		try {
			const pull = pulls(masv, processes.journal.join());
			let sent = 0;
			const dying = processes.start(() => (++sent === count ? fate : 'lives'));
			const { client, leases } = dying;
			const first = await dying.run(async ({ journal }) => await pull({ client, leases, journal, link }));
			const second = first === 'dead' ? await pull({ link }) : first;
			return { died: first === 'dead', id: second, sandbox: masv.sandbox };
		} finally {
			await processes.close();
		}
	}

	it.each(['dies before', 'dies after'] as const)(
		'the next run delivers the same package once, if it %s any request',
		async (fate) => {
			for (let count = 1; ; count++) {
				const { died, id, sandbox } = await dieAt(count, fate);
				if (!died) {
					expect(count).toBeGreaterThan(8);
					return;
				}
				const finalized = sandbox.packages().filter(({ state }) => state === 'finalized');
				expect([count, finalized.map((found) => found.id)]).toEqual([count, [id]]);
				expect([count, sandbox.transfers(id).length]).toEqual([count, 1]);
				// A package whose creation nobody has heard of stays empty, and nobody is notified of it.
				const others = sandbox.packages().filter((found) => found.id !== id);
				expect(others.every(({ total_files }) => total_files === 0)).toBe(true);
				expect(others.length).toBeLessThanOrEqual(1);
			}
		},
	);

	it('the next run says that a transfer may be running if MASV does not list transfers, and sends no second package', async () => {
		const masv = await start({ looks: 1 });
		const processes = createProcesses(masv);
		masv.sandbox.inject({ step: 'listTransfers', kind: 'status', status: 405, times: Infinity });
		const pull = pulls(masv, processes.journal.join());
		const dying = processes.start(({ url }) => (url.endsWith('/transfer') ? 'dies after' : 'lives'));
		const { client, leases } = dying;
		expect(await dying.run(async ({ journal }) => await pull({ client, leases, journal }))).toBe('dead');
		for (let time = 1; time <= 2; time++) {
			expect(await failureOf(pull({ run: 'same' }))).toMatchObject({ code: 'transfer_start_uncertain' });
		}
		expect(masv.sandbox.packages()).toHaveLength(1);
		await processes.close();
	});

	it('leaves the package alone if a repeated request is refused: the first one may have started the transfer', async () => {
		const masv = await start({ looks: 5 });
		masv.sandbox.inject({ step: 'createTransfer', kind: 'resetAfterBody' });
		masv.sandbox.inject({ step: 'createTransfer', kind: 'status', status: 409 });
		masv.sandbox.inject({ step: 'listTransfers', kind: 'wrongJson', body: '[]', times: 14 });
		const error = await failureOf(pulls(masv)());
		const [begun] = masv.sandbox.packages();
		expect(error).toMatchObject({
			status: 409,
			hint: expect.stringContaining('a transfer to it may be running') as string,
		});
		expect(begun).toMatchObject({ state: 'new' });
		expect(masv.sandbox.transfers(begun?.id ?? '')).toHaveLength(1);
	});

	it('the next run does not start a transfer again that the list does not show yet', async () => {
		const masv = await start({ looks: 1 });
		const processes = createProcesses(masv);
		const pull = pulls(masv, processes.journal.join());
		const dying = processes.start(({ url }) => (url.endsWith('/transfer') ? 'dies after' : 'lives'));
		const { client, leases } = dying;
		expect(await dying.run(async ({ journal }) => await pull({ client, leases, journal }))).toBe('dead');
		masv.sandbox.inject({ step: 'listTransfers', kind: 'wrongJson', body: '[]', times: 3 });
		const id = await pull();
		expect(masv.sandbox.transfers(id)).toHaveLength(1);
		await processes.close();
	});

	it('says in one run, and in no other, that a transfer may be running if MASV does not list transfers', async () => {
		const masv = await start({});
		masv.sandbox.inject({ step: 'listTransfers', kind: 'status', status: 405, times: Infinity });
		masv.sandbox.inject({ step: 'createTransfer', kind: 'resetAfterBody' });
		const pull = pulls(masv);
		for (let time = 1; time <= 3; time++) {
			expect(await failureOf(pull({ run: 'same' }))).toMatchObject({ code: 'transfer_start_uncertain' });
		}
		const [begun] = masv.sandbox.packages();
		expect(await pull()).not.toBe(begun?.id);
		expect(masv.sandbox.packages()).toHaveLength(2);
	});

	it('the next run does not send everything again because the link could not be created', async () => {
		const masv = await start({});
		const pull = pulls(masv);
		masv.sandbox.inject({ step: 'createLink', kind: 'status', status: 402 });
		await failureOf(pull({ link }));
		const [begun] = masv.sandbox.packages();
		expect(await pull({ link })).toBe(begun?.id);
		expect(masv.sandbox.packages()).toHaveLength(1);
	});

	it('a run that n8n starts again gets the same link', async () => {
		const masv = await start({});
		const pull = pulls(masv);
		const id = await pull({ link, run: 'same' });
		expect(await pull({ link, run: 'same' })).toBe(id);
		expect(masv.sandbox.links(id)).toHaveLength(1);
	});
});

describe('sending files from a storage, if the package does not live until it is complete', () => {
	it('says that it has expired, and sends a new one next time', async () => {
		const masv = await start({ looks: 4 });
		const pull = pulls(masv);
		const dies = masv.client();
		let looks = 0;
		const original = dies.clock.sleep.bind(dies.clock);
		jest.spyOn(dies.clock, 'sleep').mockImplementation(async (...args) => {
			const [begun] = masv.sandbox.packages();
			if (++looks === 1 && begun !== undefined) await masv.sandbox.expirePackage(begun.id);
			await original(...args);
		});
		expect(await failureOf(pull({ client: dies }))).toMatchObject({
			code: 'package_state_wrong',
			message: expect.stringMatching(/is expired: its files were deleted before/) as string,
		});
		const [expired] = masv.sandbox.packages();
		expect(await pull()).not.toBe(expired?.id);
		expect(masv.sandbox.packages()).toHaveLength(2);
	});

	it('the next run sends a new one if it expired after a run that died', async () => {
		const masv = await start({ looks: 5 });
		const pull = pulls(masv);
		expect(await failureOf(pull({ timeoutMs: 1 }))).toMatchObject({ code: 'wait_timeout' });
		const [begun] = masv.sandbox.packages();
		await masv.sandbox.expirePackage(begun?.id ?? '');
		expect(await pull()).not.toBe(begun?.id);
	});
});

describe('two runs that send the same files from a storage at the same moment', () => {
	async function together(ifRunning: PullRequest['ifRunning']) {
		const masv = await start({ looks: 3 });
		const processes = createProcesses(masv);
		const pull = pulls(masv, processes.journal.join());
		const runs = [processes.start(), processes.start()].map(
			async ({ client, leases }) => await pull({ client, leases, ifRunning, link: {} }),
		);
		const results = await Promise.allSettled(runs);
		await processes.close();
		return { results, sandbox: masv.sandbox };
	}

	it('wait for each other, and get the same package, transferred once, with one link', async () => {
		const { results, sandbox } = await together('wait');
		const [only, ...others] = sandbox.packages();
		expect(others).toEqual([]);
		const id = only?.id ?? '';
		expect(results).toMatchObject([{ value: id }, { value: id }]);
		expect(sandbox.transfers(id)).toHaveLength(1);
		expect(sandbox.links(id)).toHaveLength(1);
	});

	it('do so one alone, if the other is to fail', async () => {
		const { results, sandbox } = await together('fail');
		const failed = results.filter(({ status }) => status === 'rejected');
		expect(failed).toMatchObject([{ reason: { code: 'delivery_running' } }]);
		expect(sandbox.packages()).toHaveLength(1);
	});
});
