import { constants } from 'node:fs';
import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Clock } from '../clock';
import { openOwn } from './openOwn';

const dayMs = 24 * 3_600_000;

/** Package tokens (docs/masv-api.md#package-tokens) and most unfinished multipart uploads expire after about a week. */
const lifeMs = 7 * dayMs;

/** For what a holder did not release: it may be alive, and a clock may have been set ahead. */
const unreleasedLifeMs = 28 * dayMs;

/** Much longer than the pause between two signs of life of a holder. */
const watchMs = 30_000;

/** When each folder was cleaned up. */
const cleanedAt = new Map<string, number>();

/** Cleans up the folder in the background: at its first use in this process, then at most once a day. */
export function removeOldFilesDaily(folder: string, clock: Pick<Clock, 'sleep'>): void {
	const now = Date.now();
	const last = cleanedAt.get(folder);
	if (last !== undefined && Math.abs(now - last) < dayMs) return;
	cleanedAt.set(folder, now);
	// What cannot be removed today is removed another day.
	void removeOldFiles(folder, clock).catch(() => undefined);
}

/** Files that are kept or removed together. */
interface Group {
	records: string[];
	/** Folders. */
	leases: string[];
	/** The files in them. */
	signs: string[];
}

/**
 * Removes the records and leases that nothing has been written to for a week. A lease is written to for as long as it is
 * held, so all files that belong together are kept while any of them is recent: a lease and its record, and the records of all
 * deliveries to the same package. The records go first: once a lease is gone, its fencing numbers start again, and must not
 * meet the higher ones of an old record.
 *
 * Ages are measured by the clock that dates the files, which on a shared folder is the server's. That one may be set ahead
 * too, so that everything looks old at once. Whatever was not released is therefore watched before it is removed.
 */
export async function removeOldFiles(folder: string, clock: Pick<Clock, 'sleep'>): Promise<void> {
	const nowMs = await readFolderClock(folder);
	const unreleased: Array<{ group: Group; before: string }> = [];
	for (const group of await readGroups(folder)) {
		const files = [...group.records, ...group.leases, ...group.signs];
		if (await isAnyRecent(files, nowMs - lifeMs)) continue;
		const before = await readSigns(group);
		const isUnreleased = before.some((text) => !text.includes('"released":true'));
		if (isUnreleased && (await isAnyRecent(files, nowMs - unreleasedLifeMs))) continue;
		if (isUnreleased) unreleased.push({ group, before: before.join('\n') });
		else await removeGroup(group);
	}
	if (unreleased.length === 0) return;
	await clock.sleep(watchMs);
	for (const { group, before } of unreleased) {
		if ((await readSigns(group)).join('\n') === before) await removeGroup(group);
	}
}

const { O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** What a file that is written now is dated. */
async function readFolderClock(folder: string): Promise<number> {
	const file = join(folder, 'clock');
	const handle = await openOwn(file, O_WRONLY | O_CREAT | O_TRUNC);
	try {
		// A network disk dates what it has received, and may receive it only when the file is closed.
		await handle.writeFile('now').finally(async () => await handle.close());
		return (await stat(file)).mtimeMs;
	} finally {
		await rm(file, { force: true });
	}
}

/**
 * A record is named `<key>` or `<package>-<key>`, and its lease `<key>`. Two packages may each have a record of the same key. What a
 * process that died was about to replace a record with is beside it, see `folderJournal`.
 */
async function readGroups(folder: string): Promise<Group[]> {
	const names = (await readdir(folder)).map((name) => /^(?:(\w+)-)?(\w+)\.(jsonl|lease)(?:\.[\w-]+\.new)?$/.exec(name));
	const parsed = names.flatMap((match) => (match === null ? [] : [match]));
	const packageOf = new Map(parsed.flatMap(([, prefix, key = '']) => (prefix === undefined ? [] : [[key, prefix]])));
	const groups = new Map<string, Group>();
	for (const [name, prefix, key = '', kind] of parsed) {
		const id = prefix ?? packageOf.get(key) ?? key;
		const group = groups.get(id) ?? { records: [], leases: [], signs: [] };
		groups.set(id, group);
		const file = join(folder, name);
		if (kind === 'jsonl') {
			group.records.push(file);
			continue;
		}
		group.leases.push(file);
		group.signs.push(...(await readdir(file).catch(() => [])).map((sign) => join(file, sign)));
	}
	return [...groups.values()];
}

/** One after another, because there may be thousands. */
async function readSigns({ signs }: Group): Promise<string[]> {
	const texts: string[] = [];
	for (const sign of signs) texts.push(await readFile(sign, 'utf8').catch(() => ''));
	return texts;
}

async function isAnyRecent(files: string[], oldestMs: number): Promise<boolean> {
	for (const file of files) {
		const stats = await stat(file).catch(() => undefined);
		if (stats !== undefined && stats.mtimeMs >= oldestMs) return true;
	}
	return false;
}

async function removeGroup({ records, leases, signs }: Group): Promise<void> {
	try {
		for (const file of [...records, ...signs]) await rm(file, { force: true });
		for (const lease of leases) await rmdir(lease);
	} catch {
		// Of another user, or somebody has just taken the lease: the others are still to be removed.
	}
}
