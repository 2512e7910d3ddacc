import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
	/** Called once if the lock is held by another process. */
	onWait?: () => void;
	/** Maximum time to wait for another process, in milliseconds. Default: 30 minutes. */
	timeoutMs?: number;
}

const heartbeatMs = 2_000;
/** After this long without a heartbeat, the owner of a lock is considered dead. */
const staleAfterMs = 20_000;

/**
 * Runs `work` while this process holds the lock file.
 *
 * The owner keeps updating the file's modification time, so that nobody waits for a process that was killed. The process
 * ID in the file shortens that wait, but is not enough alone: after a container restart it may belong to another process.
 *
 * @throws Error if another process holds the lock for longer than `timeoutMs`
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
	const giveUpAt = Date.now() + (options.timeoutMs ?? 30 * 60_000);
	for (let hasWaited = false; !(await create(file));) {
		if (await isStale(file)) {
			await removeStale(file);
			continue;
		}
		if (!hasWaited) options.onWait?.();
		hasWaited = true;
		if (Date.now() > giveUpAt)
			throw new Error(`Another process holds ${file}. If no such process is running, delete the file.`);
		await sleep(250);
	}
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(file, now, now).catch(() => {});
	}, heartbeatMs);
	try {
		return await work();
	} finally {
		clearInterval(heartbeat);
		await rm(file, { force: true });
	}
}

/** Creates the file with our process ID in it; returns false if it already exists. */
async function create(file: string): Promise<boolean> {
	try {
		const handle = await open(file, 'wx');
		try {
			await handle.writeFile(`${process.pid}\n`);
		} finally {
			await handle.close();
		}
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

/** Whether the owner of the lock is dead; false if the lock no longer exists. */
async function isStale(file: string): Promise<boolean> {
	try {
		const { mtimeMs } = await stat(file);
		if (Date.now() - mtimeMs > staleAfterMs) return true;
		const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
		// No ID yet: the owner is still writing it.
		return !Number.isNaN(pid) && !isAlive(pid);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
		throw error;
	}
}

/**
 * Removes the lock of a dead process. If several processes notice it at the same time, only one may remove it, and only
 * after checking again: otherwise a slower process would remove the lock that a faster one has just created.
 */
async function removeStale(file: string): Promise<void> {
	const right = `${file}.removing`;
	if (!(await create(right))) {
		if (await isStale(right)) await rm(right, { force: true });
		await sleep(50);
		return;
	}
	try {
		if (await isStale(file)) await rm(file, { force: true });
	} finally {
		await rm(right, { force: true });
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		// EPERM: the process exists, but belongs to another user.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
