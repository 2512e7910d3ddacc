import { deleteTag } from '../../masv/tags';
import { failureOf, masv, nockClient, useNock } from '../support/nockMasv';

useNock();

const route = '/v1/tags/T1';
const remove = async () => await deleteTag(nockClient(), 'T1');

describe('deleting something', () => {
	it('reports that it was deleted now', async () => {
		masv().delete(route).reply(204);
		expect(await remove()).toEqual({ id: 'T1', deleted: true, already_deleted: false });
	});

	it('counts what is gone as deleted before', async () => {
		masv().delete(route).reply(404, { message: 'tag not found' });
		expect(await remove()).toEqual({ id: 'T1', deleted: true, already_deleted: true });
	});

	it('knows that a request whose response was lost has deleted it', async () => {
		masv()
			.delete(route)
			.replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
		masv().delete(route).reply(404, { message: 'tag not found' });
		expect(await remove()).toEqual({ id: 'T1', deleted: true, already_deleted: false });
	});

	it('does not take a page for success, because a gateway sends it instead of asking MASV', async () => {
		masv().delete(route).reply(200, '<html><title>Maintenance</title></html>');
		masv().delete(route).reply(204);
		expect(await remove()).toEqual({ id: 'T1', deleted: true, already_deleted: false });
	});

	it.each([
		[403, '{"message":"not your tag"}', 'not your tag'],
		// A page comes from a proxy, which knows no tags.
		[404, '<html><title>Not here</title></html>', 'Not here'],
	])('fails for anything else: %s', async (status, body, reason) => {
		masv().delete(route).reply(status, body);
		expect((await failureOf(remove())).message).toContain(reason);
	});
});
