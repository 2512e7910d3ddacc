import { startSandbox, type Sandbox } from '../../sandbox/start.ts';
import { callApi, useSandbox } from './callApi.ts';

const span = { expiry_start: '2025-01-01T00:00:00Z', expiry_end: '2025-12-31T00:00:00Z' };
const inside = '2025-06-01T00:00:00.000Z';
const sandbox = useSandbox();

async function token(id: string): Promise<string> {
	const route = `GET /v1.1/teams/${sandbox().teamId}/packages/${id}`;
	return (await callApi(sandbox(), route, { key: true })).json.access_token;
}

test('archives and unarchives one expired package', async () => {
	const { id } = sandbox().seedPackage({ state: 'expired' });
	const put = async (verb: string) =>
		(await callApi(sandbox(), `PUT /v1/packages/${id}/${verb}`, { token: await token(id) })).status;
	expect([await put('archive'), sandbox().package(id)?.state]).toEqual([204, 'archived']);
	expect(await put('archive')).toBe(400);
	expect([await put('unarchive'), sandbox().package(id)?.state]).toEqual([204, 'expired']);
});

test('rejects archiving a package that has not expired', async () => {
	const { id } = sandbox().seedPackage();
	const refused = await callApi(sandbox(), `PUT /v1/packages/${id}/archive`, { token: await token(id) });
	expect([refused.status, sandbox().package(id)?.state]).toEqual([400, 'finalized']);
});

test.each([
	['', 2023],
	['/inbox', 2022],
])('archives in bulk: PUT /v1/teams/{team}%s/archive', async (which, year) => {
	const portal = sandbox().seedPortal();
	const seed = (expiryYear: number, portal_id?: string) =>
		sandbox().seedPackage({ state: 'expired', expiry: `${expiryYear}-06-01T00:00:00.000Z`, portal_id });
	const [sent, received] = [seed(year), seed(year, portal.id)];
	const [moved, kept] = which === '' ? [sent, received] : [received, sent];
	const outside = seed(year - 1, moved.portal_id);
	const dates = { expiry_start: `${year}-06-01T00:00:00Z`, expiry_end: `${year}-12-31T00:00:00Z` };
	const put = async (verb: string, body: object = dates) =>
		await callApi(sandbox(), `PUT /v1/teams/${sandbox().teamId}${which}/${verb}`, { key: true, body });
	const states = () => [moved, kept, outside].map(({ id }) => sandbox().package(id)?.state);
	expect([(await put('archive')).json, states()]).toEqual([{ total_updated: 1 }, ['archived', 'expired', 'expired']]);
	expect([(await put('unarchive')).json, states()]).toEqual([{ total_updated: 1 }, ['expired', 'expired', 'expired']]);
	expect((await put('archive', { expiry_start: dates.expiry_start })).status).toBe(400);
});

describe('archiving the packages of a portal, in the two documented forms', () => {
	async function statuses(of: Sandbox): Promise<(number | string)[]> {
		const portal = of.seedPortal();
		const { id } = of.seedPackage({ portal_id: portal.id, state: 'expired', expiry: inside });
		const routes = [
			`POST /v1/portals/${portal.id}/packages/archive`,
			`POST /v1/portals/${portal.id}/packages/unarchive`,
			`PUT /v1/portals/${portal.id}/packages/${id}/archive`,
			`PUT /v1/portals/${portal.id}//packages/${id}/unarchive`,
			`PUT /v1/portals/${portal.id}/packages/${id}/archive`,
			`PUT /v1/portals/${portal.id}/packages/${id}/unarchive`,
		];
		const seen: (number | string)[] = [];
		for (const route of routes) {
			const { status, json } = await callApi(of, route, { key: true, body: span });
			seen.push(status === 200 ? `${json.total_updated} ${of.package(id)?.state}` : status);
		}
		return seen;
	}
	const bulk = ['1 archived', '1 expired'];
	const single = ['1 archived', '1 expired', '1 archived', '1 expired'];

	test.each([
		['both' as const, [...bulk, ...single]],
		['post' as const, [...bulk, 404, 404, 404, 404]],
		['put' as const, [404, 404, ...single]],
	])('%s', async (portalArchiveForm, expected) => {
		const own = await startSandbox({ portalArchiveForm });
		try {
			expect(await statuses(own)).toEqual(expected);
		} finally {
			await own.close();
		}
	});
});
