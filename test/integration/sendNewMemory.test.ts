import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { forkSource } from '../support/forkSource';
import type { SyncMemoryJob, SyncMemoryReport } from '../support/syncMemory';

const count = 5_000;
const filesPerFolder = 500;
/** Of each file on disk. */
const pathLength = 76;

describe('Send New Files', () => {
	let folder: string;
	beforeEach(async () => (folder = await mkdtemp(join(await realpath(tmpdir()), 'masv-'))));
	afterEach(async () => await rm(folder, { recursive: true }));

	/** Each with times of its own, and a path of the same length. */
	async function createFiles(): Promise<string> {
		const media = join(folder, 'media');
		for (let first = 0; first < count; first += filesPerFolder) {
			const inside = join(media, `reel ${first / filesPerFolder}`, 'camera A');
			await mkdir(inside, { recursive: true });
			const create = async (index: number): Promise<void> => {
				const file = join(inside, `A${index}`.padEnd(pathLength - inside.length - 1, '_'));
				await writeFile(file, 'x');
				await utimes(file, 0, 1_700_000_000 + index / 1_000);
			};
			await Promise.all(Array.from({ length: filesPerFolder }, async (_, index) => await create(first + index)));
		}
		return media;
	}

	it('takes at most 1 KiB of memory for each file that was sent before', async () => {
		const job: SyncMemoryJob = { folder: await createFiles(), ledgers: join(folder, 'ledgers') };
		const process = forkSource('syncMemory.ts', job);
		const ended = once(process, 'exit').then(([code]) => Promise.reject(new Error(`It ended early (${code})`)));
		const [report] = (await Promise.race([once(process, 'message'), ended])) as [SyncMemoryReport];
		const { files, isNew, sums, ledger, listing } = report;
		expect({ files, isNew, sums }).toEqual({ files: count, isNew: 0, sums: count });
		expect((ledger + listing) / count).toBeLessThan(1_024);
	}, 60_000);
});
