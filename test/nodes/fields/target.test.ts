import type { MasvInputError } from '../../../masv/errors';
import { readTarget } from '../../../nodes/Masv/fields/target';
import { fakeN8n } from '../../support/fakeN8n';
import { baseUrl, failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

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

const read = async (input: Parameters<typeof readTarget>[2], credentials = {}) =>
	await readTarget(nockClient(), fakeN8n({ credentials }).n8n, input);

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

	it('sends the password to its own portal', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'O1' });
		expect(await read(portal, { masvPortalApi })).toMatchObject({ accessCode: 'code' });
	});

	it('sends none if the credential contains none', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'O1' });
		expect(await read(portal, { masvPortalApi: { ...masvPortalApi, accessCode: '' } })).toMatchObject({
			accessCode: undefined,
		});
	});

	it('sends the password without line breaks around it, and with its spaces', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'O1' });
		const pasted = { ...masvPortalApi, accessCode: '\r\n code \n' };
		expect(await read(portal, { masvPortalApi: pasted })).toMatchObject({ accessCode: ' code ' });
	});

	it("finds the portal in the team's list if MASV cannot look up subdomains", async () => {
		masv().get('/v1/subdomains/portals/unit').reply(404, {});
		masv()
			.get(`/v1.1/teams/${teamId}/portals`)
			.query({ page: 1, limit: 50, subdomain: 'unit' })
			.reply(200, [
				{ id: 'O0', subdomain: 'unit-2' },
				{ id: 'O1', subdomain: 'Unit' },
			]);
		expect(await read(portal, { masvPortalApi })).toMatchObject({ accessCode: 'code' });
	});

	it('does not send the password to another portal', async () => {
		masv().get('/v1/subdomains/portals/unit').reply(200, { id: 'other' });
		const error = await failureOf<MasvInputError>(read(portal, { masvPortalApi }));
		expect(error.message).toMatch(/is for the portal "unit", not for the selected portal/);
		expect(error.message).not.toContain('code');
	});

	it('does not send the password to another server', async () => {
		const elsewhere = { ...masvPortalApi, baseUrl: 'https://masv.example' };
		const error = await failureOf<MasvInputError>(read(portal, { masvPortalApi: elsewhere }));
		expect(error.message).toMatch(/has a different Base URL/);
	});

	it.each([
		['a sender', { ...portal, sender: '' }, 'Sender'],
		['valid addresses', { ...team, recipients: ['ben'] }, 'Recipients'],
	])('wants %s', async (_, input, field) => {
		expect(await failureOf(read(input))).toMatchObject({ name: 'MasvInputError', field });
	});
});
