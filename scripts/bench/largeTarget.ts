import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { runCommand } from '../../e2e/n8n/runCommand.ts';
import { mebibyte } from './options.ts';

/** More than is on its way at the same time. */
const keptBytes = 3 * 1024 * mebibyte;

/**
 * Creates a folder for a file that is larger than the memory: a memory file system that claims to have room for it. The file must be
 * received from its begin to its end: each second, a hole takes the place of what was received before the last 3 GiB. Needs `mount`,
 * and `fallocate` of util-linux.
 * @param received so far, in bytes
 * @returns removes the folder
 * @throws CommandError if the machine does not allow it
 */
export async function mountLargeTarget(
	folder: string,
	bytes: number,
	received: () => Promise<number>,
): Promise<() => Promise<void>> {
	const run = async (...[file = '', ...words]: string[]): Promise<void> =>
		void (await runCommand(file, words, { cwd: '/' }));
	let isEnding = false;
	const free = async (): Promise<void> => {
		for (let freed = 0; !isEnding; await sleep(1000)) {
			const end = Math.floor(((await received()) - keptBytes) / mebibyte) * mebibyte;
			if (end <= freed) continue;
			for (const path of await filesLongerThan(end, folder))
				await run('fallocate', '--punch-hole', '--offset', `${freed}`, '--length', `${end - freed}`, path);
			freed = end;
		}
	};
	await mkdir(folder, { recursive: true });
	await run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder);
	const freeing = free();
	freeing.catch(() => undefined);
	return async () => {
		isEnding = true;
		try {
			await freeing;
		} finally {
			await run('umount', folder);
			await rm(folder, { recursive: true, force: true });
		}
	};
}

async function filesLongerThan(bytes: number, folder: string): Promise<string[]> {
	const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
	// What the run notes is renamed and removed meanwhile.
	const sizeOf = async (path: string): Promise<number> =>
		await stat(path).then(
			({ size }) => size,
			() => 0,
		);
	const sizes = await Promise.all(paths.map(sizeOf));
	return paths.filter((_, index) => (sizes[index] as number) > bytes);
}
