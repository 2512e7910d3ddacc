import { fetchPackageDetails } from '../../../masv/packages/details';
import { failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

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

	describe('of a package whose list of files is behind', () => {
		const [first, second] = [
			{ id: 'F1', name: 'a.mov' },
			{ id: 'F2', name: 'b.mov' },
		];
		const packageOf = (more: object): void =>
			void masv()
				.get(`/v1.1/teams/${teamId}/packages/P1`)
				.reply(200, { id: 'P1', access_token: 'made up', total_files: 2, ...more })
				.get('/v1/packages/P1/metadata')
				.reply(404);
		const lists = (files: object[], times = 1): void =>
			void masv().get('/v1/packages/P1/files').times(times).reply(200, files);

		it('reads the list again until all files of a finalized package are in it', async () => {
			packageOf({ state: 'finalized' });
			lists([]);
			lists([first, { ...second, completed: false }]);
			lists([first, second]);
			const details = await fetchPackageDetails(nockClient(), 'P1');
			expect(details.files).toEqual([first, second]);
			expect(details).not.toHaveProperty('enrich_warning');
		});

		it('says what is missing after a minute', async () => {
			packageOf({ state: 'finalized' });
			masv().persist().get('/v1/packages/P1/files').reply(200, [first]);
			expect(await fetchPackageDetails(nockClient(), 'P1')).toMatchObject({
				files: [first],
				enrich_warning: 'MASV lists 1 of the 2 files of package P1',
			});
			forgetTheRest();
		});

		it.each(['new', 'expired'])('reads it once if the package is %s', async (state) => {
			packageOf({ state });
			lists([{ ...first, completed: false }]);
			const details = await fetchPackageDetails(nockClient(), 'P1');
			expect(details.files).toHaveLength(1);
			expect(details).not.toHaveProperty('enrich_warning');
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
