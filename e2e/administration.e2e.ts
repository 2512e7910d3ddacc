import type { NodeType } from './n8n/nodeTypes.ts';
import { administration } from './support/administration.ts';
import { type Lab, byId, masvType, openLab } from './support/lab.ts';

let lab: Lab;

beforeAll(async () => {
	lab = await openLab();
});

afterAll(async () => {
	await lab?.close();
});

async function run(resource: string, operation: string, more: object = {}): Promise<Record<string, unknown>[]> {
	const outcome = await lab.run({ parameters: { resource, operation, ...more } });
	expect(outcome.error?.message).toBeUndefined();
	return outcome.items.map(({ json }) => json);
}

const hook = (value: string) => ({ entries: [{ name: 'x-secret', value }] });

test('a portal is created with all kinds of settings, read, changed, given a form and deleted', async () => {
	const [tag] = await run('tag', 'create', { name: 'Season 2' });
	const [teamspace] = await run('teamspace', 'create', { name: 'North' });
	const [created] = await run('portal', 'create', {
		name: 'Second Unit',
		subdomain: 'administered',
		page: { message: 'Hello', termsCheckbox: 'I agree' },
		access: { teamspaceId: { __rl: true, mode: 'list', value: teamspace?.id } },
		packages: { recipients: ['a@b.example', 'c@b.example'], tagId: byId(tag?.id as string), storageDays: 10 },
		limits: { fileTypes: 'mov', maxFileMiB: '={{ 2 * 1024 }}' },
		connections: { entries: [{ id: 'C1' }] },
	});
	expect(created).toMatchObject({
		active: true,
		tag: { name: 'Season 2' },
		teamspace: { name: 'North' },
		recipients: ['a@b.example', 'c@b.example'],
		file_types: ['.mov'],
		max_file_size: 2 * 1024 ** 3,
		cloud_connections: [{ id: 'C1', target_action: 'transfer', sync_metadata: false }],
	});
	const portalId = { __rl: true, mode: 'url', value: 'https://administered.portal.massive.io' };
	const [changed] = await run('portal', 'update', {
		portalId,
		general: { active: false },
		page: { message: '={{ "Bye" }}' },
		remove: ['tag'],
	});
	const { tag: _tag, updated_at: _then, ...rest } = created ?? {};
	const { updated_at: _now, ...now } = changed ?? {};
	expect(now).toEqual({ ...rest, active: false, message: 'Bye' });
	expect(await run('portal', 'get', { portalId, simplify: true })).toEqual([
		expect.objectContaining({ id: created?.id, subdomain: 'administered', active: false }),
	]);
	const fields = { entries: [{ name: 'code', label: 'Code', visibility: 'required' }] };
	const form = { portalId, name: 'Delivery', deliveryFormats: ['json', 'csv'], fields };
	expect(await run('portal', 'createForm', form)).toMatchObject([{ name: 'Delivery', portal_id: created?.id }]);
	const deletion = { portalId: byId(created?.id as string) };
	expect(await run('portal', 'delete', deletion)).toMatchObject([{ deleted: true, already_deleted: false }]);
	expect(await run('portal', 'delete', deletion)).toMatchObject([{ deleted: true, already_deleted: true }]);
	expect(await run('tag', 'delete', { tagId: byId(tag?.id as string) })).toMatchObject([{ already_deleted: false }]);
});

test('tags, Teamspaces and members are listed', async () => {
	await run('tag', 'create', { name: 'Season 3' });
	await run('teamspace', 'create', { name: 'South' });
	expect(await run('tag', 'getAll', { returnAll: true })).toEqual([expect.objectContaining({ name: 'Season 3' })]);
	const spaces = await run('teamspace', 'getAll', { returnAll: true });
	expect(spaces.map(({ name }) => name)).toContain('South');
	const [first] = spaces;
	expect(await run('teamspace', 'get', { teamspaceId: byId(first?.id as string) })).toMatchObject([first]);
	expect(await run('member', 'getAll')).toMatchObject([{ policy_key: 'owner' }]);
});

test('webhooks are created, changed and deleted, and their secrets are not shown', async () => {
	const input = { name: 'Hook', url: 'https://b.example/hook', events: 'package.finalized', headers: hook('made-up') };
	const [created] = await run('webhook', 'create', input);
	const webhookId = byId(created?.id as string);
	await run('webhook', 'update', { webhookId, settings: { active: false }, bodyExtras: hook('north') });
	const [listed] = await run('webhook', 'getAll');
	expect(listed).toMatchObject({
		active: false,
		headers: { 'x-secret': '****' },
		body_extras: { 'x-secret': 'north' },
	});
	expect(lab.sandbox.webhooks()).toMatchObject([{ headers: { 'x-secret': 'made-up' } }]);
	expect(await run('webhook', 'delete', { webhookId })).toMatchObject([{ already_deleted: false }]);
});

test('a link is created, looked up, listed and disabled', async () => {
	const { id } = lab.sandbox.seedPackage({ name: 'Dailies' });
	const [link] = await run('link', 'create', { packageId: byId(id) });
	expect(await run('link', 'get', { linkUrl: link?.link_url })).toMatchObject([{ package_id: id, name: 'Dailies' }]);
	expect(await run('link', 'getAll', { filters: { packageId: id } })).toMatchObject([{ id: link?.id, active: true }]);
	expect(await run('link', 'disable', { packageId: byId(id), linkId: link?.link_url })).toMatchObject([
		{ disabled: true },
	]);
	expect(await run('link', 'getAll', { filters: { packageId: id } })).toMatchObject([{ id: link?.id, active: false }]);
});

test('as the tool of an agent, the node offers Simplify with another default', async () => {
	const types = await lab.client.nodeTypes.list();
	const defaultsOf = (name: string) => {
		const type = types.find((found) => found.name === name) as NodeType & { properties: Record<string, unknown>[] };
		const own = type.properties.filter((property) => property.name === 'simplify');
		return own.map(({ default: value, displayOptions }) => [
			(displayOptions as { show: Record<string, unknown[]> }).show['@tool'],
			value,
		]);
	};
	for (const name of [masvType, `${masvType}Tool`]) {
		expect(defaultsOf(name)).toEqual(
			expect.arrayContaining([
				[[false], false],
				[[true], true],
			]),
		);
	}
});

// Must be last: it checks what ran before it.
test('this file has run the operations that it is responsible for', () => {
	expect([...lab.operations].sort()).toEqual(administration);
});
