import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { memory, type Usage } from './proc.ts';

/** Prints `real user sys` in seconds: bash gets the times of the finished child from the kernel. */
const timed = 'TIMEFORMAT="%R %U %S"; { time "$@" 2>/dev/null >/dev/null; } 2>&3';

/** Short enough for a run of 100 ms, long enough not to distort it. */
const lookEveryMs = 10;

/**
 * Runs a program until it ends and returns its usage. The peak includes all of its memory: a new process has no idle
 * state, so the caller subtracts the peak of a run with almost no work.
 *
 * @param prefix words before the command, for example to enter a network namespace
 * @param input the program's standard input
 */
export async function runMeasured(prefix: string[], command: string[], input = ''): Promise<Usage> {
	const words = [...prefix, 'bash', '-c', timed, 'bench', ...command];
	const child = spawn(words[0] as string, words.slice(1), { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] });
	const [, , errors, times] = child.stdio;
	child.stdin?.on('error', () => undefined).end(input);
	const printed: Buffer[] = [];
	errors?.on('data', (piece: Buffer) => printed.push(piece));
	let text = '';
	(times as NodeJS.ReadableStream).on('data', (piece: Buffer) => (text += piece.toString()));
	const closed = once(child, 'close') as Promise<[number | null]>;
	const state = { hasEnded: false };
	void closed.then(() => (state.hasEnded = true));
	let peak = 0;
	while (!state.hasEnded) {
		// The shell's only child is the program.
		const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').catch(() => '');
		const pid = Number(children.trim().split(' ')[0]);
		if (pid > 0) peak = Math.max(peak, await memory(pid).then((found) => found.peak || 0, () => 0)); // prettier-ignore
		await Promise.race([closed, sleep(lookEveryMs)]);
	}
	const [code] = await closed;
	if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${Buffer.concat(printed).toString()}`);
	const [seconds = 0, user = 0, system = 0] = text.trim().split(' ').map(Number);
	return { seconds, cpuSeconds: user + system, peakMebibytes: peak };
}
