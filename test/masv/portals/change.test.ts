import type { MasvInputError } from '../../../masv/errors';
import { changePortal } from '../../../masv/portals/change';
import type { RemovableSetting } from '../../../masv/portals/removals';
import type { PortalSettings } from '../../../masv/portals/settings';
import { toPortalUpdate } from '../../../masv/portals/wholePortal';
import { documentedPortal, respondTo } from '../../support/documentedPortal';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const { id } = documentedPortal;
type Body = Record<string, unknown>;

const reads = (portal: object) => masv().get(`/v1.1/portals/${id}`).reply(200, portal);

/** The bodies of the updates that MASV gets, if it applies each of them. */
async function bodiesOf(settings: PortalSettings, removed: RemovableSetting[] = [], more: Body = {}): Promise<Body[]> {
	const bodies: Body[] = [];
	const portal = { ...documentedPortal, ...more };
	let stored: Body = portal;
	masv()
		.get(`/v1.1/portals/${id}`)
		.times(2)
		.reply(() => [200, stored])
		.put(`/v1/portals/${id}`)
		.reply(async (request: Request) => {
			const body = (await request.json()) as Body;
			bodies.push(body);
			stored = respondTo(body);
			return [200, stored];
		});
	await changePortal(nockClient(), id, settings, removed);
	return bodies;
}

/** What an update with this body writes differently than one that changes nothing. A key with undefined is left out. */
function changesIn(body: Body, more: Body = {}): Body {
	const same = toPortalUpdate({ ...documentedPortal, ...more }, {});
	const keys = new Set([...Object.keys(same), ...Object.keys(body)]);
	const changed = [...keys].filter((key) => JSON.stringify(same[key]) !== JSON.stringify(body[key]));
	return Object.fromEntries(changed.map((key) => [key, body[key]]));
}

const connection = { id: 'C2', target_action: 'transfer', sync_metadata: false };

/** For every setting: a new value, and all that it changes in the request. */
const changes: { [K in keyof Required<PortalSettings>]: [PortalSettings[K], Body] } = {
	name: ['Other', { name: 'Other' }],
	subdomain: ['other', { subdomain: 'other' }],
	active: [false, { active: false }],
	message: ['Bye', { message: 'Bye' }],
	logoUrl: ['https://c.example', { logo_url: 'https://c.example' }],
	backgroundUrl: ['https://c.example', { background_url: 'https://c.example' }],
	primaryColor: ['#000000', { primary_color: '#000000' }],
	recipients: [['c@b.example'], { recipients: ['c@b.example'] }],
	disableReceipt: [true, { disable_upload_receipt: true }],
	storageDays: [-1, { custom_expiry_days: -1 }],
	uploadPassword: ['made up', { has_access_code: true, access_code: 'made up' }],
	downloadPassword: ['made up', { has_download_password: true, download_password: 'made up' }],
	accessLevel: ['regular', { access_level: 'regular', access_list: [] }],
	accessList: [['M3'], { access_list: ['M3'] }],
	teamspaceId: ['S2', { teamspace_id: 'S2' }],
	tag: [{ id: 'T2', name: 'Two' }, { tag: { id: 'T2', name: 'Two' } }],
	webhookIds: [['W2', 'W3'], { custom_webhooks: [{ id: 'W2' }, { id: 'W3' }] }],
	connections: [[connection], { configure_cloud_connections: true, cloud_connections: [connection] }],
	expiry: ['2031-01-01T00:00:00.000Z', { expiry: '2031-01-01T00:00:00.000Z' }],
	maxPackageBytes: [7, { max_package_size: 7 }],
	maxFileBytes: [7, { max_file_size: 7 }],
	maxFileCount: [7, { max_file_count: 7 }],
	fileTypes: [['.wav', 'aif', '*.mov'], { file_types: ['.wav', '.aif', '.mov'] }],
	nameFormat: [{ value: '^A' }, { package_name_format: { label: 'Three letters', value: '^A' } }],
	terms: [{ title: 'Terms' }, { terms_of_service: { ...documentedPortal.terms_of_service, title: 'Terms' } }],
};

