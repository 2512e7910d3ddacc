import { withoutSecrets } from '../../../masv/portals/shown';

describe('a portal for output', () => {
	it('has no passwords, and everything else', () => {
		const portal = { id: 'O1', access_code: 'a', download_password: 'b', has_access_code: true, something_new: [1] };
		expect(withoutSecrets(portal)).toEqual({ id: 'O1', has_access_code: true, something_new: [1] });
	});

	it('does not show the headers of its webhooks, which usually contain a secret', () => {
		const custom_webhooks = [
			{ id: 'W1' },
			{ id: 'W2', name: 'Intake', headers: { 'x-masv-secret': 'made-up' } },
			{ id: 'W3', headers: [{ name: 'x-masv-secret', value: 'made-up' }] },
			'W4',
		];
		expect(withoutSecrets({ id: 'O1', custom_webhooks })).toEqual({
			id: 'O1',
			custom_webhooks: [
				{ id: 'W1' },
				{ id: 'W2', name: 'Intake', headers: { 'x-masv-secret': '****' } },
				{ id: 'W3' },
				'W4',
			],
		});
	});

	it('does not show the credentials of its storage connections', () => {
		const connection = { id: 'C1', provider: 'amazon_s3', target_action: 'transfer' };
		const cloud_connections = [{ ...connection, authorization: { secret_access_key: 'made-up' } }];
		expect(withoutSecrets({ id: 'O1', cloud_connections })).toEqual({ id: 'O1', cloud_connections: [connection] });
	});
});
