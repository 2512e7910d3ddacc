import type { MasvFile } from '../../masv/schemas';

/** As MASV lists a file of 7 bytes that is complete. */
export function listedFile(modifiedAt: Date, more: Partial<MasvFile> = {}): MasvFile {
	return {
		id: 'F1',
		kind: 'file',
		name: 'clip.mov',
		path: '/',
		size: 7,
		last_modified: modifiedAt.toISOString(),
		completed: true,
		...more,
	};
}
