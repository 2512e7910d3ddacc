import { MasvCancelledError, MasvTransferError } from '../../../masv/errors';
import { noRetry } from '../../../masv/retry';
import type { PackageAccess } from '../../../masv/transfer/packageAccess';
import { removeAfterFailure } from '../../../masv/upload/removeFile';
import { masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

useNock();

function access(signal?: AbortSignal): PackageAccess {
	return accessTo(nockClient({ signal }), noRetry);
}

describe('a file that could not be completed', () => {
	it('is removed although the upload was canceled', async () => {
		masv().delete('/v1/packages/P1/files/F1').matchHeader('x-package-token', 'token-1').reply(204);
		await removeAfterFailure(access(AbortSignal.abort()), 'F1', new MasvCancelledError());
	});

	it('keeps its error if it cannot be removed, with the second one as the cause', async () => {
		masv().delete('/v1/packages/P1/files/F1').reply(403);
		const first = new MasvTransferError('It changed', { file: 'clip.mov', code: 'file_changed' });
		await removeAfterFailure(access(), 'F1', first);
		expect(first.cause).toMatchObject({ operation: 'remove an unfinished file from the package', status: 403 });
	});

	it('keeps the cause of its error', async () => {
		masv().delete('/v1/packages/P1/files/F1').reply(403);
		const cause = new Error('the cause');
		const first = new MasvTransferError('It changed', { file: 'clip.mov', code: 'file_changed', cause });
		await removeAfterFailure(access(), 'F1', first);
		expect(first.cause).toBe(cause);
	});
});
