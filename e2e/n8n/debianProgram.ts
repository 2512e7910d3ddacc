import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './runCommand.ts';

export interface DebianProgram {
	/** Names of its executable. The first one in PATH is used. */
	names: string[];
	/** Packages of Debian that contain it. */
	packages: string[];
	/** What to do if it cannot be installed: a sentence for the error. */
	otherwise: string;
}

/**
 * Finds a program, or installs it from Debian's packages if it is missing, which needs root.
 *
 * @returns the path of the executable
 * @throws Error that says what to do if it is missing and cannot be installed
 */
export async function debianProgram(program: DebianProgram): Promise<string> {
	const there = findProgram(program.names);
	if (there !== undefined) return there;
	const cause = await install(program.packages).catch((error: unknown) => error);
	const installed = findProgram(program.names);
	if (installed !== undefined) return installed;
	const message =
		`There is no ${program.names[0]}, and it could not be installed from Debian's packages, which needs root. ` +
		program.otherwise;
	throw new Error(message, { cause });
}

function findProgram(names: string[]): string | undefined {
	const folders = (process.env.PATH ?? '').split(delimiter);
	return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

async function install(packages: string[]): Promise<void> {
	const anywhere = { cwd: '/', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
	// Without new lists, the ones that are there may do.
	const retries = ['-o', 'Acquire::Retries=3'];
	await runCommand('apt-get', ['update', '-qq', ...retries], anywhere).catch(() => undefined);
	// Something else may be installing packages, too.
	const options = ['-y', '-qq', '--no-install-recommends', ...retries, '-o', 'DPkg::Lock::Timeout=300'];
	await runCommand('apt-get', ['install', ...options, ...packages], anywhere);
}
