import type { MasvClient } from '../../../masv/client';
import { noRetry } from '../../../masv/retry';
import { pullFromStorage } from '../../../masv/storage/pull';
import type { PullRequest } from '../../../masv/storage/pullRequest';
import { memoryJournal } from '../../support/memoryJournal';
import { apiKey, failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { withKey, withToken } from '../../support/packageToken';

useNock();

const route = '/v1/packages/P1/transfer';
const request: PullRequest = {
	connectionId: 'C1',
	sources: [
		{ id: 'a/b.mov', name: 'b.mov', kind: 'file' },
		{ id: 'a/day/', name: 'day', kind: 'directory' },
	],
	package: { name: 'Dailies', description: '', recipients: [] },
	timeoutMs: 60_000,
	run: 'run-1',
};
const transfer = { id: 'T1', state: 'started' };

const pull = async (more: Partial<PullRequest> = {}, client: MasvClient = nockClient()) =>
	await pullFromStorage(client, { ...request, ...more });
const hasProvider = () => masv(withKey).get('/v1/cloud_connections/C1').reply(200, { id: 'C1', provider: 'wasabi_s3' });
const creates = () =>
	masv(withKey).post(`/v1/teams/${teamId}/packages`).reply(201, { id: 'P1', access_token: 'token-1', state: 'new' });
const starts = () => masv().post(route).reply(201, transfer);
/** Each look: the package, then its transfers. */
const looks = (...looked: Array<[state: string, transferState: string]>): void => {
	for (const [state, transferState] of looked) {
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', state });
		masv()
			.get(route)
			.reply(200, [{ ...transfer, state: transferState }]);
	}
};
const shows = (state: string) =>
	masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', access_token: 'token-1', state });

describe('pullFromStorage', () => {
	it('creates a package and has MASV fill it, as MASV does it itself', async () => {
		hasProvider();
		masv(withKey)
			.post(`/v1/teams/${teamId}/packages`, { ...request.package })
			.reply(201, { id: 'P1', access_token: 'token-1' });
		masv(withToken)
			.post(route, {
				cloud_connection_id: 'C1',
				direction: 'cloud_to_masv',
				provider: 'wasabi_s3',
				files: [...request.sources],
				notify_email: 'anna@example.com',
			})
			.reply(201, transfer);
		const started = await pull({ timeoutMs: undefined, notifyEmail: 'anna@example.com' });
		expect(started).toEqual({ package: { id: 'P1', access_token: 'token-1' }, transfer, link: undefined });
	});

	it('waits until MASV has finalized the package, then creates the link', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'started'], ['new', 'complete'], ['finalized', 'complete']);
		shows('finalized');
		masv(withToken).post('/v1/packages/P1/links', {}).reply(201, { id: 'L1', download_secret: 'secret' });
		expect(await pull({ link: {} })).toMatchObject({
			package: { state: 'finalized' },
			transfer: { id: 'T1', state: 'complete' },
			link: { url: 'https://get.massive.io/L1?secret=secret' },
		});
	});

	it('finalizes the package if MASV does not, once its files are there', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv(withToken)
			.get('/v1/packages/P1/files')
			.reply(200, [{ id: 'F1', name: 'b.mov' }]);
		masv(withToken).post('/v1/packages/P1/finalize').reply(204);
		shows('finalized');
		expect(await pull()).toMatchObject({ package: { state: 'finalized' } });
	});

	it('knows that it has finalized the package, whatever MASV still shows', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv(withToken)
			.get('/v1/packages/P1/files')
			.reply(200, [{ id: 'F1', name: 'b.mov' }]);
		masv(withToken).post('/v1/packages/P1/finalize').reply(204);
		shows('new');
		expect(await pull()).toMatchObject({ package: { state: 'finalized' } });
	});

	it('does not finalize a package in which a file is missing', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv()
			.get('/v1/packages/P1/files')
			.times(100)
			.reply(200, [{ id: 'F1', name: 'other.mov' }]);
		expect(await failureOf(pull())).toMatchObject({
			code: 'storage_transfer_incomplete',
			message: expect.stringContaining('"b.mov"') as string,
		});
		forgetTheRest();
	});

	it('does not finalize a package in which one of two files of the same name is missing', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv()
			.get('/v1/packages/P1/files')
			.times(100)
			.reply(200, [{ id: 'F1', name: 'b.mov' }]);
		const sources = ['card A/b.mov', 'card B/b.mov'].map((id) => ({ id, name: 'b.mov', kind: 'file' }));
		expect(await failureOf(pull({ sources }))).toMatchObject({
			code: 'storage_transfer_incomplete',
			message: expect.stringContaining('1 of its files are missing: "b.mov"') as string,
		});
		forgetTheRest();
	});

	it('counts neither directories nor archives for one of two files of the same name', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv()
			.get('/v1/packages/P1/files')
			.times(100)
			.reply(200, [
				{ id: 'F1', name: 'b.mov' },
				...[{ name: 'audio' }, { name: 'proxies' }].map((more, index) => ({
					id: `D${index}`,
					kind: 'directory',
					...more,
				})),
				{ id: 'Z1', name: 'all.zip', kind: 'zip_package' },
			]);
		const sources = ['card A/b.mov', 'card B/b.mov'].map((id) => ({ id, name: 'b.mov', kind: 'file' }));
		expect(await failureOf(pull({ sources }))).toMatchObject({
			code: 'storage_transfer_incomplete',
			message: expect.stringContaining('1 of its files are missing: "b.mov"') as string,
		});
		forgetTheRest();
	});

	it('does not take a file of a folder for one of two files of the same name', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv()
			.get('/v1/packages/P1/files')
			.times(100)
			.reply(
				200,
				['b.mov', '1.wav', '2.wav'].map((name, index) => ({ id: `F${index}`, name })),
			);
		const sources = ['card A/b.mov', 'card B/b.mov'].map((id) => ({ id, name: 'b.mov', kind: 'file' }));
		sources.push({ id: 'sound', name: 'sound', kind: 'directory' });
		expect(await failureOf(pull({ sources }))).toMatchObject({
			code: 'storage_transfer_incomplete',
			message: expect.stringContaining('1 of its files are missing: "b.mov"') as string,
		});
		forgetTheRest();
	});

	it('finalizes a package in which MASV has given one of two files of the same name another one', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		const names = ['b.mov', 'b (1).mov'];
		masv()
			.get('/v1/packages/P1/files')
			.reply(
				200,
				names.map((name, index) => ({ id: `F${index}`, name })),
			);
		masv(withToken).post('/v1/packages/P1/finalize').reply(204);
		shows('finalized');
		const sources = ['card A/b.mov', 'card B/b.mov'].map((id) => ({ id, name: 'b.mov', kind: 'file' }));
		expect(await pull({ sources })).toMatchObject({ package: { state: 'finalized' } });
	});

	it('waits for a file that the list shows as unfinished', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		for (const completed of [false, true]) {
			masv()
				.get('/v1/packages/P1/files')
				.reply(200, [{ id: 'F1', name: 'b.mov', completed }]);
		}
		masv(withToken).post('/v1/packages/P1/finalize').reply(204);
		shows('finalized');
		expect(await pull()).toMatchObject({ package: { state: 'finalized' } });
	});

	it('waits for a list of files that does not show yet what was transferred', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv()
			.get('/v1/packages/P1/files')
			.reply(200, [])
			.get('/v1/packages/P1/files')
			.reply(200, [{ id: 'F1', name: 'b.mov' }]);
		masv(withToken).post('/v1/packages/P1/finalize').reply(204);
		shows('finalized');
		expect(await pull()).toMatchObject({ package: { state: 'finalized' } });
	});

	it('fails with the reason of MASV, which deletes the package', async () => {
		hasProvider();
		creates();
		starts();
		looks(['new', 'error'], ['expired', 'error']);
		masv()
			.get(
				`/v1.1/teams/${teamId}/activities?activity_types=package_upload_to_masv&package_id=P1&sort=-created_at&page=1&limit=50`,
			)
			.reply(200, {
				records: [
					{
						id: 'A1',
						type: 'package_upload_to_masv',
						state: 'error',
						package_id: 'P1',
						extras: { error: `No such bucket for ${apiKey}` },
					},
				],
			});
		expect(await failureOf(pull())).toMatchObject({
			code: 'storage_transfer_failed',
			message: 'The transfer from the storage to package P1 failed: No such bucket for [hidden]',
		});
	});

	it('says that MASV continues when the time is up', async () => {
		hasProvider();
		creates();
		starts();
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.times(99)
			.optionally()
			.reply(200, { id: 'P1', access_token: 'token-1', state: 'new' });
		masv().get(route).times(99).optionally().reply(200, [transfer]);
		expect(await failureOf(pull())).toMatchObject({ code: 'wait_timeout' });
	});

	it('creates nothing if the provider of the connection is not known', async () => {
		masv().get('/v1/cloud_connections/C1').reply(200, { id: 'C1' });
		expect(await failureOf(pull())).toMatchObject({ code: 'storage_provider_unknown' });
	});

	it('deletes the empty package after a refusal', async () => {
		hasProvider();
		creates();
		masv().post(route).reply(400, { message: 'no such file' });
		masv(withToken).delete('/v1/packages/P1').reply(204);
		expect((await failureOf<{ hint: string } & Error>(pull())).hint).toContain('The empty package P1 was deleted.');
	});

	it('starts a new package after a refusal also if the empty one could not be deleted', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1' };
		hasProvider();
		creates();
		masv().post(route).reply(400, { message: 'no such file' });
		masv(withToken).delete('/v1/packages/P1').reply(403);
		expect((await failureOf<{ hint: string } & Error>(pull(again))).hint).toContain('P1 could not be deleted');

		hasProvider();
		creates();
		starts();
		await pull({ ...again, run: 'run-2', timeoutMs: undefined });
	});

	it('keeps the package if a transfer to it may be running', async () => {
		hasProvider();
		creates();
		masv().post(route).reply(200, { odd: 1 }).get(route).reply(200, []);
		const error = await failureOf<{ hint: string } & Error>(pull());
		expect(error).toMatchObject({ code: 'transfer_start_uncertain' });
		expect(error.hint).toContain('Package P1 was created, and a transfer to it may be running.');
	});

	it('keeps it, too, if MASV cannot be asked whether the transfer was started', async () => {
		hasProvider();
		creates();
		masv().post(route).reply(502).get(route).times(50).optionally().reply(429);
		const error = await failureOf<{ hint: string } & Error>(pull());
		expect(error).toMatchObject({ code: 'transfer_start_uncertain' });
		expect(error.hint).toContain('Package P1 was created, and a transfer to it may be running.');
	});

	it('keeps it, too, if the response to the only request was lost', async () => {
		hasProvider();
		creates();
		masv().post(route).reply(502);
		const error = await failureOf<{ hint: string } & Error>(pull({}, nockClient().withPolicy(noRetry)));
		expect(error).toMatchObject({ code: 'transfer_start_uncertain' });
		expect(error.hint).toContain('Package P1 was created, and a transfer to it may be running.');
	});

	it('keeps it, too, if it is canceled while MASV is asked to start the transfer', async () => {
		const stop = new AbortController();
		hasProvider();
		creates();
		masv()
			.post(route)
			.reply(() => {
				stop.abort();
				return [201, transfer];
			});
		const error = await failureOf<{ hint: string } & Error>(pull({}, nockClient({ signal: stop.signal })));
		expect(error).toMatchObject({ code: 'cancelled' });
		expect(error.hint).toContain('Package P1 was created, and a transfer to it may be running.');
	});

	it('goes on with the transfer that an earlier run has noted, on a server that lists none', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1' };
		hasProvider();
		creates();
		starts();
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.times(99)
			.reply(200, { id: 'P1', access_token: 'token-1', name: 'Dailies', state: 'new' });
		masv().get(route).times(99).reply(405);
		expect(await failureOf(pull(again))).toMatchObject({ code: 'wait_timeout' });
		expect(await pull({ ...again, run: 'run-2', timeoutMs: undefined })).toMatchObject({ transfer });
		forgetTheRest();
	});

	it('does not take the transfer of an earlier package for that of the next one', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1', timeoutMs: undefined };
		hasProvider();
		creates();
		starts();
		await pull(again);
		hasProvider();
		creates();
		masv().post(route).reply(200, { odd: 1 }).get(route).reply(200, []);
		expect(await failureOf(pull({ ...again, run: 'run-2' }))).toMatchObject({ code: 'transfer_start_uncertain' });

		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', access_token: 'token-1', name: 'Dailies', state: 'new' })
			.get(route)
			.reply(200, [{ id: 'T2', state: 'started' }]);
		expect(await pull({ ...again, run: 'run-2' })).toMatchObject({ transfer: { id: 'T2' } });
	});

	it('creates a link of its own for each package', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1' };
		for (const id of ['L1', 'L2']) {
			hasProvider();
			creates();
			starts();
			masv(withToken).post('/v1/packages/P1/links', {}).reply(201, { id, download_secret: 'secret' });
			const { link } = await pull({ ...again, run: id, link: {}, timeoutMs: undefined });
			expect(link?.url).toContain(`/${id}?`);
		}
	});

	it('starts a new package after a failure, even if MASV keeps the old one', async () => {
		const journal = memoryJournal().join();
		hasProvider();
		creates();
		starts();
		const failed = { records: [{ ...transfer, state: 'error', message: 'No such bucket' }] };
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.twice()
			.reply(200, { id: 'P1', access_token: 'token-1', state: 'new' })
			.get(route)
			.twice()
			.reply(200, failed);
		const again = { journal, scope: 'node-1' };
		expect((await failureOf(pull(again))).message).toContain('No such bucket');

		hasProvider();
		creates();
		starts();
		expect(await pull({ ...again, run: 'run-2', timeoutMs: undefined })).toMatchObject({ package: { id: 'P1' } });
	});

	it('starts a new package if files were missing in the last one', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1' };
		hasProvider();
		creates();
		starts();
		looks(['new', 'complete'], ['new', 'complete']);
		masv().get('/v1/packages/P1/files').times(100).reply(200, []);
		expect(await failureOf(pull(again))).toMatchObject({ code: 'storage_transfer_incomplete' });
		forgetTheRest();

		hasProvider();
		creates();
		starts();
		await pull({ ...again, run: 'run-2', timeoutMs: undefined });
	});

	it('starts a new package if someone has finalized the last one without a transfer', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1' };
		hasProvider();
		creates();
		masv().post(route).reply(200, { odd: 1 }).get(route).reply(200, []);
		expect(await failureOf(pull(again))).toMatchObject({ code: 'transfer_start_uncertain' });

		shows('finalized');
		masv().get(route).reply(200, []);
		hasProvider();
		creates();
		starts();
		await pull({ ...again, run: 'run-2', timeoutMs: undefined });
	});

	it('goes on with the package of an interrupted run whose state MASV does not show', async () => {
		const again = { journal: memoryJournal().join(), scope: 'node-1' };
		hasProvider();
		creates();
		masv().post(route).reply(200, { odd: 1 }).get(route).reply(200, []);
		expect(await failureOf(pull(again))).toMatchObject({ code: 'transfer_start_uncertain' });

		const shown = { id: 'P1', access_token: 'token-1', name: 'Dailies' };
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, shown).get(route).times(100).reply(200, []);
		hasProvider();
		starts();
		expect(await pull({ ...again, run: 'run-2', timeoutMs: undefined })).toMatchObject({ package: { id: 'P1' } });
		forgetTheRest();
	});
});
