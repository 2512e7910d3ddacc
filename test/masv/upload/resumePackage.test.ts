import type { MasvClient } from '../../../masv/client';
import { noRetry, outageOf } from '../../../masv/retry';
import type { Notes } from '../../../masv/upload/notes';
import { readNotes } from '../../../masv/upload/notes';
import type { FoundPackage } from '../../../masv/upload/resumePackage';
import { resumePackage } from '../../../masv/upload/resumePackage';
import type { SendRequest } from '../../../masv/upload/sendRequest';
import { failureOf, forgetTheRest, hidesPackage, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const team: SendRequest['target'] = { kind: 'team', request: { name: 'Today', description: '', recipients: [] } };
const portal = { kind: 'portal', portalId: 'PORTAL', request: { name: 'Today' } } as unknown as SendRequest['target'];

async function notesOf(client: MasvClient, isDelivering: boolean, isSealed: boolean): Promise<Notes> {
	const token = isSealed ? client.seal('token-1') : undefined;
	const noted = { kind: 'package', fence: 1, id: 'P1', token };
	return await readNotes(
		[noted, ...(isDelivering ? [{ kind: 'delivering', fence: 1, package: 'P1' }] : [])],
		client.clock,
	);
}

async function resume(
	target: SendRequest['target'],
	isDelivering = false,
	isSealed = true,
	policy = noRetry,
): Promise<{ client: MasvClient; found: FoundPackage | undefined; warnings: string[]; token: string | undefined }> {
	const client = nockClient();
	const warnings: string[] = [];
	const onWarning = (text: string): void => void warnings.push(text);
	const request: SendRequest = { target, sources: [], unfinished: 'keep', policy, onWarning };
	const found = await resumePackage(client, request, await notesOf(client, isDelivering, isSealed));
	return { client, found, warnings, token: client.tokens.get('P1') };
}

describe('a package of the team', () => {
	const isVisible = (): void => {
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', name: 'Yesterday', access_token: 'token-1' });
	};

	it('gets the name that it is to be sent with now', async () => {
		isVisible();
		masv().put('/v1/packages/P1', { name: 'Today' }).reply(200, { id: 'P1', state: 'new', name: 'Today' });
		expect(await resume(team)).toMatchObject({ found: { package: { name: 'Today' } }, warnings: [] });
	});

	it('is looked for again in lists that do not show it yet', async () => {
		hidesPackage();
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', name: 'Today', access_token: 'token-1' });
		expect(await resume(team, false, true, outageOf(120_000))).toMatchObject({ found: { isStateKnown: true } });
	});

	it('is looked at again while a request to finalize it may still be executed', async () => {
		isVisible();
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'finalized', name: 'Yesterday', access_token: 'token-1' });
		const { found } = await resume(team, true, true, outageOf(120_000));
		expect(found?.package.state).toBe('finalized');
	});

	it('keeps its message, which MASV does not change, and says so', async () => {
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', name: 'Today', description: 'At 10:00', access_token: 'token-1' });
		const { found, warnings } = await resume(team);
		expect(found?.package.id).toBe('P1');
		expect(warnings).toEqual(['Package P1 keeps the message from when its upload began.']);
	});

	it.each([403, 404, 405, 422])('is gone on with under its name if MASV does not rename it: %d', async (status) => {
		isVisible();
		masv().put('/v1/packages/P1').reply(status, { message: 'No' });
		const { found, warnings } = await resume(team);
		expect(found?.package).toMatchObject({ id: 'P1', name: 'Yesterday' });
		expect(warnings).toEqual([expect.stringContaining('keeps the name "Yesterday"')]);
		forgetTheRest();
	});
});

describe('a package that the lists of the team do not show', () => {
	const respondsToList = (status: number, body: unknown): void => {
		hidesPackage();
		masv().get('/v1/packages/P1/files').matchHeader('x-package-token', 'token-1').reply(status, body);
	};

	it('is gone on with by the token from its creation', async () => {
		respondsToList(200, []);
		expect(await resume(team)).toMatchObject({ found: { package: { id: 'P1' }, isStateKnown: false }, warnings: [] });
	});

	it('is looked up again when that token has expired: by then, a list may show it', async () => {
		respondsToList(200, []);
		const { client } = await resume(team);
		masv()
			.post('/v1/packages/P1/thing')
			.matchHeader('x-package-token', 'token-1')
			.reply(401)
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', access_token: 'token-2' })
			.post('/v1/packages/P1/thing')
			.matchHeader('x-package-token', 'token-2')
			.reply(204);
		const authorization = { kind: 'package', token: 'token-1' } as const;
		await client.call({ operation: 'do it', method: 'POST', path: '/v1/packages/P1/thing', authorization });
	});

	it.each([false, true])(
		'is sent again with a warning if the token is refused (was about to be delivered: %p)',
		async (was) => {
			respondsToList(404, {});
			const { found, warnings } = await resume(team, was);
			expect(found).toBeUndefined();
			expect(warnings).toEqual([expect.stringContaining('sent again in a new package')]);
		},
	);

	it('is sent again with a warning if no token was noted', async () => {
		hidesPackage();
		const { found, warnings } = await resume(team, false, false);
		expect(found).toBeUndefined();
		expect(warnings).toEqual([expect.stringContaining('its access token is not known')]);
	});
});