const flags = {
	expiry: 'expiry_enabled',
	maxFileCount: 'package_size_restriction_enabled',
	fileTypes: 'file_type_restriction_enabled',
	nameFormat: 'package_name_format_enabled',
	terms: 'terms_of_service_enabled',
};

const removals: Record<RemovableSetting, Body> = {
	accessList: { access_list: [] },
	backgroundUrl: { background_url: undefined },
	cloudConnections: { configure_cloud_connections: true, cloud_connections: [] },
	downloadPassword: { has_download_password: false },
	expiry: { expiry_enabled: false },
	fileTypes: { file_type_restriction_enabled: false },
	logoUrl: { logo_url: undefined },
	message: { message: '' },
	nameFormat: { package_name_format_enabled: false },
	primaryColor: { primary_color: undefined },
	recipients: { recipients: [] },
	sizeLimits: { package_size_restriction_enabled: false },
	tag: { tag: undefined },
	teamspace: { teamspace_id: '' },
	terms: { terms_of_service_enabled: false },
	uploadPassword: { has_access_code: false },
	webhooks: { custom_webhooks: [] },
};

describe('changing one setting of a portal', () => {
	it.each(Object.entries(changes))('leaves all others identical: %s', async (setting, [value, changed]) => {
		const [body = {}, ...more] = await bodiesOf({ [setting]: value });
		expect([changesIn(body), more]).toEqual([changed, []]);
	});

	it.each(Object.entries(flags))('turns on its flag: %s', async (setting, flag) => {
		const [, changed] = changes[setting as keyof typeof flags];
		const texts = { label: 'Letter A', checkbox_label: 'I agree' };
		const value = changes[setting as keyof typeof flags][0];
		const isObject = typeof value === 'object' && !Array.isArray(value);
		const [body = {}] = await bodiesOf({ [setting]: isObject ? { ...texts, ...value } : value }, [], { [flag]: false });
		expect(body[flag]).toBe(true);
		expect(Object.keys(body)).toEqual(expect.arrayContaining(Object.keys(changed)));
	});

	it.each(['uploadPassword', 'downloadPassword'])('never shows a password in errors: %s', async (setting) => {
		reads(documentedPortal);
		masv().put(`/v1/portals/${id}`).reply(403, { message: 'too simple: open sesame' });
		const error = await failureOf(changePortal(nockClient(), id, { [setting]: 'open sesame' }, []));
		expect(error.message).toContain('too simple: [hidden]');
	});

	it('turns on no other limit that MASV has kept the number of', async () => {
		const more = { package_size_restriction_enabled: false };
		const [body = {}] = await bodiesOf({ maxFileCount: 3 }, [], more);
		expect(changesIn(body, more)).toEqual({
			package_size_restriction_enabled: true,
			max_file_count: 3,
			max_file_size: 0,
			max_package_size: 0,
		});
	});

	it('keeps the access list that comes with the level', async () => {
		const [body = {}] = await bodiesOf({ accessLevel: 'regular', accessList: ['M3'] });
		expect(body).toMatchObject({ access_level: 'regular', access_list: ['M3'] });
	});

	it('shows no text of terms that were off', async () => {
		const [body = {}] = await bodiesOf({ terms: { checkbox_label: 'Yes' } }, [], { terms_of_service_enabled: false });
		expect(body.terms_of_service).toEqual({ checkbox_label: 'Yes' });
	});

	it('turns the limits off with the last of them', async () => {
		const [body = {}] = await bodiesOf({ maxFileCount: 0 }, [], { max_file_size: 0, max_package_size: 0 });
		expect(body).toMatchObject({ package_size_restriction_enabled: false, max_file_count: 0 });
	});

	it('makes a list of denied file types one of allowed ones', async () => {
		const [body = {}] = await bodiesOf({ fileTypes: ['.mov'] }, [], { file_type_restriction_exclude: true });
		expect(body).toMatchObject({ file_types: ['.mov'], file_type_restriction_exclude: false });
	});
});

