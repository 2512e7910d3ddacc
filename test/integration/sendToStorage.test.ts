import { sendToStorage } from '../../masv/storage/sendToStorage';
import type { SendToStorageRequest } from '../../masv/storage/sendToStorage';
import { failureOf } from '../support/failureOf';
import { memoryJournal } from '../support/memoryJournal';
import type { Fate, Process } from '../support/mortal';
import { createProcesses, nth } from '../support/mortal';
import { useStorageMasv } from '../support/storageMasv';
import type { TestMasv } from '../support/testMasv';

const hour = 3_600_000;
const start = useStorageMasv();

type More = Partial<SendToStorageRequest> & Partial<Pick<Process, 'client'>>;

/** A package and a storage; each call is another run, with the same journal. */
function prepare({ sandbox, client }: TestMasv, journal = memoryJournal().join()) {
	const { id: connectionId } = sandbox.seedConnection({ direction: 'masv_to_cloud' });
	const { id: packageId } = sandbox.seedPackage();
	let runs = 0;
	const send = async (again = false, timeoutMs: number | undefined = hour, more: More = {}) => {
		const { client: own = client(), ...rest } = more;
		const run = `run-${++runs}`;
		return await sendToStorage(own, { packageId, connectionId, again, timeoutMs, run, journal, ...rest });
	};
	return { packageId, connectionId, send };
}

const withoutList = ({ sandbox }: TestMasv): void =>
	void sandbox.inject({ step: 'listTransfers', kind: 'status', status: 405, times: Infinity });

describe('sending a package to a storage', () => {
	it('waits for the transfer', async () => {
		const masv = await start({ looks: 3 });
		expect(await prepare(masv).send()).toMatchObject({ transfer: { state: 'complete' }, already_sent: false });
	});

	it('waits for a transfer that is running instead of starting another one, even to send again', async () => {
		const masv = await start({ looks: 3 });
		const { packageId, send } = prepare(masv);
		expect(await failureOf(send(false, 1))).toMatchObject({ code: 'wait_timeout' });
		expect(await send(true)).toMatchObject({ transfer: { state: 'complete' }, already_sent: true });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
	});

	it('waits for the new transfer if it is sent again', async () => {
		const masv = await start({ looks: 3 });
		const { packageId, send } = prepare(masv);
		await send();
		const { transfer } = await send(true);
		expect(masv.sandbox.transfers(packageId)).toMatchObject([{ state: 'complete' }, { id: transfer.id }]);
		expect(masv.sandbox.transfers(packageId)[1]?.state).toBe('complete');
	});

	it('fails with the reason of MASV, and starts another transfer next time', async () => {
		const masv = await start({ looks: 1, error: 'Bucket is full' });
		const { packageId, send } = prepare(masv);
		for (let time = 1; time <= 2; time++) {
			expect(await failureOf(send())).toMatchObject({
				code: 'storage_transfer_failed',
				message: expect.stringContaining('Bucket is full') as string,
			});
			expect(masv.sandbox.transfers(packageId)).toHaveLength(time);
		}
	});
});

