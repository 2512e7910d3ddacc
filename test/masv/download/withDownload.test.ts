import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { OpenSource } from '../../../masv/download/openSource';
import { withDownload } from '../../../masv/download/withDownload';
import { folderJournal } from '../../../masv/node/folderJournal';
import { folderLeases } from '../../../masv/node/folderLeases';
import { removeOldFiles } from '../../../masv/node/removeOldFiles';
import { nockClient } from '../../support/nockMasv';
import { steppedClock } from '../../support/steppedClock';

const dayMs = 24 * 3_600_000;

describe('the notes of a download that is at work', () => {
	let folder: string;
	beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'masv-with-'))));
	afterEach(async () => await rm(folder, { recursive: true }));

	it('are not removed when the clock of their folder is set ahead by a month', async () => {
		const access = {
			packageId: 'P',
			token: 't',
			address: () => Promise.reject(new Error()),
			end: () => Promise.resolve([]),
		};
		const found = { id: 'P', access: () => Promise.resolve(access) } as unknown as OpenSource;
		const books = { journal: folderJournal(folder), leases: folderLeases(folder, steppedClock()) };
		await withDownload(nockClient(), found, '/in/P', books, async ({ taken }) => {
			await taken.notebook?.write({ kind: 'begun', fence: 1, file: 'F', of: 'o', partial: 'p', etag: 'e', bytes: 1 });
			const list = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name !== 'clock').sort();
			const before = await list();
			const signs = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.lease/1'));
			for (const name of [...before, ...signs]) {
				const date = new Date(Date.now() - 31 * dayMs);
				await utimes(join(folder, name), date, date);
			}
			const giveSign = async (): Promise<void> => {
				for (const name of signs) await writeFile(join(folder, name), '{"beat":2,"released":false}');
			};
			await removeOldFiles(folder, { sleep: giveSign });
			expect(before).toHaveLength(2);
			expect(await list()).toEqual(before);
		});
	});
});
