import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Starts a file of this folder as a process of its own, with a job as JSON in its first argument. */
export function forkSource(name: string, job: object): ChildProcess {
	return fork(join(__dirname, name), [JSON.stringify(job)], {
		execArgv: ['--import', join(__dirname, 'typescriptImports.mjs'), '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
	});
}
