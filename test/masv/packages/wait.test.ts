import { waitForPackage } from '../../../masv/packages/wait';
import { instantClock } from '../../support/instantClock';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const minute = 60_000;
const activities = `/v1.1/teams/${teamId}/activities`;

/** What looking at the package returns, look by look. */
function looks(...states: string[]): void {
	for (const state of states)
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', state });
}

const upload = (state: string) => ({
	id: 'A1',
	activity_type: 'package_upload_to_masv',
	activity_state: state,
	package_id: 'P1',
});
const listsActivities = (query: string, ...records: object[]) =>
	masv()
		.get(`${activities}?${query}&page=1&limit=50`)
		.reply(200, { metadata: { total: records.length }, records });

describe('waitForPackage', () => {
	it('looks again at growing intervals until the package is finalized', async () => {
		const clock = instantClock();
		looks('new', 'new', 'new', 'finalized');
		expect(await waitForPackage(nockClient({ clock }), 'P1', 'finalized', 60 * minute)).toMatchObject({ id: 'P1' });
		expect(clock.slept).toEqual([2_000, 2_500, 3_125]);
	});

	it('looks at most once a minute, and a last time when the time is up', async () => {
		const clock = instantClock();
		masv()
			.get(/\/packages\/P1$/)
			.times(1_000)
			.optionally()
			.reply(200, { id: 'P1', access_token: 'token-1', state: 'new' });
		expect(await waitForPackage(nockClient({ clock }), 'P1', 'finalized', 60 * minute)).toBeUndefined();
		expect(Math.max(...clock.slept)).toBe(minute);
		const all = clock.slept.reduce((sum, ms) => sum + ms, 0);
		expect(all).toBeLessThanOrEqual(60 * minute);
		expect(all).toBeGreaterThan(59 * minute);
		expect(clock.slept.length).toBeLessThan(80);
	});

	it.each([
		['forward', 24 * 60 * minute],
		['back', -24 * 60 * minute],
	])('waits as long as it should if the clock is set %s', async (_, jumpMs) => {
		const clock = instantClock();
		const now = (): number => clock.now() + (clock.slept.length > 2 ? jumpMs : 0);
		masv()
			.get(/\/packages\/P1$/)
			.times(200)
			.optionally()
			.reply(200, { id: 'P1', access_token: 'token-1', state: 'new' });
		expect(
			await waitForPackage(nockClient({ clock: { ...clock, now } }), 'P1', 'finalized', 60 * minute),
		).toBeUndefined();
		const all = clock.slept.reduce((sum, ms) => sum + ms, 0);
		expect(all).toBeLessThanOrEqual(60 * minute);
		expect(all).toBeGreaterThan(59 * minute);
	});

	const types = 'activity_types=package_upload_to_masv&package_id=P1';

	it('is over for a package that expired after it was complete', async () => {
		looks('expired');
		listsActivities(types, upload('complete'));
		expect(await waitForPackage(nockClient(), 'P1', 'finalized', minute)).toMatchObject({ state: 'expired' });
	});

	it('does not fail because of an outage while it finds out', async () => {
		looks('expired');
		masv()
			.get(/\/activities\?/)
			.reply(503);
		listsActivities(types, upload('complete'));
		expect(await waitForPackage(nockClient(), 'P1', 'finalized', minute)).toMatchObject({ state: 'expired' });
	});

	it.each(['expired', 'archived'])('fails for a package that is %s and never was complete', async (state) => {
		looks(state);
		listsActivities(types, upload('cancelled'));
		expect(await failureOf(waitForPackage(nockClient(), 'P1', 'finalized', minute))).toMatchObject({
			code: 'package_state_wrong',
		});
	});

	it.each([
		['has no activities', 404],
		['does not list this one', 200],
	])('does not say that an expired package never was complete on a server that %s', async (_, status) => {
		looks('expired');
		masv()
			.get(/\/activities\?/)
			.reply(status, { metadata: { total: 0 }, records: [] });
		expect(await failureOf(waitForPackage(nockClient(), 'P1', 'finalized', minute))).toMatchObject({
			code: 'package_state_wrong',
			message: 'Package P1 is expired, and MASV does not say whether it was finalized before',
			hint: expect.stringContaining('before you send the files again') as string,
		});
	});

	it('ends when the execution is stopped', async () => {
		const stop = new AbortController();
		const clock = { ...instantClock(), sleep: () => Promise.reject(stop.abort()) };
		looks('new');
		const waiting = waitForPackage(nockClient({ clock, signal: stop.signal }), 'P1', 'finalized', minute);
		expect(await failureOf(waiting)).toMatchObject({ code: 'cancelled' });
	});
});

