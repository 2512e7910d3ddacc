import type { Activity } from '../../masv/activities';
import {
	activityPackageIdOf,
	activityStateOf,
	activityTypeOf,
	activitySchema,
	readActivities,
	readActivityPage,
	showActivity,
	wasUploaded,
	withoutTokens,
} from '../../masv/activities';
import { take } from '../../masv/pages';
import { MasvApiError, MasvConnectionError, MasvInputError } from '../../masv/errors';
import { apiKey, failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../support/nockMasv';
import { page } from '../support/watchSamples';

useNock();

const route = `/v1.1/teams/${teamId}/activities`;

describe('readActivityPage', () => {
	it('sends the API key, and lists joined by commas', async () => {
		masv({ reqheaders: { 'x-api-key': apiKey } })
			.get(`${route}?activity_types=a%2Cb&sort=created_at&page=2&limit=50`)
			.reply(200, page({ id: 'A1' }));
		const query = { activity_types: ['a', 'b'], sort: 'created_at', portals: undefined };
		expect(await readActivityPage(nockClient(), query, 2)).toEqual({ total: 1, records: [{ id: 'A1' }] });
	});

	it.each([
		['a bare list', [{ id: 'A1' }]],
		['a list under another key', { metadata: { total: 1 }, activities: [{ id: 'A1' }] }],
		['a list and nothing else', { data: [{ id: 'A1' }] }],
		['ids that are numbers', [{ id: 1 }]],
	])('understands %s', async (_, answer) => {
		masv().get(/.*/).reply(200, answer);
		const { records } = await readActivityPage(nockClient(), {}, 1);
		expect(records.map(({ id }) => id)).toEqual([Array.isArray(answer) && answer[0]?.id === 1 ? '1' : 'A1']);
	});

	it('reports a response in an unexpected form', async () => {
		masv().get(/.*/).times(100).reply(200, { message: 'hello' });
		const error = await failureOf(readActivityPage(nockClient(), {}, 1));
		expect(error).toBeInstanceOf(MasvConnectionError);
		expect(error.message).toContain('does not match what MASV documents');
		forgetTheRest();
	});

	it.each([404, 405, 501])('reports that the server has no activities, after a %i', async (status) => {
		masv().get(/.*/).reply(status);
		const error = await failureOf<MasvInputError>(readActivityPage(nockClient(), {}, 1));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe('This MASV server does not provide activities');
	});

	it('reports that the key may not read them', async () => {
		masv().get(/.*/).reply(403);
		expect(await failureOf(readActivityPage(nockClient(), {}, 1))).toBeInstanceOf(MasvApiError);
	});
});

describe('readActivities', () => {
	it('reads all pages of a list under any key', async () => {
		const query = 'activity_states=error&page=';
		const first = Array.from({ length: 50 }, (_, n) => ({ id: `A${n}` }));
		masv()
			.get(`${route}?${query}1&limit=50`)
			.reply(200, { metadata: { total: 51 }, activities: first });
		masv()
			.get(/page=\d+&limit=\d+$/)
			.reply(200, { metadata: { total: 51 }, activities: [{ id: 'A49' }, { id: 'A50' }] });
		const found = await take(readActivities(nockClient(), { activity_states: ['error'] }), Infinity);
		expect(found).toHaveLength(51);
	});

	it('follows the cursors of such a list', async () => {
		masv()
			.get(`${route}?page=1&limit=50`)
			.reply(200, { metadata: { next_cursor: 'c1' }, activities: [{ id: 'A1' }] });
		masv()
			.get(`${route}?cursor=c1&limit=50`)
			.reply(200, { activities: [{ id: 'A2' }] });
		const found = await take(readActivities(nockClient(), {}), Infinity);
		expect(found.map(({ id }) => id)).toEqual(['A1', 'A2']);
	});

	it('says after a refusal that MASV does not document the request', async () => {
		masv().get(/.*/).reply(403, { message: 'no' });
		const error = await failureOf(take(readActivities(nockClient(), {}), 1));
		expect(error.message).toMatch(/403: no\. MASV does not document this request/);
	});

	it('reports that the server has no activities', async () => {
		masv().get(/.*/).reply(404);
		expect(await failureOf(take(readActivities(nockClient(), {}), 1))).toMatchObject({
			code: 'activities_unavailable',
		});
	});
});

describe('showActivity', () => {
	it('names type, state and package as the filters do, and removes secrets', () => {
		const read = {
			id: 'A1',
			type: 'link_generation',
			state: 'error',
			package: { id: 'P1' },
			link: { secret: 'x', id: 'L1' },
		};
		expect(showActivity(activitySchema.parse(read))).toEqual({
			...read,
			link: { id: 'L1' },
			activity_type: 'link_generation',
			activity_state: 'error',
			package_id: 'P1',
		});
		expect(showActivity({ id: 'A1' })).toEqual({
			id: 'A1',
			activity_type: null,
			activity_state: null,
			package_id: null,
		});
	});
});

describe('an activity', () => {
	const read = async (record: object): Promise<Activity> => {
		masv().get(/.*/).reply(200, page(record));
		const { records } = await readActivityPage(nockClient(), {}, 1);
		return records[0] as Activity;
	};

	it.each([
		{ id: 'A', activity_type: 't', activity_state: 's', package_id: 'P' },
		{ id: 'A', type: 't', state: 's', package: { id: 'P' } },
	])('is read as %j', async (record) => {
		const activity = await read(record);
		expect([activityTypeOf(activity), activityStateOf(activity), activityPackageIdOf(activity)]).toEqual([
			't',
			's',
			'P',
		]);
		expect(activity).toEqual(record);
	});

	it('may have unexpected values where nothing depends on them', async () => {
		expect(await read({ id: 'A', state: 's', package: 'P', created_at: 5 })).toMatchObject({ id: 'A', state: 's' });
	});
});

describe('wasUploaded', () => {
	const upload = (more: object = {}) => ({
		id: 'A',
		activity_type: 'package_upload_to_masv',
		activity_state: 'complete',
		package_id: 'P1',
		...more,
	});
	const answers = (...records: object[]): void =>
		void masv()
			.get(`${route}?activity_types=package_upload_to_masv&package_id=P1&page=1&limit=50`)
			.reply(200, page(...records));

	it('is true when the upload is complete', async () => {
		answers(upload());
		expect(await wasUploaded(nockClient(), 'P1')).toBe(true);
	});

	it('is false when the upload was cancelled', async () => {
		answers(upload({ activity_state: 'cancelled' }));
		expect(await wasUploaded(nockClient(), 'P1')).toBe(false);
	});

	it.each([
		['belong to another package, from a server that does not filter', [upload({ package_id: 'P2' })]],
		['are no uploads', [upload({ activity_type: 'link_generation' })]],
		['have the package in a field of another name', [upload({ package_id: undefined, object_id: 'P1' })]],
		['have the state in a field of another name', [upload({ activity_state: undefined, status: 'complete' })]],
		['are none', []],
	])('is unclear when the activities %s', async (_, records) => {
		answers(...records);
		expect(await wasUploaded(nockClient(), 'P1')).toBe('unclear');
	});

	it.each([400, 403, 404, 405, 409, 422, 501])('returns undefined after a %i', async (status) => {
		masv().get(/.*/).reply(status);
		expect(await wasUploaded(nockClient(), 'P1')).toBeUndefined();
	});

	it.each([{ message: 'hello' }, { records: [{ name: 'without an id' }] }, 'text', ''])(
		'returns undefined for %j',
		async (answer) => {
			masv().get(/.*/).reply(200, JSON.stringify(answer));
			expect(await wasUploaded(nockClient(), 'P1')).toBeUndefined();
		},
	);

	it.each([401, 402, 408, 425, 429, 500, 503])('fails after a %i, without retries', async (status) => {
		masv().get(/.*/).reply(status);
		expect(await failureOf(wasUploaded(nockClient(), 'P1'))).toBeInstanceOf(MasvApiError);
	});
});

describe('withoutTokens', () => {
	it('removes everything named like a secret, at any depth', () => {
		const activity = {
			id: 'A',
			access_token: 'x',
			extras: { link: { download_secret: 'x', email: 'a@b.c' }, list: [{ package_token: 'x', n: null }] },
			password: 'x',
			access_code: 'x',
		};
		expect(withoutTokens(activity)).toEqual({
			id: 'A',
			extras: { link: { email: 'a@b.c' }, list: [{ n: null }] },
		});
	});
});