describe('removing a setting of a portal', () => {
	it.each(Object.entries(removals))('leaves all others identical: %s', async (setting, changed) => {
		const flagged = {
			has_access_code: setting === 'uploadPassword',
			has_download_password: setting === 'downloadPassword',
		};
		const [body = {}, ...more] = await bodiesOf({}, [setting as RemovableSetting], flagged);
		expect([changesIn(body, flagged), more]).toEqual([changed, []]);
	});

	it('is refused together with a new value', async () => {
		reads(documentedPortal);
		const error = await failureOf<MasvInputError>(changePortal(nockClient(), id, { maxFileCount: 3 }, ['sizeLimits']));
		expect([error.code, error.field]).toEqual(['portal_setting_contradictory', 'removedSettings']);
	});
});

describe('changePortal', () => {
	const change = async (settings: PortalSettings) => await changePortal(nockClient(), id, settings, []);
	const writes = () => masv().put(`/v1/portals/${id}`).reply(200);

	it('returns the portal as it is then', async () => {
		reads(documentedPortal);
		writes();
		reads({ ...documentedPortal, message: 'Bye' });
		expect(await change({ message: 'Bye' })).toEqual({ ...documentedPortal, message: 'Bye' });
	});

	it('writes nothing if there is nothing to change', async () => {
		reads(documentedPortal);
		expect(await change({ message: 'Hello world!', expiry: '2030-01-01T00:00:00.400Z' })).toEqual(documentedPortal);
	});

	it('writes a password of a portal that has one already: nothing shows which one', async () => {
		const [body, ...more] = await bodiesOf({ uploadPassword: 'made up' }, [], { has_access_code: true });
		expect([body?.access_code, more]).toEqual(['made up', []]);
	});

	it.each<[string, RemovableSetting[], PortalSettings]>([
		['a password', ['uploadPassword', 'downloadPassword'], {}],
		['a limit', [], { maxFileCount: 0 }],
		['a flag', [], { disableReceipt: false }],
	])('writes nothing if what it should lose is not there: %s', async (_, removed, settings) => {
		const none = { max_file_count: undefined, max_package_size: undefined, max_file_size: undefined };
		const portal = { ...documentedPortal, ...none, disable_upload_receipt: undefined };
		reads({ ...portal, package_size_restriction_enabled: undefined });
		expect(await changePortal(nockClient(), id, settings, removed)).toMatchObject({ id });
	});

	it('sends no flag for denied file types that the portal does not have', async () => {
		const more = { file_type_restriction_exclude: undefined };
		const [body] = await bodiesOf({ fileTypes: ['.wav'] }, [], more);
		expect(body).not.toHaveProperty('file_type_restriction_exclude');
	});

	it.each<PortalSettings>([
		{ connections: [{ sync_metadata: true, target_action: 'transfer', id: '01J0VK7K95A2ACFRW3Z93DJ7B2' }] },
		{ accessList: ['M1', 'M2'] },
		{ teamspaceId: documentedPortal.teamspace.id },
		{ webhookIds: documentedPortal.custom_webhooks.map((webhook) => webhook.id) },
		{ connections: [{ ...connection, id: '01J0VK7K95A2ACFRW3Z93DJ7B2', sync_metadata: true }] },
		{ terms: { title: 'Term of Service Title' } },
	])('recognizes what MASV returns in another form as what it has: %j', async (settings) => {
		reads(documentedPortal);
		expect(await change(settings)).toEqual(documentedPortal);
	});

	it('writes again if someone else has written the portal back', async () => {
		reads(documentedPortal);
		writes();
		reads({ ...documentedPortal, name: 'Renamed' });
		masv()
			.put(`/v1/portals/${id}`, ({ name, message }: Body) => name === 'Renamed' && message === 'Bye')
			.reply(200);
		reads({ ...documentedPortal, name: 'Renamed', message: 'Bye' });
		expect(await change({ message: 'Bye' })).toMatchObject({ name: 'Renamed', message: 'Bye' });
	});

	it('accepts a value that MASV writes in its own form', async () => {
		reads(documentedPortal);
		writes();
		reads({ ...documentedPortal, recipients: ['zoe@b.example'] });
		expect(await change({ recipients: ['Zoe@B.example'] })).toMatchObject({ recipients: ['zoe@b.example'] });
	});

	it.each<PortalSettings>([
		{ recipients: ['Ben@B.example', 'ann@b.example'] },
		{ accessList: ['M2', 'M1'] },
		{ primaryColor: '#0078d4' },
		{ subdomain: 'CustomESub' },
		{ message: 'Hello\r\nworld!' },
		{ logoUrl: `${documentedPortal.logo_url}/` },
	])('can be repeated with a value that MASV writes in its own form: %j', async (settings) => {
		masv().get(`/v1.1/portals/${id}`).times(9).optionally().reply(200, documentedPortal);
		writes();
		expect(await change(settings)).toEqual(documentedPortal);
	});

	it('can be repeated with a number that MASV returns as text', async () => {
		const portal = { ...documentedPortal, max_file_count: '7' };
		masv().get(`/v1.1/portals/${id}`).times(9).optionally().reply(200, portal);
		writes();
		expect(await change({ maxFileCount: 7 })).toEqual(portal);
	});

	it('is not done with another value, if MASV does not take it', async () => {
		masv().get(`/v1.1/portals/${id}`).times(99).optionally().reply(200, documentedPortal);
		masv().put(`/v1/portals/${id}`).times(4).reply(200);
		expect(await failureOf(change({ primaryColor: '#0078d5' }))).toMatchObject({ code: 'portal_update_ignored' });
	});

	it.each([
		[{ has_access_code: true }, 'uploadPassword', 'upload'],
		[{ has_download_password: true }, 'downloadPassword', 'download'],
	])('asks for a password that the update would lose: %j', async (more, field, name) => {
		reads({ ...documentedPortal, ...more });
		const error = await failureOf<MasvInputError>(change({ message: 'Bye' }));
		expect([error.code, error.field]).toEqual(['portal_password_required', field]);
		expect(error.message).toBe(
			`MASV does not return the ${name} password of portal "My Portal", and requires it in every update`,
		);
	});

	it('sends a password that the user has entered again', async () => {
		const [body] = await bodiesOf({ message: 'Bye', uploadPassword: 'made up' }, [], { has_access_code: true });
		expect(body).toMatchObject({ message: 'Bye', has_access_code: true, access_code: 'made up' });
	});

	it.each(['uploadPassword', 'downloadPassword'])('never shows a password in a message: %s', async (setting) => {
		reads(documentedPortal);
		masv().put(`/v1/portals/${id}`).reply(400, { message: 'password made up is too short' });
		const { message } = await failureOf(change({ [setting]: 'made up' }));
		expect(message).toContain('Could not update portal "My Portal"');
		expect(message).not.toContain('made up');
	});

	it('reports a portal that does not exist', async () => {
		masv().get(`/v1.1/portals/${id}`).reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		const error = await failureOf<MasvInputError>(change({ message: 'Bye' }));
		expect([error.code, error.field]).toEqual(['portal_not_found', 'portal']);
	});

	it.each([
		[{ nameFormat: { value: '^A' } }, 'nameFormatLabel', { package_name_format_enabled: false }],
		[{ nameFormat: { label: 'A' } }, 'nameFormatValue', { package_name_format_enabled: false }],
		[{ terms: { title: 'Terms' } }, 'termsCheckbox', { terms_of_service_enabled: false }],
	])('refuses half a setting: %j', async (settings, field, more) => {
		reads({ ...documentedPortal, ...more });
		const error = await failureOf<MasvInputError>(change(settings));
		expect([error.code, error.field]).toEqual(['value_missing', field]);
	});
});
