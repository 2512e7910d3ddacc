import { newId } from '../../sandbox/model/ids.ts';
import type { Portal } from '../../sandbox/start.ts';
import { anyText, bytes, callApi, finalizeFile, uploadParts, useSandbox } from './callApi.ts';

const nowMs = Date.UTC(2026, 0, 1);
const sandbox = useSandbox({ now: () => nowMs });

async function create(fields: object) {
	const body = { name: 'Portal', subdomain: newId(nowMs).toLowerCase(), ...fields };
	return await callApi(sandbox(), `POST /v1/teams/${sandbox().teamId}/portals`, { key: true, body });
}

async function update(id: string, fields: object) {
	return await callApi(sandbox(), `PUT /v1/portals/${id}`, { key: true, body: fields });
}

describe('creating a portal', () => {
	test('requires a name and a subdomain; the portal is inactive', async () => {
		const created = await create({});
		expect(created.status).toBe(201);
		expect(created.json).toMatchObject({ active: false, access_level: 'regular', expiry: '0001-01-01T00:00:00.000Z' });
		const body = {};
		const refused = await callApi(sandbox(), `POST /v1/teams/${sandbox().teamId}/portals`, { key: true, body });
		expect(refused.json.errors.map((error) => error.field)).toEqual(['name', 'subdomain']);
	});

	test('never returns its codes', async () => {
		const codes = { has_access_code: true, access_code: 'in', has_download_password: true, download_password: 'out' };
		const { status, json } = await create(codes);
		expect([status, json.has_access_code, json.access_code, json.download_password]).toEqual([
			201,
			true,
			undefined,
			undefined,
		]);
		expect(sandbox().portals().at(-1)).toMatchObject(codes);
	});

	test.each([
		['a taken subdomain', { subdomain: 'taken' }, 'subdomain'],
		['a subdomain that is not a DNS label', { subdomain: 'Not_a_label' }, 'subdomain'],
		['a flag without its code', { has_access_code: true }, 'access_code'],
		['a flag without its password', { has_download_password: true }, 'download_password'],
		['too many days', { custom_expiry_days: 65_536 }, 'custom_expiry_days'],
		['too few days', { custom_expiry_days: -2 }, 'custom_expiry_days'],
		['a private portal without a code', { access_level: 'private' }, 'access_code'],
		['size limits without a limit', { package_size_restriction_enabled: true }, 'package_size_restriction_enabled'],
		['type limits without a type', { file_type_restriction_enabled: true }, 'file_types'],
		['a type without a dot', { file_types: ['mov'] }, 'file_types.0'],
		['terms without terms', { terms_of_service_enabled: true }, 'terms_of_service'],
		['a webhook that does not exist', { custom_webhooks: [{ id: 'x' }] }, 'custom_webhooks'],
		['a Teamspace that does not exist', { teamspace_id: 'x' }, 'teamspace_id'],
		[
			'an invalid name format',
			{ package_name_format_enabled: true, package_name_format: { value: '(', label: '' } },
			'package_name_format',
		],
	])('is rejected with %s', async (_name, fields, field) => {
		if (
			sandbox()
				.portals()
				.every(({ subdomain }) => subdomain !== 'taken')
		)
			sandbox().seedPortal({ subdomain: 'taken' });
		const { status, json } = await create(fields);
		expect([status, json.errors[0]?.field]).toEqual([400, field]);
	});
});

