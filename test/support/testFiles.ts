import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { nodeDisk } from '../../masv/node/nodeDisk';
import type { FileFacts } from '../../masv/transfer/source';

/** Files in a folder that is removed after the tests. Call where `afterAll` may be called. */
export function useTestFiles(): (content: Buffer) => Promise<{ location: string; facts: FileFacts }> {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'masv-files-')));
	let count = 0;
	afterAll(() => rmSync(folder, { recursive: true }));
	return async (content) => {
		const name = `file ${++count}`;
		const location = join(folder, name);
		await writeFile(location, content);
		const { bytes, modifiedAt, stamp } = await nodeDisk.inspect(location);
		return { location, facts: { name, path: '', bytes, modifiedAt, stamp } };
	};
}
