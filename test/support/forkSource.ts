import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';

/**
 * Starts a file of this folder as a process of its own, with a job as JSON in its first argument.
 * @param under a command that starts the one after it, such as {@link asFirstProcess}
 */
export function forkSource(name: string, job: object, under: string[] = []): ChildProcess {
	const [execPath, ...execArgv] = [
		...under,
		process.execPath,
		'--import',
		join(__dirname, 'typescriptImports.mjs'),
		'--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
	];
	return fork(join(__dirname, name), [JSON.stringify(job)], { execPath, execArgv });
}
