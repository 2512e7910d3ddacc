import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** The process ID that Linux gave last: the next process or thread gets the one after it. Only root may set it. */
const lastPid = '/proc/sys/kernel/ns_last_pid';

/** Threads of other programs take IDs, too. */
const maxAttempts = 50;

/**
 * Starts a program that does nothing, under the process ID of one that has ended, as happens when the IDs begin again.
 * @returns undefined if the system does not allow it
 */
export function reusePid(pid: number): ChildProcess | undefined {
	for (let attempt = 0; attempt < maxAttempts; attempt++) {
		try {
			writeFileSync(lastPid, String(pid - 1));
		} catch {
			return undefined;
		}
		const child = spawn('sleep', ['600'], { stdio: 'ignore' });
		child.on('error', () => {});
		if (child.pid === pid) return child;
		child.kill('SIGKILL');
	}
	return undefined;
}
