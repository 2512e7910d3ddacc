import { findFailureReason } from '../../../masv/storage/failureReason';
import { nockClient } from '../../support/nockMasv';

it('shows the beginning of a long reason, and reads not much more of it', async () => {
	const client = nockClient();
	const redact = jest.spyOn(client.secrets, 'redact');
	const failed = { extras: { error: `Access denied ${'x'.repeat(1_000_000)}` } };
	expect(await findFailureReason(client, 'P1', failed, 'package_transfer_masv_to_cloud')).toMatch(/^Access denied x+$/);
	expect(Math.max(...redact.mock.calls.map(([text]) => text.length))).toBeLessThan(50_000);
});
