import type { NodeOperationError } from 'n8n-workflow';

import type { RemovableSetting } from '../../../masv/portals/removals';
import { removalOf } from '../../../masv/portals/removals';
import type { Field } from '../../../nodes/Masv/operation';
import { resources } from '../../../nodes/Masv/resources';
import type { Portal, Sandbox } from '../../../sandbox/start';
import { startSandbox } from '../../../sandbox/start';
import { callApi } from '../../sandbox/callApi';
import { failureOf } from '../../support/failureOf';
import { runMasv, useDataFolder } from '../../support/masvNode';
import { regularPortal } from '../../support/portalInput';

useDataFolder();

let sandbox: Sandbox;
beforeEach(async () => {
	sandbox = await startSandbox();
});
afterEach(async () => await sandbox.close());

async function run(resource: string, operation: string, more: object = {}): Promise<Array<Record<string, unknown>>> {
	const { apiKey, teamId, url: baseUrl } = sandbox;
	const credentials = { masvApi: { apiKey, teamId, baseUrl } };
	const output = await runMasv({ parameters: { resource, operation, ...more }, credentials });
	return output.map(({ json }) => json);
}

const byId = (id: unknown) => ({ mode: 'id', value: id });
const stored = (id: string) => sandbox.portals().find((portal) => portal.id === id) as Portal;

/** For each option of *Update Portal* but its name: a new value, and the fields of the portal that it changes. */
const optionCases: Record<string, [value: unknown, changed: string[]]> = {
	'general.name': ['Other', ['name']],
	'general.subdomain': ['other', ['subdomain']],
	'general.active': [false, ['active']],
	'page.message': ['Bye', ['message']],
	'page.logoUrl': ['https://c.example', ['logo_url']],
	'page.backgroundUrl': ['https://c.example', ['background_url']],
	'page.primaryColor': ['#000000', ['primary_color']],
	'page.termsCheckbox': ['Yes', ['terms_of_service']],
	'page.termsDescription': ['Other', ['terms_of_service']],
	'page.termsTitle': ['Other', ['terms_of_service']],
	'page.termsUrl': ['https://c.example', ['terms_of_service']],
	// Only private portals have a list, and they belong to no Teamspace, so neither can be changed alone.
	'access.accessLevel': ['regular', []],
	'access.accessList': ['', []],
	'access.expiry': ['2031-01-01', ['expiry']],
	'access.downloadPassword': ['other', ['download_password', 'has_download_password']],
	'access.teamspaceId': [byId('SPACE2'), ['teamspace']],
	'access.uploadPassword': ['other', ['access_code', 'has_access_code']],
	'packages.disableReceipt': [false, ['disable_upload_receipt']],
	'packages.recipients': ['c@b.example', ['recipients']],
	'packages.storageDays': [-1, ['custom_expiry_days']],
	'packages.tagId': [byId('TAG2'), ['tag']],
	'packages.webhookIds': [() => sandbox.webhooks().at(-1)?.id, ['custom_webhooks']],
	'limits.fileTypes': ['.wav', ['file_types']],
	'limits.maxFileCount': [3, ['max_file_count']],
	'limits.maxFileMiB': [3, ['max_file_size']],
	'limits.maxPackageMiB': [3, ['max_package_size']],
	'limits.nameFormatLabel': ['Other', ['package_name_format']],
	'limits.nameFormatValue': ['^B', ['package_name_format']],
};

