import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { measureRate, type Window } from './measureRate.ts';
import { type Usage, waitUntilIdle, watchProcess } from './proc.ts';
import type { Timed } from './timed.ts';

type Program = 'worker.ts' | 'downloadWorker.ts';

interface StartedWorker {
	pid: number;
	/** Begins the job. */
	run: () => Promise<Timed>;
	/** Ends it, also in the middle. */
	stop: () => Promise<void>;
}

/**
 * Starts a new Node process, which is warm and idle then.
 *
 * @param program file name in this folder; gets the job as its argument
 * @param prefix words before the command, for example to enter a network namespace
 */
async function startWorker(
	prefix: string[],
	program: Program,
	job: { kind: string },
	certificate: string,
): Promise<StartedWorker> {
	const root = join(import.meta.dirname, '..', '..');
	const hooks = join(root, 'test', 'support', 'typescriptImports.mjs');
	const node = [process.execPath, '--import', hooks, '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
	const words = [...prefix, ...node, join(import.meta.dirname, program), JSON.stringify(job)];
	const child = spawn(words[0] as string, words.slice(1), {
		// The package takes `n8n-workflow` from n8n.
		env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate, NODE_PATH: join(root, 'node_modules') },
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	const ended = once(child, 'exit') as Promise<[number | null]>;
	const message = async (): Promise<unknown> =>
		await Promise.race([
			once(child, 'message').then(([content]) => content as unknown),
			ended.then(([code]) => Promise.reject(new Error(`${job.kind} ended early (${code})`))),
		]);
	const pid = child.pid as number;
	const stop = async (): Promise<void> => {
		if (child.connected) child.disconnect();
		child.kill();
		await ended;
	};
	const run = async (): Promise<Timed> => {
		const done = message();
		child.send('go');
		return (await done) as Timed;
	};
	try {
		await message();
		await waitUntilIdle(pid);
		return { pid, run, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

/**
 * Runs one job in a new Node process.
 *
 * @param onReady called when the process is warm and idle
 */
export async function measureWorker(
	prefix: string[],
	program: Program,
	job: { kind: string },
	certificate: string,
	onReady: () => Promise<void>,
): Promise<Usage> {
	const worker = await startWorker(prefix, program, job, certificate);
	try {
		await onReady();
		let standstillMs = NaN;
		const usage = await watchProcess(worker.pid, async () => {
			const result = await worker.run();
			standstillMs = result.standstillMs;
			return result.seconds;
		});
		return { ...usage, standstillMs };
	} finally {
		await worker.stop();
	}
}

/**
 * Runs one job in a new Node process, and ends it in the middle.
 *
 * @returns the rate after the warm-up, in bytes per second, and the memory of the whole run
 * @throws Error if the job ends before
 */
export async function measureWindow(
	prefix: string[],
	program: Program,
	job: { kind: string },
	certificate: string,
	window: Window,
): Promise<{ bytesPerSecond: number; peakMebibytes: number }> {
	const worker = await startWorker(prefix, program, job, certificate);
	let bytesPerSecond = 0;
	try {
		const { peakMebibytes } = await watchProcess(worker.pid, async () => {
			bytesPerSecond = await measureRate(worker.run(), window);
			return window.measuredMs / 1000;
		});
		return { bytesPerSecond, peakMebibytes };
	} finally {
		await worker.stop();
	}
}
