import { deleteFile } from '../../../masv/packages/deleteFile';
import { failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { withToken } from '../../support/packageToken';

useNock();

const route = '/v1/packages/P1/files/F1';

function packageIs(state: string | undefined, times = 1): void {
	masv().get(`/v1.1/teams/${teamId}/packages/P1`).times(times).reply(200, { id: 'P1', access_token: 'token-1', state });
}

const contains = (ids: string[], times = 1) =>
	masv()
		.get('/v1/packages/P1/files')
		.times(times)
		.reply(
			200,
			ids.map((id) => ({ id })),
		);

describe('deleteFile', () => {
	it.each(['new', undefined])('deletes a file of a package whose state is %s', async (state) => {
		packageIs(state);
		masv(withToken).delete(route).reply(204);
		expect(await deleteFile(nockClient(), 'P1', 'F1')).toEqual({ id: 'F1', deleted: true, already_deleted: false });
	});

	it.each(['finalized', 'expired'])('sends nothing for a package that is %s', async (state) => {
		packageIs(state);
		expect(await failureOf(deleteFile(nockClient(), 'P1', 'F1'))).toMatchObject({ code: 'package_not_new' });
	});

	it.each([404, 405, 501])('takes a %d for deleted if the package does not list the file', async (status) => {
		packageIs('new');
		masv().delete(route).reply(status);
		contains(['F2']);
		expect(await deleteFile(nockClient(), 'P1', 'F1')).toMatchObject({ already_deleted: true });
	});

	it.each([
		[404, 100],
		[405, 1],
	])('says that the request is not documented if a %d leaves the file there', async (status, looks) => {
		packageIs('new');
		masv().delete(route).reply(status);
		contains(['F1'], looks);
		const error = await failureOf(deleteFile(nockClient(), 'P1', 'F1'));
		expect(error.message).toContain('MASV does not document this request');
		forgetTheRest();
	});

	it('deleted the file itself if a repeated request finds nothing, although the list still shows it for a moment', async () => {
		packageIs('new');
		masv().delete(route).reply(502).delete(route).reply(404);
		contains(['F1']);
		contains([]);
		expect(await deleteFile(nockClient(), 'P1', 'F1')).toMatchObject({ already_deleted: false });
	});

	it('does not take a refusal for deleted, whatever the list contains', async () => {
		packageIs('new');
		masv().delete(route).reply(403).get('/v1/packages/P1/files').optionally().reply(200, []);
		expect(await failureOf(deleteFile(nockClient(), 'P1', 'F1'))).toMatchObject({ status: 403 });
		forgetTheRest();
	});

	it('reports that the package was finalized meanwhile', async () => {
		packageIs('new');
		masv().delete(route).reply(409);
		packageIs('finalized');
		expect(await failureOf(deleteFile(nockClient(), 'P1', 'F1'))).toMatchObject({ code: 'package_not_new' });
	});
});
