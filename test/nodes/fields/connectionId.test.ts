import type { ILoadOptionsFunctions } from 'n8n-workflow';

import { connectionId } from '../../../nodes/Masv/fields/connectionId';
import { fakeN8n } from '../../support/fakeN8n';
import { failureOf, masv, teamId, useNock } from '../../support/nockMasv';

useNock();

const route = `/v1/teams/${teamId}/cloud_connections`;
const labels = async (filter?: string): Promise<Array<[string, unknown]>> => {
	const { results } = await connectionId.listSearch.call(fakeN8n().n8n as unknown as ILoadOptionsFunctions, filter);
	return results.map(({ name, value }) => [name, value]);
};
const connections = [
	{ id: 'C3', name: 'NAS', provider: 'qnap_sg', direction: 'cloud_to_masv' },
	{ id: 'C2', name: '', provider: 'amazon_s3' },
	{ id: 'C1', name: 'Archive', provider: 'wasabi_s3', direction: 'masv_to_cloud' },
];

describe('the list of storage connections', () => {
	it('shows name, provider and direction, sorted', async () => {
		masv().get(route).reply(200, connections);
		expect(await labels()).toEqual([
			['Archive (wasabi_s3, to storage)', 'C1'],
			['C2 (amazon_s3)', 'C2'],
			['NAS (qnap_sg, from storage)', 'C3'],
		]);
	});

	it('is searched in all that it shows', async () => {
		masv().get(route).times(2).reply(200, connections);
		expect(await labels('nas')).toEqual([['NAS (qnap_sg, from storage)', 'C3']]);
		expect(await labels('S3')).toHaveLength(2);
	});

	it('shows the reason if it cannot be read, and what to do', async () => {
		masv().get(route).reply(401, { message: 'invalid key' });
		const { message } = await failureOf(labels());
		expect(message).toContain('invalid key');
		expect(message).toContain('Check the API Key in the credential.');
	});
});
