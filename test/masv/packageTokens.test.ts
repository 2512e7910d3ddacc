import type { ApiCall } from '../../masv/apiCall';
import { fetchPackageToken } from '../../masv/packages/find';
import { fifteenMinutesOfOutage, halfAMinuteOfOutage, noRetry } from '../../masv/retry';
import type { Transport } from '../../masv/transport';
import { failureOf, nockClient } from '../support/nockMasv';

const thing = (token: string): ApiCall<void> => ({
	operation: 'do it',
	method: 'POST',
	path: '/v1/packages/P1/thing',
	authorization: { kind: 'package', token },
	policy: noRetry,
});

const by = { signal: undefined, policy: noRetry };

/** A MASV whose newest token is the only one that it accepts. */
function renewing({ status = 401, accepts = true, lookUpStatus = 200, outage = 0 } = {}) {
	let failuresLeft = outage;
	let minted = 0;
	let valid = '';
	const sent: Array<string | undefined> = [];
	const transport: Transport = async ({ url, headers }) => {
		await Promise.resolve();
		if (url.includes('/v1.1/')) {
			if (!url.endsWith('/packages/P1') || lookUpStatus !== 200) return { status: lookUpStatus, headers: {}, text: '' };
			if (minted > 0 && failuresLeft-- > 0) return { status: 503, headers: {}, text: '' };
			valid = `token-${++minted}`;
			return { status: 200, headers: {}, text: JSON.stringify({ id: 'P1', access_token: valid }) };
		}
		const token = headers['x-package-token'];
		sent.push(token);
		return { status: accepts && token === valid ? 204 : status, headers: {}, text: '' };
	};
	return { client: nockClient({ transport }), sent, expire: () => (valid = ''), lookUps: () => minted };
}

describe('a package token that MASV no longer accepts', () => {
	it.each([401, 403])('is looked up again after %i, and the call goes on', async (status) => {
		const { client, sent, expire } = renewing({ status });
		const token = await fetchPackageToken(client, 'P1');
		expire();
		await client.call(thing(token));
		expect(sent).toEqual(['token-1', 'token-2']);
	});

	it('is replaced in all later calls, also of clients with another signal, and again a week later', async () => {
		const { client, sent, expire } = renewing();
		const token = await fetchPackageToken(client, 'P1');
		expire();
		await client.call(thing(token));
		await client.withSignal(new AbortController().signal).call(thing(token));
		expire();
		await client.call(thing(token));
		expect(sent).toEqual(['token-1', 'token-2', 'token-2', 'token-2', 'token-3']);
	});

	it('is looked up once for calls that are rejected at the same time', async () => {
		const { client, sent, expire, lookUps } = renewing();
		const token = await fetchPackageToken(client, 'P1');
		expire();
		await Promise.all([1, 2, 3].map(async () => await client.call(thing(token))));
		expect(lookUps()).toBe(2);
		expect(sent.slice(3)).toEqual(['token-2', 'token-2', 'token-2']);
	});

	it('is looked up for as long as the call may wait for the end of an outage', async () => {
		const patient = renewing({ outage: 20 });
		const token = await fetchPackageToken(patient.client, 'P1');
		patient.expire();
		await patient.client.call({ ...thing(token), policy: fifteenMinutesOfOutage });
		expect(patient.sent).toEqual(['token-1', 'token-2']);
		const hasty = renewing({ outage: 20 });
		await fetchPackageToken(hasty.client, 'P1');
		hasty.expire();
		const call = { ...thing(token), policy: halfAMinuteOfOutage };
		expect(await failureOf(hasty.client.call(call))).toMatchObject({ status: 401, cause: { status: 503 } });
	});

	it('fails the call if the new one is rejected, too', async () => {
		const { client, sent } = renewing({ accepts: false });
		const token = await fetchPackageToken(client, 'P1');
		expect(await failureOf(client.call(thing(token)))).toMatchObject({ code: 'package_token_rejected', status: 401 });
		expect(sent).toEqual(['token-1', 'token-2']);
	});

	it('fails the call if it cannot be looked up: the portal may belong to another team', async () => {
		const { client, sent } = renewing({ lookUpStatus: 404 });
		client.tokens.set('P1', 'token-of-creation');
		expect(await failureOf(client.call(thing('token-of-creation')))).toMatchObject({ code: 'package_token_rejected' });
		expect(sent).toEqual(['token-of-creation']);
	});

	it('is looked up once, although a call that was sent with it is rejected later', async () => {
		const { tokens } = nockClient();
		let lookUps = 0;
		tokens.set('P1', 'one', async () => await Promise.resolve(`other ${++lookUps}`));
		expect([await tokens.renew('one', by), await tokens.renew('one', by)]).toEqual(['other 1', 'other 1']);
	});

	it('is looked up by a call of its own if that of another call fails, as it may be canceled', async () => {
		const { tokens } = nockClient();
		tokens.set('P1', 'one', async ({ signal }) => {
			await Promise.resolve();
			signal?.throwIfAborted();
			return 'two';
		});
		const canceled = failureOf(tokens.renew('one', { ...by, signal: AbortSignal.abort() }));
		expect(await tokens.renew('one', by)).toBe('two');
		expect((await canceled).name).toBe('AbortError');
	});

	it('leads nowhere else once it is valid again', async () => {
		const { tokens } = nockClient();
		tokens.set('P1', 'one', async () => await Promise.resolve('two'));
		await tokens.renew('one', by);
		tokens.set('P1', 'two', async () => await Promise.resolve('one'));
		expect(await tokens.renew('two', by)).toBe('one');
		expect([tokens.successorOf('one'), tokens.successorOf('two')]).toEqual(['one', 'one']);
	});
});
