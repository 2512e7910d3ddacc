import type { SendToStorageRequest } from '../../../masv/storage/sendToStorage';
import { sendToStorage } from '../../../masv/storage/sendToStorage';
import { failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { memoryJournal } from '../../support/memoryJournal';
import { withToken } from '../../support/packageToken';

useNock();

const route = '/v1/packages/P1/transfer';
const minute = 60_000;
const looks = (times: number, state = 'finalized') =>
	masv().get(`/v1.1/teams/${teamId}/packages/P1`).times(times).reply(200, { id: 'P1', access_token: 'token-1', state });
const lists = (...transfers: object[]) => masv(withToken).get(route).reply(200, transfers);
const activities = () => masv().get(`/v1.1/teams/${teamId}/activities`).query(true);
const transfer = (id: string, state: string | undefined) => ({ id, state, cloud_connection_id: 'C1' });
const starts = () =>
	masv(withToken).post(route, { cloud_connection_id: 'C1' }).reply(201, { id: 'T1', state: 'started' });
const send = async (more: Partial<SendToStorageRequest> = {}) =>
	await sendToStorage(nockClient(), {
		packageId: 'P1',
		connectionId: 'C1',
		again: false,
		run: 'run-1',
		timeoutMs: undefined,
		...more,
	});

describe('sendToStorage', () => {
	it.each([
		['no transfer', []],
		['a failed transfer', [transfer('T0', 'error')]],
		['a transfer whose state is not known', [transfer('T0', undefined)]],
		['a transfer to another storage', [{ ...transfer('T0', 'complete'), cloud_connection_id: 'C2' }]],
		['a transfer from the storage', [{ ...transfer('T0', 'complete'), direction: 'cloud_to_masv' }]],
	])('starts a transfer if there is %s', async (_, before) => {
		looks(1);
		lists(...before);
		if (before.some(({ state }) => state === undefined)) activities().reply(200, []);
		starts();
		expect(await send()).toEqual({ transfer: { id: 'T1', state: 'started' }, already_sent: false });
	});

	it.each(['started', 'pending', 'complete'])('returns a transfer to the same storage that is %s', async (state) => {
		looks(1);
		lists(transfer('T0', state));
		expect(await send()).toEqual({ transfer: transfer('T0', state), already_sent: true });
	});

	it('does not take an earlier transfer for the one that is not listed yet', async () => {
		looks(2);
		lists(transfer('T0', 'complete'));
		starts();
		lists(transfer('T0', 'complete'));
		lists(transfer('T0', 'complete'), transfer('T1', 'complete'));
		lists(transfer('T0', 'complete'), transfer('T1', 'complete'));
		expect(await send({ again: true, timeoutMs: minute })).toEqual({
			transfer: transfer('T1', 'complete'),
			already_sent: false,
		});
	});

	it.each([
		['new', 100],
		['expired', 1],
	])('sends nothing of a package that is %s', async (state, times) => {
		looks(times, state);
		expect(await failureOf(send())).toMatchObject({ code: 'package_state_wrong' });
		forgetTheRest();
	});

	it('sends a package that MASV shows as finalized only a moment later', async () => {
		looks(1, 'new');
		looks(1);
		lists();
		starts();
		expect(await send()).toMatchObject({ transfer: { id: 'T1' } });
	});

	it.each([
		['or activities', 404],
		['and without permission to list activities', 403],
	])('starts a transfer on a server without a list of them %s', async (_, status) => {
		looks(1);
		masv().get(route).reply(405);
		activities().reply(status);
		starts();
		expect(await send()).toMatchObject({ already_sent: false });
	});

	it.each([
		['complete', false, true],
		['complete', true, false],
		['started', true, true],
	])('knows its own transfer that MASV lists as %s without the storage (again: %s)', async (state, again, isKnown) => {
		const journal = memoryJournal().join();
		looks(1);
		lists();
		starts();
		await send({ journal });
		looks(1);
		lists({ id: 'T1', state });
		if (!isKnown) masv(withToken).post(route).reply(201, { id: 'T2', state: 'started' });
		expect(await send({ journal, again, run: 'run-2' })).toMatchObject({
			already_sent: isKnown,
			transfer: { id: isKnown ? 'T1' : 'T2' },
		});
	});

	it('does not take a transfer for its own that the activities showed before under another ID', async () => {
		const journal = memoryJournal().join();
		looks(1);
		masv(withToken).get(route).reply(405);
		const activity = { id: 'A0', activity_type: 'package_transfer_masv_to_cloud', activity_state: 'complete' };
		activities().reply(200, { records: [{ ...activity, package_id: 'P1' }] });
		masv(withToken).post(route).reply(403, { message: 'no' });
		await failureOf(send({ journal, again: true }));

		looks(1);
		lists(transfer('T0', 'complete'));
		starts();
		expect(await send({ journal, again: true, run: 'run-2' })).toMatchObject({ already_sent: false });
	});

	it('does not take a transfer that MASV lists without its storage for one to this storage', async () => {
		looks(1);
		lists({ id: 'T0', state: 'complete' });
		starts();
		expect(await send()).toMatchObject({ already_sent: false });
	});
});
