import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '../transfer/journal';

/** A journal in a folder. Runs on other machines that see the same folder can resume too. */
export function folderJournal(folder: string): Journal {
	let prepared: Promise<void> | undefined;
	return {
		claim: async (key) => {
			await (prepared ??= prepare(folder));
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
					// The line break comes first, so that a line which a crash cut off does not spoil the next.
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

/** Another machine's run is taken for dead when it has not said otherwise for so long. Milliseconds. */
const silenceMs = 120_000;

const heartbeatMs = 30_000;

/** Nothing can be resumed after that: MASV's tokens and most storages' unfinished uploads live about a week. */
const recordLifeMs = 7 * 24 * 3_600_000;

/** Tells this process from an earlier one with the same number: in a container n8n gets the same number at each start. */
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
		// Only one of several can move the dead lock away; the others find a new one, or none.
		const aside = `${lock}.${randomUUID()}`;
		await rename(lock, aside).then(
			async () => await rm(aside, { force: true }),
			() => undefined,
		);
	}
	return false;
}

async function isAlive(lock: string): Promise<boolean> {
	let owner: Partial<Owner> = {};
	let silentMs = 0;
	try {
		silentMs = Date.now() - (await stat(lock)).mtimeMs;
		owner = JSON.parse(await readFile(lock, 'utf8')) as Partial<Owner>;
	} catch {
		// Gone meanwhile, or its owner died between making and writing it: its age decides.
	}
	if (owner.host !== hostname() || owner.pid === undefined) return silentMs < silenceMs;
	if (owner.pid === process.pid) return owner.instance === instance;
	try {
		process.kill(owner.pid, 0);
		return silentMs < silenceMs;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM' && silentMs < silenceMs;
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
			// The line that a crash cut off. What it would have said is done again.
		}
	}
	return lines;
}

async function prepare(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	const before = Date.now() - recordLifeMs;
	for (const name of await readdir(folder)) {
		const file = join(folder, name);
		const facts = await stat(file).catch(() => undefined);
		if (facts !== undefined && facts.mtimeMs < before) await rm(file, { force: true });
	}
}
