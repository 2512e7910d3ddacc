import { MasvError } from '../errors';
import { formatBytes } from '../formatBytes';
import { mapParallel } from '../workers';
import type { ReceiveJob } from './planReceive';
import type { TargetFolder } from './target';

const looksAtOnce = 16;

/**
 * Checks that there is room for the files, before any is received. What earlier runs have left of them counts as received. If the
 * system does not say how much room there is, receiving shows.
 * @throws MasvError `disk_full`
 */
export async function checkFreeSpace(target: TargetFolder, jobs: readonly ReceiveJob[]): Promise<void> {
	const free = await target.readFreeBytes();
	const total = jobs.reduce((sum, { entry }) => sum + (entry.bytes ?? 0), 0);
	if (free === undefined || total <= free) return;
	const stored = await mapParallel(jobs, looksAtOnce, async (job) => {
		return Math.min(await target.readStoredBytes(job), job.entry.bytes ?? 0);
	});
	const needed = total - stored.reduce((sum, bytes) => sum + bytes, 0);
	if (needed <= free) return;
	throw new MasvError(
		`The files need ${formatBytes(needed)}, but only ${formatBytes(free)} are free in "${target.location}"`,
		{ code: 'disk_full', hint: 'Make room on the disk, choose another folder, or receive fewer files.' },
	);
}
