import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLedgers } from '../../nodes/Masv/ledgerMemory';
import { fakeN8n } from '../support/fakeN8n';

it('says in the log if no ledger can be written, whether its job sends or receives', async () => {
	const before = process.env.N8N_STORAGE_PATH;
	const folder = await mkdtemp(join(tmpdir(), 'masv-ledger-'));
	try {
		process.env.N8N_STORAGE_PATH = folder;
		await writeFile(join(folder, 'masv-ledgers'), 'a file is where the folder must be');
		const { n8n, logged } = fakeN8n();
		await openLedgers(n8n).open('0');
		expect(logged).toEqual([
			expect.stringMatching(/^MASV: what was sent or received cannot be recorded in .* \(.+\)$/),
		]);
	} finally {
		if (before === undefined) delete process.env.N8N_STORAGE_PATH;
		else process.env.N8N_STORAGE_PATH = before;
		await rm(folder, { recursive: true });
	}
});
