import { MasvApiError } from '../../../masv/errors';
import { fetchTransfers, startTransfer } from '../../../masv/storage/transfers';
import { failureOf, masv, useNock } from '../../support/nockMasv';
import { tokenClient, withToken } from '../../support/packageToken';

useNock();

const route = '/v1/packages/P1/transfer';
const request = { cloud_connection_id: 'C1' };
const start = async (before: 'unknown' | Array<{ id: string }> = []) =>
	await startTransfer(tokenClient(), 'P1', request, before === 'unknown' ? undefined : before);
const listed = (...transfers: object[]) => masv().get(route).reply(200, transfers);
const listedFor = (times: number) => masv().get(route).times(times).optionally().reply(200, []);
const t1 = { id: 'T1', state: 'started', cloud_connection_id: 'C1' };

describe('fetchTransfers', () => {
	it.each([
		['a list', [t1]],
		['a list under a key', { transfers: [t1] }],
	])('reads %s with the package token', async (_, answer) => {
		masv(withToken).get(route).reply(200, answer);
		expect(await fetchTransfers(tokenClient(), 'P1')).toEqual([t1]);
	});

	it('says after a refusal that MASV does not document the request', async () => {
		masv().get(route).reply(405);
		expect((await failureOf(fetchTransfers(tokenClient(), 'P1'))).message).toContain('MASV does not document');
	});
});

describe('startTransfer', () => {
	it('sends the connection with the package token', async () => {
		masv(withToken).post(route, request).reply(201, t1);
		expect(await start()).toEqual(t1);
	});

	it('does not repeat a request whose response was lost if the transfer is there', async () => {
		masv().post(route).reply(502);
		listed({ id: 'T0', cloud_connection_id: 'C1' }, { id: 'T9', cloud_connection_id: 'C2' }, t1);
		expect(await start([{ id: 'T0' }])).toEqual(t1);
	});

	it('finds the transfer after an unknown response that was accepted', async () => {
		masv().post(route).reply(200, '{"odd":1}');
		listed(t1);
		expect(await start()).toEqual(t1);
	});

	it.each([
		['was lost', 502, ''],
		['cannot be read', 200, '{"odd":1}'],
	])('waits for a list that is behind, after a response that %s', async (_, status, answer) => {
		masv().post(route).reply(status, answer);
		for (const __ of [1, 2, 3]) listed();
		listed(t1);
		expect(await start()).toEqual(t1);
	});

	it('repeats it if the transfer is not there, or MASV itself has failed', async () => {
		masv().post(route).reply(502);
		listedFor(50);
		masv().post(route).reply(503).post(route).reply(201, t1);
		expect(await start()).toEqual(t1);
	});

	it.each([
		['an unknown response that was accepted', 200, '{"odd":1}', []],
		['an empty response that was accepted', 201, '', []],
		['a lost response, if the transfers before are not known', 502, '', 'unknown' as const],
	])('does not repeat %s (%d %s), because MASV might send everything twice', async (_, status, answer, before) => {
		masv().post(route).reply(status, answer);
		if (before !== 'unknown') listedFor(50);
		expect(await failureOf(start(before))).toMatchObject({
			code: 'transfer_start_uncertain',
			hint: expect.stringContaining('check the package in MASV before you run this again') as string,
		});
	});

	it('repeats it after a page of a proxy, if the transfer is not there', async () => {
		masv().post(route).reply(200, '<html>Sign in</html>', { 'content-type': 'text/html' });
		listedFor(50);
		masv().post(route).reply(201, t1);
		expect(await start()).toEqual(t1);
	});

	it('does not repeat it if the transfers can no longer be read', async () => {
		masv().post(route).reply(502).get(route).reply(403);
		expect(await failureOf(start())).toMatchObject({ code: 'transfer_start_uncertain' });
	});

	it.each([429, 502])(
		'does not call it refused if the transfers cannot be read before the time is up: %d',
		async (status) => {
			masv().post(route).reply(502).get(route).times(50).optionally().reply(status);
			expect(await failureOf(start())).toMatchObject({ code: 'transfer_start_uncertain' });
		},
	);

	it('reports a refusal with the reason of MASV', async () => {
		for (const message of ['the connection is broken', 'the connection is broken.']) {
			masv().post(route).reply(400, { message });
			const error = await failureOf(start());
			expect(error).toBeInstanceOf(MasvApiError);
			expect(error.message).toMatch(/400: the connection is broken\. MASV does not document this request/);
		}
	});
});