describe('a package that is listed', () => {
	const isListed = (more: object): void => {
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', name: 'Today', access_token: 'token-2', ...more });
	};

	it('is sent again with a warning if it has expired', async () => {
		isListed({ state: 'expired' });
		const { found, warnings } = await resume(team);
		expect(found).toBeUndefined();
		expect(warnings).toEqual([expect.stringContaining('package P1 is expired')]);
	});

	it('is gone on with if its state is not shown', async () => {
		isListed({ state: undefined });
		expect(await resume(team)).toMatchObject({
			found: { package: { id: 'P1', state: 'new' }, isStateKnown: false },
			warnings: [],
		});
	});

	it('is still known to be new if the response to renaming it shows no state', async () => {
		isListed({ name: 'Yesterday' });
		masv().put('/v1/packages/P1').reply(200, { id: 'P1', name: 'Today', state: null });
		expect(await resume(team)).toMatchObject({
			found: { package: { name: 'Today', state: 'new' }, isStateKnown: true },
		});
	});

	it('is gone on with by its latest token, and by that from its creation if the list shows none', async () => {
		isListed({});
		expect((await resume(team)).token).toBe('token-2');
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', name: 'Today' })
			.get(/\/packages\?/)
			.reply(200, { metadata: { total: 0 }, records: [] })
			.get(/\/portals\?/)
			.reply(200, { metadata: { total: 0 }, records: [] });
		expect((await resume(team)).token).toBe('token-1');
	});
});

describe('a package that may have been delivered and has expired since', () => {
	const hasExpired = (): void => {
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'expired', name: 'Today', access_token: 'token-2' });
	};

	it('is not sent again if MASV does not say whether it was', async () => {
		hasExpired();
		masv()
			.get(/activit/)
			.times(10)
			.reply(404);
		expect(await failureOf(resume(team, true))).toMatchObject({ code: 'delivery_uncertain' });
		forgetTheRest();
	});

	const upload = { id: 'A', type: 'package_upload_to_masv', state: 'complete', package_id: 'P1' };

	it.each([
		['ignores the filters', [{ ...upload, package_id: 'P2' }]],
		['names the package in another way', [{ ...upload, package_id: undefined, object_id: 'P1' }]],
		['lists none', []],
	])('is not sent again because of a server that %s', async (_, records) => {
		hasExpired();
		masv()
			.get(/activit/)
			.reply(200, { metadata: { total: 80 }, records });
		expect(await failureOf(resume(team, true))).toMatchObject({ code: 'delivery_uncertain' });
	});

	it('is sent again if its upload was never complete', async () => {
		hasExpired();
		masv()
			.get(/activit/)
			.reply(200, { metadata: { total: 1 }, records: [{ ...upload, state: 'cancelled' }] });
		expect((await resume(team, true)).found).toBeUndefined();
	});
});

describe('a package in the portal of another team', () => {
	const respondsToList = (status: number): void => {
		hidesPackage();
		masv().get('/v1/packages/P1/files').reply(status, { message: 'No' });
	};

	it.each([400, 405, 422, 501])('is gone on with by the notes if there is no list of its files: %d', async (status) => {
		respondsToList(status);
		expect(await resume(portal)).toMatchObject({ found: { package: { id: 'P1' }, isStateKnown: false }, warnings: [] });
		forgetTheRest();
	});

	it.each([401, 403, 404])('is gone on with if its token is refused only once: %d', async (status) => {
		respondsToList(status);
		masv().get('/v1/packages/P1/files').reply(200, []);
		const found = await resume(portal, false, true, outageOf(120_000));
		expect(found).toMatchObject({ found: { package: { id: 'P1' } }, warnings: [] });
	});

	it.each([401, 403, 404])('is sent again with a warning if its token is no longer accepted: %d', async (status) => {
		respondsToList(status);
		const { found, warnings } = await resume(portal);
		expect(found).toBeUndefined();
		expect(warnings).toEqual([expect.stringContaining('sent again in a new package')]);
	});

	it.each([401, 403, 404])('is not sent again while MASV may have delivered it: %d', async (status) => {
		respondsToList(status);
		expect(await resume(portal, true)).toMatchObject({ found: { package: { id: 'P1' } }, warnings: [] });
	});
});