describe('updating a portal', () => {
	const required = { name: 'New name', subdomain: 'updated', active: true, has_access_code: false };

	test.each(Object.keys(required))('requires %s', async (field) => {
		const { id } = sandbox().seedPortal();
		const { status, json } = await update(id, { ...required, [field]: undefined });
		expect([status, json.errors[0]?.field]).toEqual([400, field]);
	});

	test('removes it from its Teamspace if teamspace_id is missing', async () => {
		const teamspace = { id: 'SPACE', name: 'Show' };
		const { id } = sandbox().seedPortal({ teamspace });
		const kept = await update(id, { ...required, teamspace_id: teamspace.id });
		expect([kept.status, kept.json.teamspace]).toEqual([200, teamspace]);
		const detached = await update(id, { ...required, teamspace });
		expect([detached.status, detached.json.teamspace]).toEqual([200, undefined]);
	});

	test('resets missing fields, except cloud connections', async () => {
		const cloud_connections = [{ id: 'C', target_action: 'transfer', sync_metadata: false }];
		const { id, subdomain } = sandbox().seedPortal({
			message: 'hello',
			recipients: ['a@x.example'],
			cloud_connections,
		});
		const own = { ...required, subdomain };
		const { json } = await update(id, own);
		expect(json).toMatchObject({ name: 'New name', message: '', recipients: [], cloud_connections });
		const emptied = await update(id, { ...own, configure_cloud_connections: true, cloud_connections: [] });
		expect(emptied.json.cloud_connections).toEqual([]);
		expect((await update(id, { ...own, configure_cloud_connections: true })).status).toBe(400);
	});

	test('requires the code again while the flag is on', async () => {
		const { id, subdomain } = sandbox().seedPortal({ has_access_code: true, access_code: 'code' });
		const flagged = { ...required, subdomain, has_access_code: true };
		expect((await update(id, flagged)).json.errors[0]?.field).toBe('access_code');
		expect((await update(id, { ...flagged, access_code: 'new' })).status).toBe(200);
	});
});

test('portals can be listed, found by subdomain and deleted; their packages stay', async () => {
	const portal = sandbox().seedPortal({ name: 'Zulu dailies', subdomain: 'zulu' });
	const received = sandbox().seedPackage({ portal_id: portal.id });
	const list = async (query: string) => {
		const { json } = await callApi(sandbox(), `GET /v1.1/teams/${sandbox().teamId}/portals?${query}`, { key: true });
		return json.records.map(({ id }) => id);
	};
	expect(await list('name=zulu&page=1&limit=1')).toEqual([portal.id]);
	expect(await list('subdomain=zul&sort=-name')).toEqual([portal.id]);
	expect(await list('name=nothing')).toEqual([]);
	const legacy = await callApi(sandbox(), `GET /v1/teams/${sandbox().teamId}/portals`, { key: true });
	expect(legacy.json.at(-1)?.id).toBe(portal.id);
	expect((await callApi(sandbox(), 'GET /v1/subdomains/portals/zulu')).json).toEqual({ id: portal.id });
	expect((await callApi(sandbox(), `GET /v1.1/portals/${portal.id}`, { key: true })).json.name).toBe('Zulu dailies');
	expect((await callApi(sandbox(), `DELETE /v1/portals/${portal.id}`, { key: true })).status).toBe(204);
	expect((await callApi(sandbox(), 'GET /v1/subdomains/portals/zulu')).status).toBe(404);
	expect(sandbox().package(received.id)?.state).toBe('finalized');
});

test('a portal’s packages are listed as documented: any state except archived, no total_files', async () => {
	const portal = sandbox().seedPortal();
	for (const state of ['new', 'finalized', 'expired', 'archived'] as const) {
		sandbox().seedPackage({ portal_id: portal.id, state, name: state, form_data_id: 'FORM' });
	}
	const { json } = await callApi(sandbox(), `GET /v1.1/portals/${portal.id}/packages?sort=name`, { key: true });
	expect(json.records.map(({ state }) => state)).toEqual(['expired', 'finalized', 'new']);
	expect(json.records[0]).toMatchObject({ form_data_id: 'FORM', access_token: anyText });
	expect(json.records[0]).not.toHaveProperty('total_files');
	const legacy = await callApi(sandbox(), `GET /v1/portals/${portal.id}/packages?finalized=1&expired=0`, { key: true });
	expect(legacy.json.map(({ state }) => state)).toEqual(['finalized']);
});