describe('a portal', () => {
	/** With every setting but passwords, which an update would have to repeat. */
	async function createWhole(): Promise<Portal> {
		const { access, ...input } = await regularPortal(sandbox);
		const { uploadPassword: _in, downloadPassword: _out, ...open } = access;
		const [created] = await run('portal', 'create', { ...input, access: open });
		await regularPortal(sandbox);
		sandbox.seedPortal({ teamspace: { id: 'SPACE2', name: 'South' }, tag: { id: 'TAG2', name: 'Season 3' } });
		return stored(created?.id as string);
	}

	it('is created active, with all its settings, and shown without its passwords', async () => {
		const [shown] = await run('portal', 'create', await regularPortal(sandbox));
		expect(shown).toMatchObject({ name: 'Second Unit', active: true, has_access_code: true });
		for (const key of ['access_code', 'download_password']) expect(shown).not.toHaveProperty(key);
		expect(stored(shown?.id as string)).toMatchObject({
			access_code: 'made up in',
			download_password: 'made up out',
			custom_expiry_days: 10,
			max_file_size: 1024 ** 3,
			max_package_size: 50 * 1024 ** 3,
			file_types: ['.mov', '.mp4'],
			teamspace: { id: 'SPACE1', name: 'North' },
			tag: { id: 'TAG1', name: 'Season 2' },
			cloud_connections: [{ id: 'C1', target_action: 'transfer', sync_metadata: true }],
			terms_of_service: { checkbox_label: 'I agree', title: 'Terms' },
			package_name_format: { value: '^[A-Z]{3}$', label: 'Three letters' },
		});
		expect(await run('portal', 'get', { portalId: byId(shown?.id) })).toEqual([shown]);
	});

	const options = (fields: readonly Field[]): string[] =>
		fields
			.filter(({ type }) => type === 'collection')
			.flatMap(({ name, options: own }) => (own as Field[]).map((option) => `${name}.${option.name}`));

	it('has a case for every option of Update', () => {
		const update = resources.find(({ value }) => value === 'portal')?.operations.update;
		expect(Object.keys(optionCases).sort()).toEqual(options(update?.fields ?? []).sort());
	});

	it.each(Object.entries(optionCases))(
		'keeps everything else when one option is changed: %s',
		async (path, [value, changed]) => {
			const before = await createWhole();
			const [collection = '', option = ''] = path.split('.');
			await run('portal', 'update', {
				portalId: byId(before.id),
				[collection]: { [option]: typeof value === 'function' ? (value as () => unknown)() : value },
			});
			const after = stored(before.id);
			const differing = Object.keys(after).filter(
				(key) => JSON.stringify(after[key as keyof Portal]) !== JSON.stringify(before[key as keyof Portal]),
			);
			expect(differing.filter((key) => key !== 'updated_at').sort()).toEqual([...changed].sort());
		},
	);

	it('loses the settings to remove, and nothing else', async () => {
		const before = await createWhole();
		await run('portal', 'update', { portalId: byId(before.id), remove: ['tag', 'sizeLimits', 'cloudConnections'] });
		expect(stored(before.id)).toEqual({
			...before,
			tag: undefined,
			package_size_restriction_enabled: false,
			cloud_connections: [],
			updated_at: expect.any(String) as string,
		});
	});

	it.each([
		['closing date', 'expiry', { access: { expiry: '2030-01-01' } }],
		['package name pattern', 'nameFormat', { limits: { nameFormatValue: 'A', nameFormatLabel: 'A' } }],
	])('cannot get a %s that is also to be removed', async (name, remove, change) => {
		const { id } = sandbox.seedPortal();
		const error = await failureOf(run('portal', 'update', { portalId: byId(id), remove: [remove], ...change }));
		expect(error.message).toBe(`A setting has a new value, but is also to be removed: ${name} [Settings to Remove]`);
	});

	it('calls a setting to remove as the panel does', () => {
		const { update } = resources.find(({ value }) => value === 'portal')?.operations ?? {};
		const { options } = update?.fields.find(({ name }) => name === 'remove') as Field;
		const labels = options as Array<{ name: string; value: RemovableSetting }>;
		expect(labels.length).toBeGreaterThan(10);
		for (const { name, value } of labels) expect(removalOf(value).name.toLowerCase()).toBe(name.toLowerCase());
	});

	it('with a password is updated only if the password is entered again', async () => {
		const { id } = sandbox.seedPortal({ has_access_code: true, access_code: 'made up' });
		const change = { portalId: byId(id), page: { message: 'Bye' } };
		const error = await failureOf<NodeOperationError>(run('portal', 'update', change));
		expect(error.message).toContain('MASV does not return the upload password of portal "Seeded portal"');
		expect(error.description).toContain('Passwords are entered under Access and removed under Settings to Remove');
		await run('portal', 'update', { ...change, access: { uploadPassword: 'made up' } });
		expect(stored(id)).toMatchObject({ message: 'Bye', has_access_code: true, access_code: 'made up' });
	});

	it.each(['https://North.portal.massive.io/embed', 'north.portal.massive.io'])(
		'can be given by its URL: %s',
		async (url) => {
			sandbox.seedPortal({ subdomain: 'far-north' });
			const { id } = sandbox.seedPortal({ subdomain: 'north' });
			sandbox.seedPortal({ subdomain: 'north-2' });
			const found = sandbox.seedPackage({ portal_id: id });
			const portalId = { mode: 'url', value: url };
			expect(await run('portal', 'get', { portalId })).toMatchObject([{ id }]);
			expect(await run('portal', 'getPackages', { portalId })).toMatchObject([{ id: found.id }]);
			const input = { destination: 'portal', portalId, packageName: 'A', sender: 'a@b.example' };
			const [created] = await run('package', 'create', input);
			expect(sandbox.package(created?.id as string)?.portal_id).toBe(id);
			const window = { scope: 'portal', portalId, expiryStart: '2020-01-01', expiryEnd: '2020-01-02' };
			expect(await run('package', 'archiveMany', window)).toMatchObject([{ total_updated: 0 }]);
		},
	);

	it.each([404, 401, 403])('that does not exist at a URL is reported, if MASV responds with %s', async (status) => {
		sandbox.inject({ step: 'findPortal', kind: 'status', status });
		const portalId = { mode: 'url', value: 'https://nowhere.portal.massive.io' };
		const { message } = await failureOf(run('portal', 'get', { portalId }));
		expect(message).toBe('There is no portal at "https://nowhere.portal.massive.io"');
	});

	it('is looked for without the secret of a download link that was entered instead of its URL', async () => {
		sandbox.inject({ step: 'findPortal', kind: 'status', status: 404 });
		const portalId = { mode: 'url', value: 'https://get.massive.io/L1?secret=open-sesame' };
		expect((await failureOf(run('portal', 'get', { portalId }))).message).not.toContain('open-sesame');
	});

	it('can be deleted twice', async () => {
		const { id } = sandbox.seedPortal({ subdomain: 'north' });
		const removed = { id, deleted: true };
		expect(await run('portal', 'delete', { portalId: byId(id) })).toEqual([{ ...removed, already_deleted: false }]);
		expect(await run('portal', 'delete', { portalId: byId(id) })).toEqual([{ ...removed, already_deleted: true }]);
		const portalId = { mode: 'url', value: 'https://north.portal.massive.io' };
		expect(await run('portal', 'delete', { portalId })).toMatchObject([{ deleted: true, already_deleted: true }]);
		expect(sandbox.portals()).toEqual([]);
	});

	it('gets a form that senders must fill in', async () => {
		const { id } = sandbox.seedPortal();
		const fields = { entries: [{ name: 'code', label: 'Code', visibility: 'required' }, { name: 'note' }] };
		const input = { portalId: byId(id), name: 'Delivery', deliveryFormats: ['json', 'email_body'], fields };
		expect(await run('portal', 'createForm', input)).toMatchObject([{ name: 'Delivery', portal_id: id }]);
		expect(stored(id).form).toMatchObject({
			delivery_formats: ['json', 'email_body'],
			fields: [
				{ name: 'code', label: 'Code', type: 'short_text', visibility: 'required', position: 0 },
				{ name: 'note', type: 'short_text', visibility: 'optional', position: 1 },
			],
		});
		expect((stored(id).form as { fields: object[] }).fields[1]).not.toHaveProperty('label');
		const body = { name: 'A', description: '', sender: 'a@b.example' };
		expect((await callApi(sandbox, `POST /v1/portals/${id}/packages`, { body })).status).toBe(400);
	});
});

