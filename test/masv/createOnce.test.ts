import { MasvCancelledError, MasvConnectionError } from '../../masv/errors';
import { createTag } from '../../masv/tags';
import { failureOf, masv, nockClient, teamId, useNock } from '../support/nockMasv';

useNock();

const tags = `/v1/teams/${teamId}/tags`;
const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const lists = (...found: object[]) => masv().get(tags).reply(200, found);
/** For as long as it is asked. */
const keepsListing = (...found: object[]) => masv().get(tags).times(50).optionally().reply(200, found);
const season2 = { id: 'T2', name: 'Season 2' };

describe('creating something whose response is lost', () => {
	it('returns what the lost request has created', async () => {
		lists({ id: 'T1', name: 'Season 2' });
		masv().post(tags, { name: 'Season 2' }).replyWithError(reset);
		lists({ id: 'T1', name: 'Season 2' }, season2);
		expect(await createTag(nockClient(), 'Season 2')).toEqual(season2);
	});

	it('waits for a list that is behind', async () => {
		lists({ id: 'T1', name: 'Season 2' });
		masv().post(tags).replyWithError(reset);
		for (const _ of [1, 2, 3]) lists({ id: 'T1', name: 'Season 2' });
		lists({ id: 'T1', name: 'Season 2' }, season2);
		expect(await createTag(nockClient(), 'Season 2')).toEqual(season2);
	});

	it('creates nothing again that MASV has accepted, although the response cannot be read and no list shows it', async () => {
		lists();
		masv().post(tags).reply(201, '{"odd":1}');
		keepsListing();
		masv().post(tags).optionally().reply(201, season2);
		expect(await failureOf(createTag(nockClient(), 'Season 2'))).toMatchObject({ code: 'creation_uncertain' });
	});

	it('creates it again if the list shows nothing new', async () => {
		lists({ id: 'T1', name: 'Season 2' });
		masv().post(tags).replyWithError(reset);
		keepsListing({ id: 'T1', name: 'Season 2' }, { id: 'T3', name: 'Season 3' });
		masv().post(tags).reply(201, season2);
		expect(await createTag(nockClient(), 'Season 2')).toEqual(season2);
	});

	it('creates it again without looking if MASV reports that it did nothing', async () => {
		lists();
		masv().post(tags).reply(503);
		masv().post(tags).reply(201, season2);
		expect(await createTag(nockClient(), 'Season 2')).toEqual(season2);
	});

	it('reports what MASV may contain if there is no list to look at', async () => {
		masv().get(tags).reply(404);
		masv().post(tags).replyWithError(reset);
		const error = await failureOf<MasvConnectionError>(createTag(nockClient(), 'Season 2'));
		expect(error).toBeInstanceOf(MasvConnectionError);
		expect([error.code, error.transient]).toEqual(['creation_uncertain', false]);
		expect(error.message).toBe('The response was lost while creating the tag "Season 2"');
		expect(error.hint).toBe('MASV may have created the tag "Season 2"; check in MASV before you run this again.');
	});

	it('never takes an older one for it if the list could not be read before', async () => {
		masv().get(tags).reply(403);
		masv().post(tags).replyWithError(reset);
		masv()
			.get(tags)
			.optionally()
			.reply(200, [{ id: 'T1', name: 'Season 2' }]);
		const error = await failureOf<MasvConnectionError>(createTag(nockClient(), 'Season 2'));
		expect(error.code).toBe('creation_uncertain');
	});

	it('reports the same if the outage outlasts the retries', async () => {
		lists();
		masv().post(tags).replyWithError(reset);
		masv().get(tags).times(50).optionally().reply(502);
		const error = await failureOf<MasvConnectionError>(createTag(nockClient(), 'Season 2'));
		expect(error.code).toBe('creation_uncertain');
	});

	it.each([
		['nothing can be reached any more', (): unknown => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
		['the list is asked for too often', (): unknown => 429],
		['the key has lost its access', (): unknown => 403],
	])('reports the same if the list cannot be read then, because %s', async (_, failure) => {
		lists();
		masv().post(tags).replyWithError(reset);
		const list = masv().get(tags).times(50).optionally();
		const reason = failure();
		if (typeof reason === 'number') list.reply(reason);
		else list.replyWithError(reason as Error);
		const error = await failureOf<MasvConnectionError>(createTag(nockClient(), 'Season 2'));
		expect(error.code).toBe('creation_uncertain');
	});

	it('reports a definite rejection as such', async () => {
		lists();
		masv().post(tags).reply(422, { message: 'name is taken' });
		const error = await failureOf<MasvConnectionError>(createTag(nockClient(), 'Season 2'));
		expect(error.message).toBe('Could not create the tag. MASV responded with 422: name is taken');
	});

	it('passes a rejection on also if a lost request had created nothing before', async () => {
		lists();
		masv().post(tags).replyWithError(reset);
		keepsListing();
		masv().post(tags).reply(422, { message: 'name is taken' });
		expect(await failureOf(createTag(nockClient(), 'Season 2'))).toMatchObject({ status: 422 });
	});

	it('passes it on if MASV reports until the end that it did nothing', async () => {
		lists();
		masv().post(tags).times(50).optionally().reply(503);
		expect(await failureOf(createTag(nockClient(), 'Season 2'))).toMatchObject({ status: 503 });
	});

	it('does not speak of a lost response if the execution was stopped', async () => {
		const stop = new AbortController();
		lists();
		masv().post(tags).replyWithError(reset);
		masv()
			.get(tags)
			.optionally()
			.reply(() => {
				stop.abort();
				return [200, []];
			});
		const failure = failureOf(createTag(nockClient({ signal: stop.signal }), 'Season 2'));
		expect(await failure).toBeInstanceOf(MasvCancelledError);
	});
});
