import { useSandboxNode } from '../support/sandboxNode';

const start = useSandboxNode();

const activity = (operation: string, more: object = {}) => ({ resource: 'activity', operation, ...more });

describe('Activity > Get Many', () => {
	it('lists activities by type, state, package, portal and date', async () => {
		const { sandbox, run } = await start();
		const portal = sandbox.seedPortal();
		const sent = sandbox.seedPackage({ name: 'Sent' });
		const received = sandbox.seedPackage({ name: 'Received', portal_id: portal.id });
		await run({ resource: 'link', operation: 'create', packageId: sent.id });
		const list = async (filters: object): Promise<unknown[][]> =>
			(await run(activity('getAll', { returnAll: true, filters }))).map((found) => [
				found.activity_type,
				found.package_id,
			]);
		const upload = 'package_upload_to_masv';
		expect(await list({ sort: 'created_at' })).toEqual(
			expect.arrayContaining([
				[upload, sent.id],
				[upload, received.id],
				['link_generation', sent.id],
			]),
		);
		expect(await list({ types: ['link_generation'] })).toEqual([['link_generation', sent.id]]);
		expect(await list({ states: ['complete', 'error'] })).toEqual([]);
		expect(await list({ packageId: received.id })).toEqual([[upload, received.id]]);
		expect(await list({ portals: portal.id })).toEqual([[upload, received.id]]);
		expect(await list({ createdBefore: '2020-01-01T00:00:00Z' })).toEqual([]);
		expect(await list({ createdAfter: '2020-01-01T00:00:00Z' })).toHaveLength(3);
		expect(await run(activity('getAll', { limit: 2 }))).toHaveLength(2);
	});

	it('says that a server has no activities', async () => {
		const { fail } = await start({ onlyDocumented: true });
		expect(await fail(activity('getAll'))).toMatchObject([
			{
				error: 'This MASV server does not provide activities',
				code: 'activities_unavailable',
				hint: expect.stringContaining('MASV does not document') as string,
			},
		]);
	});
});

describe('Activity > Get History', () => {
	it('lists the states of one activity, such as the attempts of a transfer', async () => {
		const { sandbox, run } = await start();
		const connection = sandbox.seedConnection({ direction: 'masv_to_cloud' });
		const { id } = sandbox.seedPackage();
		await run({ resource: 'storage', operation: 'sendPackage', packageId: id, connectionId: connection.id });
		const [transfer] = await run(activity('getAll', { filters: { types: ['package_transfer_masv_to_cloud'] } }));
		const history = await run(activity('getHistory', { activityId: transfer?.id }));
		expect(history.map(({ activity_state, activity_id }) => [activity_state, activity_id])).toEqual([
			['started', transfer?.id],
			['complete', transfer?.id],
		]);
		expect(await run(activity('getHistory', { activityId: transfer?.id, limit: 1 }))).toHaveLength(1);
	});

	it('names an ID that does not exist', async () => {
		const { fail } = await start();
		expect(await fail(activity('getHistory', { activityId: 'NOPE' }))).toMatchObject([
			{ code: 'activity_not_found', error: expect.stringContaining('There is no activity NOPE') as string },
		]);
	});
});
