import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { type Usage, waitUntilIdle, watchProcess } from './proc.ts';

/**
 * Runs one job in a new Node process.
 *
 * @param program file name in this folder; gets the job as its argument
 * @param prefix words before the command, for example to enter a network namespace
 * @param onReady called when the process is warm and idle
 */
export async function measureWorker(
	prefix: string[],
	program: 'worker.ts' | 'downloadWorker.ts',
	job: { kind: string },
	certificate: string,
	onReady: () => Promise<void>,
): Promise<Usage> {
	const words = [...prefix, process.execPath, join(import.meta.dirname, program), JSON.stringify(job)];
	const child = spawn(words[0] as string, words.slice(1), {
		env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	const ended = once(child, 'exit') as Promise<[number | null]>;
	const message = async (): Promise<unknown> =>
		await Promise.race([
			once(child, 'message').then(([content]) => content as unknown),
			ended.then(([code]) => Promise.reject(new Error(`${job.kind} ended early (${code})`))),
		]);
	const pid = child.pid as number;
	try {
		await message();
		await waitUntilIdle(pid);
		await onReady();
		return await watchProcess(pid, async () => {
			const done = message();
			child.send('go');
			return Number(await done);
		});
	} finally {
		if (child.connected) child.disconnect();
		child.kill();
		await ended;
	}
}
