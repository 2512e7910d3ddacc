import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const dayMs = 24 * 3_600_000;

/** Package tokens (docs/masv-api.md#package-tokens) and most unfinished multipart uploads expire after about a week. */
const lifeMs = 7 * dayMs;

/** For what a holder did not release: it may be alive, and the clock of this machine wrong. */
const unreleasedLifeMs = 28 * dayMs;

/** When each folder was cleaned up. */
const cleanedAt = new Map<string, number>();

/** Cleans up the folder in the background: at its first use in this process, then at most once a day. */
export function removeOldFilesDaily(folder: string): void {
	const now = Date.now();
	const last = cleanedAt.get(folder);
	if (last !== undefined && Math.abs(now - last) < dayMs) return;
	cleanedAt.set(folder, now);
	// What cannot be removed today is removed another day.
	void removeOldFiles(folder).catch(() => undefined);
}

/**
 * Removes the records and leases that nothing has been written to for a week. A lease is written to for as long as it is
 * held, so the files of a key are kept while any of them is recent. The record goes first: once the lease is gone, its
 * fencing numbers start again, and must not meet the higher ones of an old record.
 */
export async function removeOldFiles(folder: string): Promise<void> {
	const nowMs = Date.now();
	const names = await readdir(folder);
	const keys = new Set(names.flatMap((name) => /^(.+)\.(?:jsonl|lease)$/.exec(name)?.[1] ?? []));
	for (const key of keys) {
		const record = join(folder, `${key}.jsonl`);
		const lease = join(folder, `${key}.lease`);
		const signs = (await readdir(lease).catch(() => [])).map((name) => join(lease, name));
		const keptMs = (await areReleased(signs)) ? lifeMs : unreleasedLifeMs;
		if (await isAnyRecent([record, lease, ...signs], nowMs - keptMs)) continue;
		try {
			for (const file of [record, ...signs]) await rm(file, { force: true });
			await rmdir(lease);
		} catch {
			// Of another user, or somebody has just taken the lease: the others are still to be removed.
		}
	}
}

async function areReleased(signs: string[]): Promise<boolean> {
	const texts = await Promise.all(signs.map(async (sign) => await readFile(sign, 'utf8').catch(() => '')));
	return texts.every((text) => text.includes('"released":true'));
}

async function isAnyRecent(files: string[], oldestMs: number): Promise<boolean> {
	for (const file of files) {
		const stats = await stat(file).catch(() => undefined);
		if (stats !== undefined && stats.mtimeMs >= oldestMs) return true;
	}
	return false;
}
