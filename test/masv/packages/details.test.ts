import { fetchPackageDetails } from '../../../masv/packages/details';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

/** A package whose routes return these responses. */
function packageWith(files: unknown, metadata: { status: number; answer?: string }): void {
	masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', name: 'Dailies', access_token: 'made up' });
	masv().get('/v1/packages/P1/files').reply(200, JSON.stringify(files));
	masv().get('/v1/packages/P1/metadata').reply(metadata.status, metadata.answer);
}

const formOf = async (status: number, answer?: string): Promise<unknown> => {
	packageWith([], { status, answer });
	return (await fetchPackageDetails(nockClient(), 'P1')).form_data;
};

describe('fetchPackageDetails', () => {
	it('returns the package without its token, its files without zip archives, and the form by name', async () => {
		const files = [
			{ id: 'F1', kind: 'file', name: 'a.mov' },
			{ id: 'Z1', kind: 'zip_all' },
		];
		packageWith(files, { status: 200, answer: '{"fields":[{"name":"Show","value":"North"}]}' });
		expect(await fetchPackageDetails(nockClient(), 'P1')).toEqual({
			package: { id: 'P1', name: 'Dailies' },
			files: [files[0]],
			form_data: { Show: 'North' },
		});
	});

	it('treats null as no files', async () => {
		packageWith(null, { status: 204 });
		expect((await fetchPackageDetails(nockClient(), 'P1')).files).toEqual([]);
	});

	it.each([
		['{"fields":[{"name":"Show","value":"North"},{"value":7}]}', { Show: 'North' }],
		['[{"name":"Show","value":"North"}]', { Show: 'North' }],
		['{"Show":"North"}', { Show: 'North' }],
		['{"fields":null}', {}],
		['null', {}],
		['', {}],
	])('reads the form %s', async (answer, form) => {
		expect(await formOf(200, answer)).toEqual(form);
	});

	it.each([204, 400, 403, 404, 405, 422, 501])('treats %d as no form', async (status) => {
		expect(await formOf(status)).toEqual({});
	});

	it('throws temporary errors', async () => {
		packageWith([], { status: 401 });
		expect((await failureOf(fetchPackageDetails(nockClient(), 'P1'))).message).toContain('401');
	});
});
