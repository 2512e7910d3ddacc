import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { measureRate, type Window } from './measureRate.ts';

/**
 * Runs the C program of `limit.c`, which does nothing but move bytes, and ends it in the middle.
 *
 * @param words the program and its arguments
 * @param prefix words before them, for example to enter a network namespace
 * @returns the rate after the warm-up, in bytes per second
 * @throws Error if the program ends before
 */
export async function measureRaw(prefix: string[], words: string[], window: Window): Promise<number> {
	const [program = '', ...rest] = [...prefix, ...words];
	const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
	const ended = once(child, 'exit');
	try {
		return await measureRate(ended, window);
	} finally {
		child.kill();
		await ended;
	}
}