it('tags are created, listed and deleted', async () => {
	const [created] = await run('tag', 'create', { name: ' Season 2 ' });
	expect(created).toMatchObject({ name: 'Season 2' });
	expect(await run('tag', 'getAll')).toEqual([created]);
	const deletion = { id: created?.id, deleted: true };
	expect(await run('tag', 'delete', { tagId: byId(created?.id) })).toEqual([{ ...deletion, already_deleted: false }]);
	expect(await run('tag', 'delete', { tagId: byId(created?.id) })).toEqual([{ ...deletion, already_deleted: true }]);
	expect(await run('tag', 'getAll')).toEqual([]);
});

it('Teamspaces are created with members, listed and read', async () => {
	const [owner] = await run('member', 'getAll');
	expect(owner).toMatchObject({ email: 'owner@sandbox.example', policy_key: 'owner' });
	const [created] = await run('teamspace', 'create', { name: 'North', memberIds: owner?.id });
	expect(created).toMatchObject({ name: 'North', members: [owner?.id] });
	for (let index = 0; index < 60; index++) await run('teamspace', 'create', { name: `Show ${index}` });
	expect(await run('teamspace', 'getAll', { returnAll: true })).toHaveLength(61);
	expect(await run('teamspace', 'getAll', { returnAll: false, limit: 2 })).toHaveLength(2);
	expect(await run('teamspace', 'get', { teamspaceId: byId(created?.id) })).toEqual([
		{ id: created?.id, name: 'North' },
	]);
});

it('webhooks are created, listed without their secrets, changed and deleted', async () => {
	const headers = { entries: [{ name: 'x-secret', value: 'made-up-secret' }] };
	const input = { name: 'Hook', url: 'https://b.example/hook', events: 'package.created, package.finalized', headers };
	const [created] = await run('webhook', 'create', input);
	const webhookId = byId(created?.id);
	expect(created).toMatchObject({ active: true, method: 'POST', headers: { 'x-secret': '****' } });
	await run('webhook', 'update', { webhookId, settings: { active: false } });
	expect(sandbox.webhooks()).toMatchObject([
		{
			active: false,
			name: 'Hook',
			headers: { 'x-secret': 'made-up-secret' },
			events: ['package.created', 'package.finalized'],
		},
	]);
	expect(await run('webhook', 'getAll', { simplify: true })).toEqual([
		{
			id: created?.id,
			name: 'Hook',
			active: false,
			url: 'https://b.example/hook',
			events: ['package.created', 'package.finalized'],
		},
	]);
	expect(await run('webhook', 'delete', { webhookId })).toMatchObject([{ already_deleted: false }]);
	expect(await run('webhook', 'delete', { webhookId })).toMatchObject([{ already_deleted: true }]);
});

it.each(['b.example/hook', 'ftp://b.example'])('a webhook needs a URL that MASV can call: not %s', async (url) => {
	const { message } = await failureOf(run('webhook', 'create', { name: 'Hook', url, events: 'package.created' }));
	expect(message).toBe('URL must be an HTTP or HTTPS URL');
});