describe('sending a package to a storage again, after a run that died', () => {
	/** A run dies at its n-th request, and another one follows. */
	async function dieAt(count: number, fate: Fate, again: boolean, looks: number) {
		const masv = await start({ looks });
		const processes = createProcesses(masv);
		try {
			const { packageId, send } = prepare(masv, processes.journal.join());
			let sent = 0;
			const dying = processes.start(() => (++sent === count ? fate : 'lives'));
			const { client, leases } = dying;
			const first = await dying.run(async ({ journal }) => await send(again, hour, { client, leases, journal }));
			const { transfer } = first === 'dead' ? await send(again) : first;
			return { died: first === 'dead', transfer, transfers: masv.sandbox.transfers(packageId) };
		} finally {
			await processes.close();
		}
	}

	it.each([
		['complete', 'dies before', false, 0],
		['complete', 'dies before', true, 0],
		['complete', 'dies after', false, 0],
		['complete', 'dies after', true, 0],
		['running', 'dies after', false, 3],
		['running', 'dies after', true, 3],
	] as const)(
		'the next run gets the same transfer, which is %s: it %s any request (again: %s)',
		async (_, fate, again, looks) => {
			for (let count = 1; ; count++) {
				const { died, transfer, transfers } = await dieAt(count, fate, again, looks);
				if (!died) {
					expect(count).toBeGreaterThan(3);
					return;
				}
				expect([count, transfers]).toMatchObject([count, [{ id: transfer.id, state: 'complete' }]]);
			}
		},
	);

	it('does not start a transfer again that the list does not show yet', async () => {
		const masv = await start({ looks: 1 });
		const processes = createProcesses(masv);
		const { packageId, send } = prepare(masv, processes.journal.join());
		const isStart = nth(1, 'POST', /\/transfer$/);
		const dying = processes.start((request) => (isStart(request) ? 'dies after' : 'lives'));
		const { client, leases } = dying;
		expect(await dying.run(async ({ journal }) => await send(false, hour, { client, leases, journal }))).toBe('dead');
		masv.sandbox.inject({ step: 'listTransfers', kind: 'wrongJson', body: '[]', times: 3 });
		await send();
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
		await processes.close();
	});

	it('does not start a transfer again in the same run that was told that one may be running', async () => {
		const masv = await start({ looks: 1 });
		const { packageId, send } = prepare(masv);
		masv.sandbox.inject({ step: 'createTransfer', kind: 'lostAnswerStatus', status: 200, body: '{}' });
		masv.sandbox.inject({ step: 'listTransfers', kind: 'wrongJson', body: '[]', times: 14 });
		const run = { run: 'same' };
		expect(await failureOf(send(false, hour, run))).toMatchObject({ code: 'transfer_start_uncertain' });
		await send(false, hour, run);
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
	});

	it('does not take the refusal of a repeated request for a refusal of the first one', async () => {
		const masv = await start({});
		const { packageId, send } = prepare(masv);
		masv.sandbox.inject({ step: 'createTransfer', kind: 'resetAfterBody' });
		masv.sandbox.inject({ step: 'createTransfer', kind: 'status', status: 409 });
		masv.sandbox.inject({ step: 'listTransfers', kind: 'wrongJson', body: '[]', times: 14 });
		expect(await failureOf(send(true, hour, { run: 'a' }))).toMatchObject({ status: 409 });
		await send(true, hour, { run: 'b' });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
	});

	it('does not wait for a transfer that MASV has refused to start', async () => {
		const masv = await start({});
		const { send } = prepare(masv);
		masv.sandbox.inject({ step: 'createTransfer', kind: 'status', status: 402 });
		await failureOf(send());
		const before = masv.sandbox.requests.length;
		await send();
		const looks = masv.sandbox.requests.slice(before).map(({ step }) => step);
		expect(looks.indexOf('createTransfer')).toBe(looks.indexOf('listTransfers') + 1);
	});

	it('sends again after a run that got its result, but not in the same run that n8n starts again', async () => {
		const masv = await start({});
		const { packageId, send } = prepare(masv);
		const first = await send(true, hour, { run: 'same' });
		expect(await send(true, hour, { run: 'same' })).toEqual({ ...first, already_sent: true });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
		expect(await send(true)).toMatchObject({ already_sent: false });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(2);
	});

	it('does not wait for ever for a transfer that MASV no longer lists', async () => {
		const masv = await start({ looks: 9 });
		const { packageId, send } = prepare(masv);
		expect(await failureOf(send(false, 1))).toMatchObject({ code: 'wait_timeout' });
		// To begin, while it waits, when the time is up, and to see whether the next run is to wait for it.
		masv.sandbox.inject({ step: 'listTransfers', kind: 'status', status: 200, body: '[]', times: 4 });
		expect(await failureOf(send(false, 1))).toMatchObject({ code: 'wait_timeout' });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
		masv.sandbox.inject({ step: 'listTransfers', kind: 'status', status: 200, body: '[]' });
		expect(await send()).toMatchObject({ already_sent: false });
	});

	it.each(['dies before', 'dies after'] as const)(
		'says that a transfer may be running if nothing shows it: the run %s its request',
		async (fate) => {
			const masv = await start({ looks: 5 });
			const processes = createProcesses(masv);
			withoutList(masv);
			masv.sandbox.inject({ step: 'listActivities', kind: 'status', status: 200, body: '[]', times: Infinity });
			const { packageId, send } = prepare(masv, processes.journal.join());
			const dying = processes.start(({ method }) => (method === 'POST' ? fate : 'lives'));
			const { client, leases } = dying;
			expect(await dying.run(async ({ journal }) => await send(false, hour, { client, leases, journal }))).toBe('dead');
			for (let time = 1; time <= 2; time++) {
				expect(await failureOf(send(false, hour, { run: 'same' }))).toMatchObject({ code: 'transfer_start_uncertain' });
			}
			expect(masv.sandbox.transfers(packageId)).toHaveLength(fate === 'dies after' ? 1 : 0);
			expect(await send(false, hour, { timeoutMs: undefined })).toMatchObject({ already_sent: false });
			await processes.close();
		},
	);
});

