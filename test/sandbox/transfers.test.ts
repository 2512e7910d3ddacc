import { callApi, createPackage, sendPackage, useSandbox } from './callApi.ts';

const sandbox = useSandbox();

test('a finalized package can be sent to a cloud connection, whose credentials are never returned', async () => {
	const at = `/v1/teams/${sandbox().teamId}/cloud_connections`;
	const body = { name: 'Bucket', provider: 'amazon_s3', authorization: { secret: 'x' } };
	const created = await callApi(sandbox(), `POST ${at}`, { key: true, body });
	expect(created.status).toBe(201);
	expect(JSON.stringify(created.json)).not.toContain('secret');
	expect((await callApi(sandbox(), `GET ${at}`, { key: true })).json).toEqual([created.json]);
	const one = await callApi(sandbox(), `GET /v1/cloud_connections/${created.json.id}`, { key: true });
	expect(one.json).toMatchObject({ provider: 'amazon_s3', direction: 'masv_to_cloud', state: 'ok' });

	const sent = await sendPackage(sandbox(), 'x');
	const route = `/v1/packages/${sent.id}/transfer`;
	const post = async (cloud_connection_id: string) =>
		await callApi(sandbox(), `POST ${route}`, { token: sent.token, body: { cloud_connection_id } });
	expect((await post('nope')).status).toBe(400);
	const transfer = await post(created.json.id);
	expect([transfer.status, transfer.json.state]).toEqual([201, 'complete']);
	expect((await callApi(sandbox(), `GET ${route}`, { token: sent.token })).json).toEqual([transfer.json]);
	expect(sandbox().activities(sent.id).at(-1)).toMatchObject({
		activity_type: 'package_transfer_masv_to_cloud',
		activity_state: 'complete',
	});

	const unfinished = await createPackage(sandbox());
	const refused = await callApi(sandbox(), `POST /v1/packages/${unfinished.id}/transfer`, {
		token: unfinished.token,
		body: { cloud_connection_id: created.json.id },
	});
	expect(refused.status).toBe(400);
});
