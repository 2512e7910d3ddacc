import { createForm } from '../../../masv/portals/form';
import { createPortal, deletePortal } from '../../../masv/portals/create';
import type { MasvError } from '../../../masv/errors';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const portals = `/v1/teams/${teamId}/portals`;
const names = { name: 'Second Unit', subdomain: 'second-unit', active: true };
const lists = (...records: object[]) =>
	masv()
		.get(`/v1.1/teams/${teamId}/portals`)
		.query({ subdomain: 'second-unit', page: 1, limit: 50 })
		.reply(200, { metadata: { total: records.length }, records });

describe('createPortal', () => {
	it('sends only what is set', async () => {
		lists();
		masv()
			.post(portals, { ...names, has_access_code: true, access_code: 'in', custom_expiry_days: -1 })
			.reply(201, { id: 'O1' });
		const settings = { ...names, uploadPassword: 'in', storageDays: -1 };
		expect(await createPortal(nockClient(), settings)).toEqual({ id: 'O1' });
	});

	it.each(['uploadPassword', 'downloadPassword'])('never shows a password in errors: %s', async (setting) => {
		lists();
		masv().post(portals).reply(403, { message: 'too simple: open sesame' });
		const error = await failureOf(createPortal(nockClient(), { ...names, [setting]: 'open sesame' }));
		expect(error.message).toContain('too simple: [hidden]');
	});

	it('sends the limits that are not set as none', async () => {
		lists();
		const limits = { package_size_restriction_enabled: true, max_package_size: 0, max_file_size: 7, max_file_count: 0 };
		masv()
			.post(portals, { ...names, ...limits })
			.reply(201, { id: 'O1' });
		await createPortal(nockClient(), { ...names, maxFileBytes: 7 });
	});

	it('finds the portal at its subdomain after a lost response', async () => {
		lists({ id: 'O7', subdomain: 'second-unit-2' });
		masv().post(portals).reply(504);
		lists({ id: 'O7', subdomain: 'second-unit-2' }, { id: 'O1', subdomain: 'second-unit' });
		expect(await createPortal(nockClient(), names)).toEqual({ id: 'O1', subdomain: 'second-unit' });
	});

	it.each([400, 409, 422])('names the portal of the team that has the subdomain, after %s', async (status) => {
		lists({ id: 'O0', subdomain: 'Second-Unit', name: 'Unit 2' });
		masv().post(portals).reply(status, { message: 'subdomain is taken' });
		lists({ id: 'O0', subdomain: 'Second-Unit', name: 'Unit 2' });
		expect(await failureOf(createPortal(nockClient(), names))).toMatchObject({
			code: 'portal_subdomain_taken',
			message: 'The team already has a portal with the subdomain "second-unit": "Unit 2" (ID O0)',
		});
	});

	it.each([
		['another team has the subdomain', () => lists({ id: 'O0', subdomain: 'second-unit-2' })],
		['the portals cannot be listed', () => masv().get(`/v1.1/teams/${teamId}/portals`).query(true).reply(500)],
	])('repeats what MASV says if %s', async (_, listAgain) => {
		lists();
		masv().post(portals).reply(409, { message: 'subdomain is taken' });
		listAgain();
		const { message } = await failureOf(createPortal(nockClient(), names));
		expect(message).toBe('Could not create the portal. MASV responded with 409: subdomain is taken');
	});

	it('has no access list if it is regular', async () => {
		lists();
		masv()
			.post(portals, { ...names, access_level: 'regular' })
			.reply(201, { id: 'O1' });
		await createPortal(nockClient(), { ...names, accessLevel: 'regular' });
	});

	it('looks for no other portal after another refusal', async () => {
		lists({ id: 'O0', subdomain: 'second-unit' });
		masv().post(portals).reply(403, { message: 'not allowed' });
		masv()
			.get(`/v1.1/teams/${teamId}/portals`)
			.query(true)
			.optionally()
			.reply(200, { metadata: { total: 1 }, records: [{ id: 'O0', subdomain: 'second-unit' }] });
		expect((await failureOf(createPortal(nockClient(), names))).message).toMatch(/403: not allowed$/);
	});
});

describe('deletePortal', () => {
	it('deletes it', async () => {
		masv().delete('/v1/portals/O1').reply(204);
		expect(await deletePortal(nockClient(), 'O1')).toEqual({ id: 'O1', deleted: true, already_deleted: false });
	});

	it('reports that the user may not', async () => {
		masv().delete('/v1/portals/O1').reply(403, { message: 'created by someone else' });
		expect((await failureOf(deletePortal(nockClient(), 'O1'))).message).toBe(
			'Could not delete portal O1. MASV responded with 403: created by someone else',
		);
	});
});

describe('createForm', () => {
	const form = { name: 'Delivery', delivery_formats: ['json' as const] };

	it('sends the form and returns what MASV returns', async () => {
		masv().post('/v1/portals/O1/form', form).reply(201, { id: 'F1', enabled: true });
		expect(await createForm(nockClient(), 'O1', form)).toEqual({ id: 'F1', enabled: true });
	});

	it('is never sent twice: nothing shows whether a lost request has created it', async () => {
		masv().post('/v1/portals/O1/form').reply(502);
		const error = await failureOf<MasvError>(createForm(nockClient(), 'O1', form));
		expect([error.code, error.message]).toEqual([
			'creation_uncertain',
			'The response was lost while creating the form "Delivery"',
		]);
	});

	it('reports a portal that does not exist', async () => {
		masv().post('/v1/portals/O1/form').reply(404, { message: 'not found' });
		expect((await failureOf<MasvError>(createForm(nockClient(), 'O1', form))).code).toBe('portal_not_found');
	});
});
