import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** `CLK_TCK`: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** User and system time of a process with all its threads, in seconds with a resolution of 10 ms. */
export async function cpuSeconds(pid: number): Promise<number> {
	const text = await readFile(`/proc/${pid}/stat`, 'utf8');
	// The name in parentheses may contain spaces; user and system time are the 12th and 13th fields after it.
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory in MiB: current, and peak since {@link forgetPeak}. */
export async function memory(pid: number): Promise<{ now: number; peak: number }> {
	const text = await readFile(`/proc/${pid}/status`, 'utf8');
	const mebibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
	return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

/** Resets the peak to the current resident memory (proc(5), `clear_refs`). */
export async function forgetPeak(pid: number): Promise<void> {
	await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** Waits until a process is idle: at most 2 % of a core over half a second. */
export async function waitUntilIdle(pid: number, giveUpMs = 60_000): Promise<void> {
	const giveUpAt = Date.now() + giveUpMs;
	for (let before = await cpuSeconds(pid); ;) {
		await sleep(500);
		const after = await cpuSeconds(pid);
		if (after - before <= 0.01 || Date.now() > giveUpAt) return;
		before = after;
	}
}

export interface Usage {
	/** Elapsed time. */
	seconds: number;
	cpuSeconds: number;
	/** MiB above the idle level; NaN if that is meaningless. */
	peakMebibytes: number;
	/** For how long the event loop stood still at most, in milliseconds. Only of workers. */
	standstillMs?: number;
}

/** Measures an idle process while `task` runs; the task returns the seconds that its own work took. */
export async function watchProcess(pid: number, task: () => Promise<number>): Promise<Usage> {
	await forgetPeak(pid);
	const idle = (await memory(pid)).now;
	const cpuBefore = await cpuSeconds(pid);
	const seconds = await task();
	const cpuAfter = await cpuSeconds(pid);
	return { seconds, cpuSeconds: cpuAfter - cpuBefore, peakMebibytes: (await memory(pid)).peak - idle };
}
