import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runNpm } from './npm.ts';
import { runCommand } from './runCommand.ts';

/**
 * The newest Node of a major version, from the npm package `node`, or the one that is there from an earlier time.
 * @param folder where it is kept, in `node-<major>`
 * @returns the path of its executable
 * @throws CommandError if it cannot be installed
 */
export async function installNode(major: number, folder: string, report: (line: string) => void): Promise<string> {
	const home = join(folder, `node-${major}`);
	const program = join(home, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
	if (!existsSync(program)) {
		await mkdir(home, { recursive: true });
		await writeFile(
			join(home, 'package.json'),
			JSON.stringify({ private: true, dependencies: { node: String(major) } }),
		);
		// With its install script, which fetches the executable for this platform.
		await runNpm(['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: home });
	}
	report(`Node ${(await runCommand(program, ['--version'], { cwd: home })).trim()}`);
	return program;
}
