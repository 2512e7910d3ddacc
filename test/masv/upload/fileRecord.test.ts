import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { JournalRecord } from '../../../masv/transfer/journal';
import { readUnfinishedFile } from '../../../masv/upload/fileRecord';
import { mebibyte, s3Limits } from '../../../masv/upload/partLimits';
import type { UploadRun } from '../../../masv/upload/uploadRun';

const run = { planOptions: { limits: s3Limits, parallelParts: 1 } } as UploadRun;
const clip = {
	...bufferSource(new Uint8Array(0), { name: 'clip.mov', path: '', modifiedAt: new Date(0) }),
	bytes: 12 * mebibyte,
};

function read(...lines: object[]) {
	const record: JournalRecord = { lines, append: async () => {}, remove: async () => {}, close: async () => {} };
	return readUnfinishedFile(run, clip, record);
}

const begun = (id: string, partBytes = 5 * mebibyte) => ({ file_id: id, upload_id: `up-${id}`, part_bytes: partBytes });

describe('the record of a file', () => {
	it('continues the last upload, with its part size and parts', () => {
		const found = read(begun('F1'), { part: 1, etag: 'a' }, begun('F2', 6 * mebibyte), { part: 2, etag: 'b' });
		expect(found?.upload).toEqual({ fileId: 'F2', uploadId: 'up-F2', file: 'clip.mov' });
		expect(found?.plan).toMatchObject({ parts: 2, partBytes: 6 * mebibyte });
		expect([...(found?.etags ?? [])]).toEqual([[1, 'b']]);
	});

	it.each<[string, object[]]>([
		['is empty', []],
		['names no file', [{ upload_id: 'up-F1', part_bytes: 5 * mebibyte }]],
		['has no part size', [{ file_id: 'F1', upload_id: 'up-F1' }]],
		['has a part size that MASV no longer accepts', [begun('F1', mebibyte)]],
	])('continues nothing if it %s', (_, lines) => {
		expect(read(...lines)).toBeUndefined();
	});
});
