import { MasvCancelledError, MasvTransferError } from '../../../masv/errors';
import { noRetry } from '../../../masv/retry';
import type { PackageAccess } from '../../../masv/transfer/packageAccess';
import type { Transport } from '../../../masv/transport';
import type { NoteLine, Notebook } from '../../../masv/upload/notes';
import { discardEntry, removeEntries } from '../../../masv/upload/removeEntries';
import { removeAfterFailure, removeFile } from '../../../masv/upload/removeFile';
import { failureOf, masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';

useNock();

let lines: NoteLine[];
const notebook: Notebook = { by: 'mine', fence: 1, write: (line) => Promise.resolve(void lines.push(line)) };
beforeEach(() => {
	lines = [];
});

function access(signal?: AbortSignal): PackageAccess {
	return accessTo(nockClient({ signal }), noRetry);
}

describe('removing entries', () => {
	const both = new Set(['F1', 'F2']);
	const listed = [
		{ id: 'F1', name: 'a' },
		{ id: 'F2', name: 'b' },
	];

	it.each([400, 403, 405, 409, 501])(
		'returns those that MASV refuses to remove with %i, and tries all',
		async (status) => {
			masv().delete('/v1/packages/P1/files/F1').reply(status).delete('/v1/packages/P1/files/F2').reply(204);
			masv().get('/v1/packages/P1/files').reply(200, [listed[0]]);
			expect((await removeEntries(access(), both, undefined)).map(({ id }) => id)).toEqual(['F1']);
		},
	);

	it('notes those that are gone, and no others', async () => {
		masv().delete('/v1/packages/P1/files/F1').reply(403).delete('/v1/packages/P1/files/F2').reply(204);
		masv().get('/v1/packages/P1/files').reply(200, [listed[0]]);
		await removeEntries(access(), both, notebook);
		expect(lines).toEqual([{ kind: 'removed', file: 'F2' }]);
	});

	it('does not take a page of a gateway for the word that the file is gone, and asks again', async () => {
		const page = '<!doctype html><title>Not Found</title>';
		masv().delete('/v1/packages/P1/files/F1').times(2).reply(404, page);
		masv().delete('/v1/packages/P1/files/F1').reply(204);
		masv().get('/v1/packages/P1/files').reply(200, []);
		expect(await removeEntries(accessTo(nockClient()), new Set(['F1']), undefined)).toEqual([]);
	});

	it('does not wait for the second one where removing the first one fails for too long', async () => {
		const asked: string[] = [];
		const transport: Transport = ({ method, url }) => {
			if (method === 'DELETE') asked.push(url.slice(-2));
			return Promise.resolve({ status: method === 'DELETE' ? 500 : 200, headers: {}, text: JSON.stringify(listed) });
		};
		const left = await removeEntries(accessTo(nockClient({ transport }), noRetry), both, undefined);
		expect([left.map(({ id }) => id), asked]).toEqual([['F1', 'F2'], ['F1']]);
	});

	it('removes several at the same time', async () => {
		let inFlight = 0;
		let most = 0;
		const transport: Transport = async ({ method }) => {
			most = Math.max(most, ++inFlight);
			await new Promise((resolve) => setImmediate(resolve));
			inFlight--;
			return { status: method === 'DELETE' ? 204 : 200, headers: {}, text: method === 'DELETE' ? '' : '[]' };
		};
		const many = new Set(Array.from({ length: 30 }, (_, index) => `F${index}`));
		expect(await removeEntries(accessTo(nockClient({ transport }), noRetry), many, undefined)).toEqual([]);
		expect(most).toBe(8);
	});

	it.each([401, 402])('fails with an error of the account (%i)', async (status) => {
		masv().delete('/v1/packages/P1/files/F1').reply(status);
		expect(await failureOf(removeEntries(access(), both, undefined))).toMatchObject({ status });
	});
});

it('a file that is gone counts as removed', async () => {
	masv().delete('/v1/packages/P1/files/F1').reply(404, { message: 'no such file' });
	expect(await removeFile(access(), 'F1')).toBe('removed');
});

describe('a file that could not be completed', () => {
	it.each([
		[204, [{ kind: 'removed', file: 'F1' }]],
		[403, []],
	])('is noted as removed only if it was (%i)', async (status, expected) => {
		masv().delete('/v1/packages/P1/files/F1').reply(status);
		await discardEntry(access(), 'F1', notebook, new MasvCancelledError());
		expect(lines).toEqual(expected);
	});

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
