import { anyText, callApi, createPackage, useSandbox } from './callApi.ts';

const sandbox = useSandbox();
const call = async (route: string, body?: unknown) => await callApi(sandbox(), route, { key: true, body });
const team = () => `/v1/teams/${sandbox().teamId}`;

test('tags are created, listed in an array and deleted once', async () => {
	const created = await call(`POST ${team()}/tags`, { name: 'Season 2' });
	expect(created.status).toBe(201);
	expect(created.json).toMatchObject({
		name: 'Season 2',
		team_id: sandbox().teamId,
		active: true,
		created_at: anyText,
	});
	expect((await call(`GET ${team()}/tags`)).json).toEqual([created.json]);
	const route = `DELETE /v1/tags/${created.json.id}`;
	expect([(await call(route)).status, (await call(route)).status]).toEqual([204, 404]);
});

test('Teamspaces have members, and pages that count from 0', async () => {
	const members = await call(`GET ${team()}/members`);
	expect(members.json).toEqual(sandbox().members());
	const created = await call(`POST ${team()}/spaces`, { name: 'North', member_ids: [members.json[0]?.id] });
	expect([created.status, created.json.members]).toEqual([201, [members.json[0]?.id]]);
	expect((await call(`POST ${team()}/spaces`, { name: 'North', member_ids: ['nope'] })).status).toBe(400);
	const { id } = (await call(`POST ${team()}/spaces`, { name: 'South' })).json;
	expect((await call(`GET /v1/spaces/${id}`)).json).toEqual({ id, name: 'South' });
	expect((await call('GET /v1/spaces/nope')).status).toBe(404);
	const list = async (page: number) =>
		(await call(`GET /v1.1/teams/${sandbox().teamId}/spaces?page=${page}&limit=1`)).json.records[0]?.name;
	expect([await list(0), await list(1), await list(2)]).toEqual(['North', 'South', undefined]);
});

test('the legacy list shows the links of a package, without what opens them', async () => {
	const { id, token } = await createPackage(sandbox());
	const link = await callApi(sandbox(), `POST /v1/packages/${id}/links`, { token, body: { email: 'ann@b.example' } });
	const { json } = await call(`GET ${team()}/packages?new=true`);
	expect(json[0]?.links).toEqual([
		{
			id: link.json.id,
			email: 'ann@b.example',
			access_limit: expect.any(Number) as number,
			access_limit_enabled: expect.any(Boolean) as boolean,
			accessed_at: '0001-01-01T00:00:00.000Z',
			active: false,
			created_at: anyText,
		},
	]);
});
