import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
	/** Told once, when there is a wait. */
	onWait?: () => void;
	/** Milliseconds to wait for another process at most. */
	timeoutMs?: number;
}

const heartbeatMs = 2_000;
/** A lock that nobody has touched for so long belongs to a process that is gone. */
const staleAfterMs = 20_000;

/**
 * Runs `work` while this process alone holds the lock file.
 *
 * Its owner touches the file all the time, so that the lock of a killed process is not waited for. The process id in
 * it shortens that, but does not do alone: after a container was restarted the id may be another process's.
 *
 * @throws Error when another process keeps the lock for longer than `timeoutMs`
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
	const giveUpAt = Date.now() + (options.timeoutMs ?? 30 * 60_000);
	for (let told = false; !(await create(file));) {
		if (await isStale(file)) {
			await removeStale(file);
			continue;
		}
		if (!told) options.onWait?.();
		told = true;
		if (Date.now() > giveUpAt) throw new Error(`Another process holds ${file}. Delete it if that is not so.`);
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

/** Makes the file with our process id in it; false when there is one. */
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

/** Whether the owner of the lock is gone; false when the lock itself is. */
async function isStale(file: string): Promise<boolean> {
	try {
		const { mtimeMs } = await stat(file);
		if (Date.now() - mtimeMs > staleAfterMs) return true;
		const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
		// No id yet: the owner is just writing it.
		return !Number.isNaN(pid) && !isAlive(pid);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
		throw error;
	}
}

/**
 * Removes the lock of a process that is gone. Of several that noticed at once only one may do so, after another look:
 * otherwise the slower one would remove the lock that the faster one has just made.
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
		// EPERM: it lives and belongs to somebody else.
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