describe('waiting for a download', () => {
	const types = 'activity_types=package_download_from_masv%2Clink_generation&package_id=P1';
	const seen = (type: string, state: string, id = 'P1') => ({ id: `${type}-${state}`, type, state, package: { id } });

	it.each(['package_download_from_masv', 'link_generation'])('ends when %s is complete', async (type) => {
		looks('finalized', 'finalized');
		listsActivities(types, seen(type, 'started'));
		listsActivities(types, seen(type, 'complete'));
		expect(await waitForPackage(nockClient(), 'P1', 'downloaded', minute)).toMatchObject({ id: 'P1' });
	});

	it('does not count what a server that ignores the filter returns', async () => {
		looks('expired');
		listsActivities(types, upload('complete'), seen('link_generation', 'complete', 'P2'));
		expect(await failureOf(waitForPackage(nockClient(), 'P1', 'downloaded', minute))).toMatchObject({
			code: 'package_state_wrong',
			message: 'Package P1 is expired: its files were deleted before it was downloaded',
		});
	});

	it('says that a server has no activities', async () => {
		looks('finalized');
		masv()
			.get(/activities/)
			.reply(404);
		expect(await failureOf(waitForPackage(nockClient(), 'P1', 'downloaded', minute))).toMatchObject({
			code: 'activities_unavailable',
		});
	});
});

describe('waiting for a delivery to storage', () => {
	const transfers = '/v1/packages/P1/transfer';
	const isListed = (...list: object[]) => masv().get(transfers).reply(200, list);
	const to = (connection: string, state: string, id = connection, extras?: object) => ({
		id,
		state,
		cloud_connection_id: connection,
		created_at: `2026-11-21T0${id.length}:00:00Z`,
		extras,
	});
	const wait = async () => await waitForPackage(nockClient(), 'P1', 'delivered', minute);

	it('waits until the transfers to all storages are complete', async () => {
		looks('finalized', 'finalized', 'finalized', 'finalized');
		isListed();
		isListed(to('C1', 'complete'), to('C2', 'started'));
		isListed(to('C1', 'complete'), to('C2', 'complete'));
		expect(await wait()).toMatchObject({ id: 'P1' });
	});

	it('counts only the latest transfer to a storage', async () => {
		looks('finalized');
		isListed(to('C1', 'error'), to('C1', 'complete', 'again'));
		looks('finalized');
		expect(await wait()).toMatchObject({ id: 'P1' });
	});

	it('does not count the transfer that has filled the package', async () => {
		looks('finalized', 'finalized', 'finalized');
		isListed({ ...to('C1', 'complete'), direction: 'cloud_to_masv' });
		isListed({ ...to('C1', 'complete'), direction: 'cloud_to_masv' }, to('C2', 'complete'));
		expect(await wait()).toMatchObject({ id: 'P1' });
	});

	it('does not count what a server that ignores the filter returns', async () => {
		looks('finalized', 'expired');
		masv().get(transfers).reply(404);
		const type = 'package_transfer_masv_to_cloud';
		const foreign = { id: 'A1', activity_type: type, activity_state: 'complete', package_id: 'P2' };
		listsActivities(`activity_types=${type}&package_id=P1&sort=created_at`, foreign);
		expect(await failureOf(wait())).toMatchObject({ code: 'package_state_wrong' });
	});

	it('fails with the reason of MASV once a failure is seen twice', async () => {
		looks('finalized', 'finalized');
		isListed(to('C1', 'complete'), to('C2', 'error'));
		isListed(to('C1', 'complete'), to('C2', 'error', 'C2', { error: 'Access Denied' }));
		expect(await failureOf(wait())).toMatchObject({
			code: 'storage_transfer_failed',
			message: 'The transfer of package P1 to storage connection C2 failed: Access Denied',
		});
	});

	it('continues to wait if MASV tries again', async () => {
		looks('finalized', 'finalized', 'finalized', 'finalized', 'finalized');
		isListed(to('C1', 'error'));
		isListed(to('C1', 'started'));
		isListed(to('C1', 'error'));
		isListed(to('C1', 'complete'));
		expect(await wait()).toMatchObject({ id: 'P1' });
	});

	it('takes the reason from the activities if the transfer has none, without secrets', async () => {
		looks('finalized', 'finalized');
		isListed(to('C1', 'error'));
		isListed(to('C1', 'error'));
		const extras = { error: { message: 'https://bucket.test/a?X-Amz-Signature=abcdefabcdefabcdef expired' } };
		listsActivities('activity_types=package_transfer_masv_to_cloud&package_id=P1&sort=-created_at', {
			id: 'A1',
			activity_type: 'package_transfer_masv_to_cloud',
			activity_state: 'error',
			package_id: 'P1',
			extras,
		});
		const { message } = await failureOf(wait());
		expect(message).toContain('expired');
		expect(message).not.toContain('abcdefabcdef');
	});

	it.each([
		['has no list of transfers', () => masv().get(transfers).reply(404)],
		['lists transfers without states', () => isListed({ id: 'T1' })],
	])('uses the activities on a server that %s', async (_, describeServer) => {
		looks('finalized', 'finalized');
		describeServer();
		listsActivities('activity_types=package_transfer_masv_to_cloud&package_id=P1&sort=created_at', {
			id: 'A1',
			activity_type: 'package_transfer_masv_to_cloud',
			activity_state: 'complete',
			package_id: 'P1',
		});
		expect(await wait()).toMatchObject({ id: 'P1' });
	});

	it('fails for a package that was deleted before', async () => {
		looks('finalized', 'expired');
		isListed();
		expect(await failureOf(wait())).toMatchObject({ code: 'package_state_wrong' });
	});
});
