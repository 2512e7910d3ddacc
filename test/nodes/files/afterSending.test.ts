import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { MasvInputError } from '../../../masv/errors';
import { readAfterSending } from '../../../nodes/Masv/files/afterSending';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';

describe('a folder for sent files', () => {
	let base: string;
	beforeEach(async () => (base = await realpath(await mkdtemp(join(tmpdir(), 'masv-after-')))));
	afterEach(async () => await rm(base, { recursive: true }));

	it('that n8n does not allow is refused with its own field', async () => {
		const sent = join(base, 'in');
		await mkdir(sent);
		const { n8n } = fakeN8n({ allowed: [sent] });
		const move = { afterSending: 'move', sentFolder: join(base, 'sent') } as const;
		const error = await failureOf<MasvInputError>(readAfterSending(n8n, move, [sent], ''));
		expect(error).toMatchObject({ code: 'file_not_allowed', field: 'Folder for Sent Files' });
	});

	it('that is a file is refused before anything is sent', async () => {
		const sent = join(base, 'in');
		await mkdir(sent);
		await writeFile(join(base, 'sent'), 'a file');
		const move = { afterSending: 'move', sentFolder: join(base, 'sent') } as const;
		const error = await failureOf<MasvInputError>(readAfterSending(fakeN8n().n8n, move, [sent], ''));
		expect(error).toMatchObject({ code: 'folder_invalid', field: 'Folder for Sent Files' });
		expect(error.message).toBe(`"${join(base, 'sent')}" is a file, not a folder`);
	});
});
