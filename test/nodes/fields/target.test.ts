import { readTarget } from '../../../nodes/Masv/fields/target';
import { fakeN8n } from '../../support/fakeN8n';
import { baseUrl, failureOf, masv, nockClient, useNock } from '../../support/nockMasv';

useNock();

const team = {
	destination: 'team',
	portalId: '',
	packageName: ' Dailies ',
	recipients: [] as string[],
	sender: '',
	options: {},
} as const;
const portal = { ...team, destination: 'portal', portalId: 'O1', sender: 'anna@example.com' } as const;
const masvPortalApi = { portal: 'https://unit.portal.massive.io', accessCode: 'code', baseUrl };

type Input = Parameters<typeof readTarget>[1];

const read = async (input: Input) =>
	await readTarget({ masv: nockClient(), authentication: 'teamKey', n8n: fakeN8n().n8n }, input);

/** With the credential of a portal, and no API key. */
async function readWithPortal(input: Input, credential: object = masvPortalApi) {
	const { n8n } = fakeN8n({ credentials: { masvPortalApi: { ...credential } } });
	const anyone = nockClient({ apiKey: undefined, teamId: undefined });
	return await readTarget({ masv: anyone, authentication: 'portal', n8n }, input);
}

describe('readTarget', () => {
	it('sends only the options that are set', async () => {
		const request = { name: 'Dailies', description: '', recipients: [] };
		expect(await read(team)).toEqual({ kind: 'team', request });
	});

	it('passes on the options of a team package', async () => {
		const options = { message: 'Hi', accessLimit: 2, password: ' pw ', unlimitedStorage: true, formDataId: 'F' };
		expect(await read({ ...team, recipients: ['a@b.cd'], options })).toEqual({
			kind: 'team',
			request: {
				name: 'Dailies',
				description: 'Hi',
				recipients: ['a@b.cd'],
				password: ' pw ',
				access_limit: 2,
				unlimited_storage: true,
			},
		});
	});

	it('delivers to an open portal without a password', async () => {
		expect(await read({ ...portal, options: { formDataId: ' F ' } })).toEqual({
			kind: 'portal',
			portalId: 'O1',
			accessCode: undefined,
			request: { name: 'Dailies', description: '', sender: 'anna@example.com', form_data_id: 'F' },
		});
	});

	it('delivers to the portal of the credential, with its password, whatever the hidden fields say', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'O1', name: 'Unit' });
		expect(await readWithPortal({ ...portal, destination: 'team', portalId: 'O2' })).toEqual({
			kind: 'portal',
			portalId: 'O1',
			portal: { id: 'O1', name: 'Unit' },
			accessCode: 'code',
			request: { name: 'Dailies', description: '', sender: 'anna@example.com' },
		});
	});

	it('sends the password without line breaks around it, and with its spaces', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'O1' });
		const pasted = { ...masvPortalApi, accessCode: '\r\n code \n' };
		expect(await readWithPortal(portal, pasted)).toMatchObject({ accessCode: ' code ' });
	});

	it('sends no password to a portal that has none', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'O1' });
		expect(await readWithPortal(portal, { ...masvPortalApi, accessCode: '' })).toMatchObject({ accessCode: undefined });
	});

	it.each([
		['Password', { password: 'made up' }],
		['Download Limit', { accessLimit: 2 }],
		['Unlimited Storage', { unlimitedStorage: true }],
	])('delivers nothing to a portal without the %s that was added, which MASV could not set', async (field, options) => {
		expect(await failureOf(read({ ...portal, options }))).toMatchObject({ name: 'MasvInputError', field });
	});

	it('delivers to a portal if the storage is not to be unlimited', async () => {
		expect(await read({ ...portal, options: { unlimitedStorage: false } })).toMatchObject({ kind: 'portal' });
	});

	it.each([
		['a sender', { ...portal, sender: '' }, 'Sender'],
		['valid addresses', { ...team, recipients: ['ben'] }, 'Recipients'],
	])('wants %s', async (_, input, field) => {
		expect(await failureOf(read(input))).toMatchObject({ name: 'MasvInputError', field });
	});
});
