import { fetchConnection, fetchConnections, isGateway, withoutCredentials } from '../../../masv/storage/connections';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { withKey } from '../../support/packageToken';

useNock();

const list = `/v1/teams/${teamId}/cloud_connections`;

describe('fetchConnections', () => {
	it.each([
		['a list', [{ id: 'C1', name: 'Bucket' }]],
		['a page', { metadata: { total: 1 }, records: [{ id: 'C1', name: 'Bucket' }] }],
		['a list under a key', { cloud_connections: [{ id: 'C1', name: 'Bucket' }] }],
	])('reads %s with the API key', async (_, answer) => {
		masv(withKey).get(list).reply(200, answer);
		expect(await fetchConnections(nockClient())).toEqual([{ id: 'C1', name: 'Bucket' }]);
	});

	it('treats null as none', async () => {
		masv().get(list).reply(200, 'null');
		expect(await fetchConnections(nockClient())).toEqual([]);
	});

	it('says after a refusal that MASV does not document the request', async () => {
		masv().get(list).reply(403, { message: 'no' });
		const error = await failureOf(fetchConnections(nockClient()));
		expect(error.message).toMatch(/^Could not list the storage connections\. .*403: no\. MASV does not document/);
	});
});

describe('fetchConnection', () => {
	it('reads one with the API key', async () => {
		masv(withKey).get('/v1/cloud_connections/C%2F1').reply(200, { id: 'C/1', provider: 'amazon_s3', odd: 1 });
		expect(await fetchConnection(nockClient(), 'C/1')).toEqual({ id: 'C/1', provider: 'amazon_s3', odd: 1 });
	});

	it('says so if it may not be read', async () => {
		masv().get('/v1/cloud_connections/C1').reply(403, { message: 'no' });
		expect(await failureOf(fetchConnection(nockClient(), 'C1'))).toMatchObject({
			message: expect.stringContaining('403: no. MASV does not document this request') as string,
		});
	});

	it('reports that there is none', async () => {
		masv().get('/v1/cloud_connections/C1').reply(404, { message: 'not found' });
		expect(await failureOf(fetchConnection(nockClient(), 'C1'))).toMatchObject({
			code: 'storage_connection_not_found',
		});
	});
});

describe('a connection', () => {
	it.each([
		['amazon_s3', false],
		['wasabi_s3', false],
		[undefined, false],
		['storage_gateway', true],
		['qnap_sg', true],
		['some_future_sg', true],
	])('of %s is a gateway: %s', (provider, expected) => {
		expect(isGateway({ id: 'C1', provider })).toBe(expected);
	});

	it('is shown without the credentials for its storage', () => {
		const shown = { id: 'C1', provider: 'amazon_s3', region: 'eu', destination: { bucket: 'b', key_prefix: 'a/' } };
		const secret = {
			authorization: { role: 'x' },
			access_key_id: 'x',
			aws_secret_access_key: 'x',
			refresh_token: 'x',
			destination: { ...shown.destination, sas_token: 'x', apiKey: 'x' },
		};
		expect(withoutCredentials([{ ...shown, ...secret }])).toEqual([shown]);
	});
});
