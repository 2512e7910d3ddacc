import { MasvApiError, MasvInputError } from '../../../masv/errors';
import { outageOf } from '../../../masv/retry';
import { instantClock } from '../../support/instantClock';
import { failureOf, forgetTheRest, hidesPackage, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { finalizePackage } from '../../../masv/packages/finalize';
import { finalizeByHand } from '../../../masv/packages/finalizeByHand';

useNock();

const finalize = '/v1/packages/P1/finalize';
const getPackage = `/v1.1/teams/${teamId}/packages/P1`;
const lostAnswer = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const inState = (state: string) => ({ id: 'P1', access_token: 'token-1', state });

function clientWithToken(more = {}) {
	const client = nockClient(more);
	client.tokens.set('P1', 'token-1');
	return client;
}

describe('finalizePackage', () => {
	it('sends one request without a body, with the package token', async () => {
		masv({
			reqheaders: { 'x-package-token': 'token-1', 'content-type': 'application/json' },
			badheaders: ['x-api-key'],
		})
			.post(finalize, '')
			.reply(204);
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('looks up the package after a lost response, and does not repeat the request if it is finalized', async () => {
		masv().post(finalize).replyWithError(lostAnswer);
		masv().get(getPackage).reply(200, inState('finalized'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('repeats the request after a lost response if it is not finalized', async () => {
		masv().post(finalize).reply(502).post(finalize).reply(204);
		masv().get(getPackage).reply(200, inState('new'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('treats "already finalized" as success after a lost response', async () => {
		masv().post(finalize).reply(504).post(finalize).reply(400, { message: 'already finalized' });
		// MASV was still at it when it was looked up; when it was asked again it had finished.
		masv().get(getPackage).reply(200, inState('new')).get(getPackage).reply(200, inState('finalized'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('treats "already finalized" as an input error on the first attempt', async () => {
		masv().post(finalize).reply(400, { message: 'already finalized' });
		masv().get(getPackage).reply(200, inState('finalized'));
		const error = await failureOf<MasvInputError>(finalizePackage(clientWithToken(), 'P1'));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe('Package P1 has already been finalized');
	});

	it('passes another refusal through', async () => {
		masv().post(finalize).reply(422, { message: 'file F1 is not finalized' });
		masv().get(getPackage).reply(200, inState('new'));
		const error = await failureOf(finalizePackage(clientWithToken(), 'P1'));
		expect(error.message).toBe('Could not finalize package P1. MASV responded with 422: file F1 is not finalized');
	});

	it.each([400, 409, 422])(
		'does not wait for a file that is not finalized, and is certain that nothing was sent (%i)',
		async (status) => {
			masv().post(finalize).reply(status, { message: '1 file(s) not finalized' });
			masv().get(getPackage).reply(200, inState('new'));
			const onUncertain = jest.fn();
			expect(await failureOf(finalizePackage(clientWithToken(), 'P1', { onUncertain }))).toMatchObject({ status });
			expect(onUncertain).not.toHaveBeenCalled();
		},
	);

	it.each([
		{ message: 'The package contains 2 unfinalized files' },
		{ code: 'FILE_NOT_FINALIZED', message: 'clip.mov' },
		{ message: 'All files need to be finalized first' },
	])('is not done if MASV refuses with %j, although it may have been requested before', async (refusal) => {
		masv().post(finalize).reply(400, refusal);
		masv().get(getPackage).times(1_000).reply(200, inState('new'));
		const failure = failureOf(finalizePackage(clientWithToken(), 'P1', { wasRequested: true }));
		expect(await failure).toMatchObject({ status: 400 });
		forgetTheRest();
	});

	it('waits for MASV to finish its work only as long as the caller permits', async () => {
		masv().post(finalize).times(1_000).reply(409, { message: 'in progress' });
		masv().get(getPackage).times(1_000).reply(200, inState('new'));
		const clock = instantClock();
		const spent = { ms: 14 * 60_000 };
		await failureOf(finalizePackage(clientWithToken({ clock }), 'P1', { spent }));
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThan(90_000);
		forgetTheRest();
	});

	it('passes a refusal through if the package cannot be looked up', async () => {
		masv().post(finalize).reply(422, { message: 'no' });
		masv().get(getPackage).reply(401);
		expect(await failureOf<MasvApiError>(finalizePackage(clientWithToken(), 'P1'))).toMatchObject({ status: 422 });
	});

	it('accepts another 2xx only if the package is finalized', async () => {
		masv().post(finalize).reply(200, '<html>').post(finalize).reply(204);
		masv().get(getPackage).reply(200, inState('new'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it.each([
		['the package cannot be looked up for a while', 503],
		['the key may not look it up', 401],
	])('believes another 2xx if %s', async (_, status) => {
		masv().post(finalize).reply(200, {});
		masv().get(getPackage).times(1_000).reply(status);
		await finalizePackage(clientWithToken(), 'P1', { policy: outageOf(5_000) });
		forgetTheRest();
	});

	it('does not take a lost response for success because the key may not look the package up', async () => {
		masv().post(finalize).reply(502).get(getPackage).times(1_000).reply(401);
		expect(await failureOf(finalizePackage(clientWithToken(), 'P1'))).toMatchObject({ status: 401 });
		forgetTheRest();
	});

	it('does not believe a page, which may be from a proxy', async () => {
		masv().post(finalize).reply(200, '<html>');
		masv().get(getPackage).times(1_000).reply(503);
		const failure = failureOf<MasvApiError>(finalizePackage(clientWithToken(), 'P1', { policy: outageOf(5_000) }));
		expect(await failure).toMatchObject({ status: 503 });
		forgetTheRest();
	});

	it('does not believe another 2xx that the state contradicts', async () => {
		masv().post(finalize).reply(200).post(finalize).times(1_000).reply(503);
		masv().get(getPackage).reply(200, inState('new')).get(getPackage).times(1_000).reply(503);
		const failure = failureOf<MasvApiError>(finalizePackage(clientWithToken(), 'P1', { policy: outageOf(5_000) }));
		expect(await failure).toMatchObject({ status: 503 });
		forgetTheRest();
	});

	it('repeats the request in another team’s portal, whose packages this key cannot look up', async () => {
		hidesPackage(1);
		masv().post(finalize).reply(502).post(finalize).reply(204);
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('treats "already finalized" as success there after a lost response', async () => {
		hidesPackage(2);
		masv().post(finalize).reply(502).post(finalize).reply(400, { message: 'Package is already finalized' });
		await finalizePackage(clientWithToken(), 'P1');
	});

	it.each([
		[403, ''],
		[409, ''],
		[400, { message: 'package_state' }],
	])('believes another 2xx there if the repetition is refused with %i', async (status, refusal) => {
		hidesPackage(2);
		masv().post(finalize).reply(200).post(finalize).reply(status, refusal);
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('does not believe another 2xx there if the repetition shows that files are missing', async () => {
		hidesPackage(2);
		masv().post(finalize).reply(200).post(finalize).reply(400, { message: 'file a.mov is not finalized' });
		expect(await failureOf(finalizePackage(clientWithToken(), 'P1'))).toMatchObject({ status: 400 });
	});

	it('uses one retry budget, not one per attempt', async () => {
		masv().post(finalize).reply(502);
		masv().get(getPackage).times(1_000).reply(503);
		const clock = instantClock();
		const failure = failureOf(finalizePackage(clientWithToken({ clock }), 'P1', { policy: outageOf(120_000) }));
		expect(await failure).toBeInstanceOf(MasvApiError);
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(120_000);
		forgetTheRest();
	});

	it.each<[string, boolean]>([
		['may have happened if it is canceled while the request is under way', true],
		['has not happened if it was canceled before', false],
	])('%s', async (_, isSent) => {
		const stop = new AbortController();
		if (!isSent) stop.abort();
		else
			masv()
				.post(finalize)
				.reply(() => {
					stop.abort();
					return [204];
				});
		let isUncertain = false;
		const onUncertain = (): void => void (isUncertain = true);
		const failure = failureOf(finalizePackage(clientWithToken({ signal: stop.signal }), 'P1', { onUncertain }));
		expect(await failure).toMatchObject({ code: 'cancelled' });
		expect(isUncertain).toBe(isSent);
	});
});

describe('finalizeByHand', () => {
	it.each([
		['finalized', 'finalized'],
		['new', 'finalized'],
		['expired', 'expired'],
	])('returns the package, which MASV may still show as before (%s)', async (shown, state) => {
		masv().get(getPackage).reply(200, inState('new')).post(finalize).reply(204);
		masv().get(getPackage).reply(200, inState(shown));
		expect(await finalizeByHand(nockClient(), 'P1')).toMatchObject({ id: 'P1', state });
	});

	it('does not fail because the package cannot be read afterwards: its recipients have been notified', async () => {
		masv()
			.get(getPackage)
			.reply(200, { ...inState('new'), name: 'Dailies' });
		masv().post(finalize).reply(204).get(getPackage).times(1_000).reply(503);
		expect(await finalizeByHand(nockClient(), 'P1')).toMatchObject({ id: 'P1', name: 'Dailies', state: 'finalized' });
		forgetTheRest();
	});
});
