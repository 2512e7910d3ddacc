import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { runCommand, type CommandOptions } from './runCommand.ts';

/**
 * The settings of the npm that runs us reach its scripts as `npm_config_*` variables. An npm started by such a script
 * takes them for the command line of its own: `npm run --prefix x` would install into x, and the `legacy-peer-deps` of
 * this repository would leave out what n8n needs. And node-gyp reads `npm_config_nodedir`, which in a user's npmrc may
 * name the headers of another Node.
 */
const inheritedSettings =
	/^npm_config_(nodedir|prefix|local_prefix|global|workspace|workspaces|omit|include|dry_run|legacy_peer_deps)$/i;

/** This environment, without the npm settings that are meant for another command than ours. */
export function npmEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(env).filter(([name]) => !inheritedSettings.test(name)));
}

/**
 * The JavaScript file that is npm: the npm that runs this script, else the one in PATH.
 * It is run with the Node we are, so that no wrapper chooses another.
 *
 * @throws Error when there is no npm
 */
export function findNpm(env: NodeJS.ProcessEnv = process.env): string {
	const running = env.npm_execpath;
	if (running !== undefined && basename(running) === 'npm-cli.js') return running;
	for (const folder of (env.PATH ?? '').split(delimiter)) {
		const candidates = [join(folder, 'npm'), join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js')];
		for (const candidate of candidates) {
			if (!existsSync(candidate)) continue;
			const real = realpathSync(candidate);
			if (basename(real) === 'npm-cli.js') return real;
		}
	}
	throw new Error('npm was not found. Start this with npm ("npm run demo", "npm run test:e2e").');
}

/** npm's own node-gyp, or undefined when this npm comes without one. */
export function findNodeGyp(env: NodeJS.ProcessEnv = process.env): string | undefined {
	const candidates = [
		env.npm_config_node_gyp,
		join(dirname(findNpm(env)), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
	];
	return candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
}

/** Runs npm in a folder and returns what it printed. */
export async function runNpm(args: string[], options: CommandOptions): Promise<string> {
	return await runCommand(process.execPath, [findNpm(), ...args], {
		...options,
		env: npmEnvironment(options.env ?? process.env),
	});
}
