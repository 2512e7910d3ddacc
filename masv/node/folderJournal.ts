import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '../transfer/journal';

/** A journal in a folder. With a shared folder, runs on other machines can resume uploads too. */
export function folderJournal(folder: string): Journal {
	let prepared: Promise<void> | undefined;
	return {
		claim: async (key) => {
			await (prepared ??= prepareFolder(folder));
			const file = join(folder, `${key}.jsonl`);
			const lock = join(folder, `${key}.lock`);
			if (!(await takeLock(lock))) return undefined;
			const heartbeat = setInterval(() => void touch(lock), heartbeatMs);
			heartbeat.unref();
			const unlock = async (): Promise<void> => {
				clearInterval(heartbeat);
				await rm(lock, { force: true });
			};
			try {
				return {
					lines: await readLines(file),
					// The line break comes first. Otherwise, a line truncated by a crash would corrupt the next one.
					append: async (line) => await writeFile(file, `\n${JSON.stringify(line)}`, { flag: 'a', mode: 0o600 }),
					remove: async () => await rm(file, { force: true }),
					release: unlock,
				};
			} catch (error) {
				await unlock();
				throw error;
			}
		},
	};
}

/** A lock without a heartbeat for this long is stale. */
const staleAfterMs = 120_000;

const heartbeatMs = 30_000;

/** Package tokens (docs/masv-api.md#package-tokens) and most unfinished multipart uploads expire after about a week. */
const recordLifeMs = 7 * 24 * 3_600_000;

/** Distinguishes this process from an earlier one with the same PID, which is common in containers. */
const instance = randomUUID();

interface Owner {
	host: string;
	pid: number;
	instance: string;
}

async function takeLock(lock: string): Promise<boolean> {
	for (let attempt = 0; attempt < 3; attempt++) {
		try {
			const handle = await open(lock, 'wx', 0o600);
			const owner: Owner = { host: hostname(), pid: process.pid, instance };
			await handle.writeFile(JSON.stringify(owner));
			await handle.close();
			return true;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
		if (await isAlive(lock)) return false;
		// Only one process can rename the stale lock. The others then find a new lock, or none.
		const staleLock = `${lock}.${randomUUID()}`;
		await rename(lock, staleLock).then(
			async () => await rm(staleLock, { force: true }),
			() => undefined,
		);
	}
	return false;
}

async function isAlive(lock: string): Promise<boolean> {
	let owner: Partial<Owner> = {};
	let ageMs = 0;
	try {
		ageMs = Date.now() - (await stat(lock)).mtimeMs;
		owner = JSON.parse(await readFile(lock, 'utf8')) as Partial<Owner>;
	} catch {
		// Deleted in the meantime, or its owner crashed before writing it: the age decides.
	}
	if (owner.host !== hostname() || owner.pid === undefined) return ageMs < staleAfterMs;
	if (owner.pid === process.pid) return owner.instance === instance;
	try {
		process.kill(owner.pid, 0);
		return ageMs < staleAfterMs;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM' && ageMs < staleAfterMs;
	}
}

async function touch(lock: string): Promise<void> {
	const now = new Date();
	await utimes(lock, now, now).catch(() => undefined);
}

async function readLines(file: string): Promise<unknown[]> {
	let text: string;
	try {
		text = await readFile(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
		throw error;
	}
	const lines: unknown[] = [];
	for (const line of text.split('\n')) {
		if (line === '') continue;
		try {
			lines.push(JSON.parse(line));
		} catch {
			// Truncated by a crash. The step it recorded is repeated.
		}
	}
	return lines;
}

async function prepareFolder(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const oldestMs = Date.now() - recordLifeMs;
	for (const name of await readdir(folder)) {
		const file = join(folder, name);
		const stats = await stat(file).catch(() => undefined);
		if (stats !== undefined && stats.mtimeMs < oldestMs) await rm(file, { force: true });
	}
}