describe('sending to a portal', () => {
	const given = { name: 'Package', description: '', sender: 'sender@x.example' };
	const send = async (portal: Portal, fields: object = {}, headers: Record<string, string> = {}) =>
		await callApi(sandbox(), `POST /v1/portals/${portal.id}/packages`, { headers, body: { ...given, ...fields } });

	test('requires no key; the package inherits tag, Teamspace and expiry', async () => {
		const tag = { id: 'T', name: 'red' };
		const portal = sandbox().seedPortal({ tag, teamspace: { id: 'S', name: 'Show' }, custom_expiry_days: 10 });
		const { status, json } = await send(portal);
		expect(status).toBe(201);
		expect(json).toMatchObject({ sender: given.sender, tag, expiry: new Date(nowMs + 10 * 86_400_000).toISOString() });
		expect(sandbox().package(json.id)?.portal_id).toBe(portal.id);
	});

	test('is rejected by a closed portal', async () => {
		const expiry = new Date(nowMs - 1).toISOString();
		expect((await send(sandbox().seedPortal({ active: false }))).status).toBe(403);
		expect((await send(sandbox().seedPortal({ expiry_enabled: true, expiry }))).status).toBe(403);
		expect((await send(sandbox().seedPortal({ expiry_enabled: false, expiry }))).status).toBe(201);
		expect((await send({ ...sandbox().seedPortal(), id: 'nope' })).status).toBe(404);
	});

	test('requires the URI-encoded access code', async () => {
		const portal = sandbox().seedPortal({ has_access_code: true, access_code: 'Zürich 100% +' });
		const withCode = async (code: string) => (await send(portal, {}, { 'x-access-code': code })).status;
		expect((await send(portal)).status).toBe(401);
		expect(await withCode('wrong')).toBe(403);
		expect(await withCode('100%')).toBe(400);
		expect(await withCode(encodeURIComponent('Zürich 100% +'))).toBe(201);
	});

	test('requires a form response if there is a form, and returns its values', async () => {
		const portal = sandbox().seedPortal();
		const body = { name: 'Form', delivery_formats: ['json'] };
		expect((await callApi(sandbox(), `POST /v1/portals/${portal.id}/form`, { key: true, body })).status).toBe(201);
		expect((await send(portal)).json.errors[0]).toMatchObject({ field: 'form_data_id', code: 'required' });
		expect((await send(portal, { form_data_id: 'unknown' })).status).toBe(400);
		const form_data_id = sandbox().seedFormResponse(portal.id, { reel: 'A001' });
		const { status, json } = await send(portal, { form_data_id });
		expect(status).toBe(201);
		const metadata = await callApi(sandbox(), `GET /v1/packages/${json.id}/metadata`, { token: json.access_token });
		expect(metadata.json).toEqual({ fields: [{ name: 'reel', value: 'A001' }] });
	});

	test('enforces the name format', async () => {
		const package_name_format = { value: '^[A-Z]{3}_\\d+$', label: 'ABC_1' };
		const portal = sandbox().seedPortal({ package_name_format_enabled: true, package_name_format });
		expect((await send(portal, { name: 'abc' })).json.message).toContain('ABC_1');
		expect((await send(portal, { name: 'ABC_12' })).status).toBe(201);
	});

	test.each<[string, Partial<Portal>, object[], number]>([
		['an allowed type', { file_types: ['.mov'] }, [{ name: 'a.MOV' }], 201],
		['another type', { file_types: ['.mov'] }, [{ name: 'a.mp4' }], 400],
		['a denied type', { file_types: ['.exe'], file_type_restriction_exclude: true }, [{ name: 'a.exe' }], 400],
		['no denied type', { file_types: ['.exe'], file_type_restriction_exclude: true }, [{ name: 'a.mov' }], 201],
		['a file of the greatest size', { max_file_size: 10 }, [{ size: 10 }], 201],
		['a file that is too large', { max_file_size: 10 }, [{ size: 11 }], 400],
		['too many files', { max_file_count: 1 }, [{}, {}], 400],
		['files that are too large together', { max_package_size: 10 }, [{ size: 6 }, { size: 5 }], 400],
		['files that just fit', { max_package_size: 10 }, [{ size: 6 }, { size: 4 }], 201],
	])('%s', async (_name, rules, files, expected) => {
		const byType = rules.file_types !== undefined;
		const portal = sandbox().seedPortal({
			...rules,
			file_type_restriction_enabled: byType,
			package_size_restriction_enabled: !byType,
		});
		const { id, access_token: token } = (await send(portal)).json;
		let status = 0;
		for (const file of files) {
			const body = { kind: 'file', name: 'a.mov', path: '', last_modified: '2026-01-01T00:00:00Z', ...file };
			({ status } = await callApi(sandbox(), `POST /v1/packages/${id}/files`, { token, body }));
		}
		expect(status).toBe(expected);
	});

	test('checks the real size when a file is finalized', async () => {
		const portal = sandbox().seedPortal({ package_size_restriction_enabled: true, max_file_size: 3 });
		const { json } = await send(portal);
		const into = { id: json.id, token: json.access_token };
		const file = await uploadParts(sandbox(), into, [bytes('four')]);
		expect((await finalizeFile(sandbox(), file)).json.errors[0]?.field).toBe('size');
	});
});