describe('sending a package to a storage of which MASV lists no transfers', () => {
	it('says in one run, and in no other, that a transfer may be running', async () => {
		const masv = await start({});
		withoutList(masv);
		masv.sandbox.inject({ step: 'listActivities', kind: 'status', status: 200, body: '[]', times: Infinity });
		masv.sandbox.inject({ step: 'createTransfer', kind: 'resetAfterBody' });
		const { packageId, send } = prepare(masv);
		for (let time = 1; time <= 3; time++) {
			expect(await failureOf(send(false, hour, { run: 'same' }))).toMatchObject({ code: 'transfer_start_uncertain' });
		}
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
		expect(await send(false, hour, { timeoutMs: undefined })).toMatchObject({ already_sent: false });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(2);
	});

	it('returns the transfer that the activities show instead of starting another one', async () => {
		const masv = await start({});
		const { packageId, connectionId, send } = prepare(masv);
		await send();
		withoutList(masv);
		const activity = { id: 'A1', activity_type: 'package_transfer_masv_to_cloud', activity_state: 'complete' };
		const body = JSON.stringify([{ ...activity, package_id: packageId, cloud_connection_id: connectionId }]);
		masv.sandbox.inject({ step: 'listActivities', kind: 'status', status: 200, body, times: Infinity });
		expect(await send()).toMatchObject({ already_sent: true, transfer: { state: 'complete' } });
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
	});

	it('does not take the activity of an earlier transfer for the one that it waits for', async () => {
		const masv = await start({ looks: 9 });
		withoutList(masv);
		const { packageId, connectionId, send } = prepare(masv);
		const activity = { id: 'A1', activity_type: 'package_transfer_masv_to_cloud', activity_state: 'complete' };
		const body = JSON.stringify([{ ...activity, package_id: packageId, cloud_connection_id: connectionId }]);
		masv.sandbox.inject({ step: 'listActivities', kind: 'status', status: 200, body, times: Infinity });
		expect(await failureOf(send(true, 60_000))).toMatchObject({ code: 'wait_timeout' });
	});
});

describe('two runs that send the same package to the same storage at the same moment', () => {
	it.each([false, true])('start one transfer (again: %s)', async (again) => {
		const masv = await start({ looks: 3 });
		const processes = createProcesses(masv);
		const { packageId, send } = prepare(masv, processes.journal.join());
		const runs = [processes.start(), processes.start()].map(
			async ({ client, leases }) => await send(again, hour, { client, leases }),
		);
		const [first, second] = await Promise.all(runs);
		expect(first?.transfer.id).toBe(second?.transfer.id);
		expect(masv.sandbox.transfers(packageId)).toHaveLength(1);
		await processes.close();
	});
});
