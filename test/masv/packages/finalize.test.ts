import { MasvApiError, MasvInputError } from '../../../masv/errors';
import { outageOf } from '../../../masv/retry';
import { instantClock } from '../../support/instantClock';
import { failureOf, forgetTheRest, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { finalizePackage } from '../../../masv/packages/finalize';

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
	it('asks once, without a body, with the token of the package', async () => {
		masv({
			reqheaders: { 'x-package-token': 'token-1', 'content-type': 'application/json' },
			badheaders: ['x-api-key'],
		})
			.post(finalize, '')
			.reply(204);
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('looks the package up after a lost answer, and does not ask again when it is finalized', async () => {
		masv().post(finalize).replyWithError(lostAnswer);
		masv().get(getPackage).reply(200, inState('finalized'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('asks again after a lost answer when it is not finalized', async () => {
		masv().post(finalize).reply(502).post(finalize).reply(204);
		masv().get(getPackage).reply(200, inState('new'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('takes "already finalized" after a lost answer for success', async () => {
		masv().post(finalize).reply(504).post(finalize).reply(400, { message: 'already finalized' });
		// MASV was still at it when it was looked up; when it was asked again it had finished.
		masv().get(getPackage).reply(200, inState('new')).get(getPackage).reply(200, inState('finalized'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('takes "already finalized" at the first try for a mistake of the user', async () => {
		masv().post(finalize).reply(400, { message: 'already finalized' });
		masv().get(getPackage).reply(200, inState('finalized'));
		const error = await failureOf<MasvInputError>(finalizePackage(clientWithToken(), 'P1'));
		expect(error).toBeInstanceOf(MasvInputError);
		expect(error.message).toBe('Package P1 has already been finalized');
	});

	it('leaves another refusal as it is', async () => {
		masv().post(finalize).reply(422, { message: 'file F1 is not finalized' });
		masv().get(getPackage).reply(200, inState('new'));
		const error = await failureOf(finalizePackage(clientWithToken(), 'P1'));
		expect(error.message).toBe('Could not finalize package P1. MASV responded with 422: file F1 is not finalized');
	});

	it('leaves a refusal as it is when the package cannot be looked up', async () => {
		masv().post(finalize).reply(422, { message: 'no' });
		masv().get(getPackage).reply(401);
		expect(await failureOf<MasvApiError>(finalizePackage(clientWithToken(), 'P1'))).toMatchObject({ status: 422 });
	});

	it('believes another 2xx only when the package is finalized', async () => {
		masv().post(finalize).reply(200, '<html>').post(finalize).reply(204);
		masv().get(getPackage).reply(200, inState('new'));
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('asks again in somebody else’s portal, whose packages this key cannot look up', async () => {
		unseen(1);
		masv().post(finalize).reply(502).post(finalize).reply(204);
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('takes "already finalized" there after a lost answer for success', async () => {
		unseen(2);
		masv().post(finalize).reply(502).post(finalize).reply(400, { message: 'Package is already finalized' });
		await finalizePackage(clientWithToken(), 'P1');
	});

	it('sits out one outage and not one for every try', async () => {
		masv().post(finalize).reply(502);
		masv().get(getPackage).times(1_000).reply(503);
		const clock = instantClock();
		const failure = failureOf(finalizePackage(clientWithToken({ clock }), 'P1', outageOf(120_000)));
		expect(await failure).toBeInstanceOf(MasvApiError);
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(120_000);
		forgetTheRest();
	});

	/** MASV tells this key nothing about the package, however it is asked. */
	function unseen(times: number): void {
		const none = { metadata: { total: 0 }, records: [] };
		masv().get(getPackage).times(times).reply(404);
		masv()
			.get(/\/packages\?/)
			.times(times)
			.reply(200, none)
			.get(/\/portals\?/)
			.times(times)
			.reply(200, none);
	}
});
