import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { runCommand, type CommandOptions } from './runCommand.ts';

/**
 * npm passes its settings to scripts as `npm_config_*` variables. An npm started by such a script would treat them as its
 * own command line: `npm run --prefix x` would install into x, and the `legacy-peer-deps` of this repository would omit
 * packages that n8n needs. node-gyp reads `npm_config_nodedir`, which in a user's npmrc may point to the headers of
 * another Node version.
 */
const inheritedSettings =
	/^npm_config_(nodedir|prefix|local_prefix|global|workspace|workspaces|omit|include|dry_run|legacy_peer_deps)$/i;

/** The environment without the npm settings that were meant for the calling npm. */
export function npmEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(env).filter(([name]) => !inheritedSettings.test(name)));
}

/**
 * npm's JavaScript file: of the npm that runs this script, else of the one in PATH.
 * Run it with the current Node, so that no wrapper picks another version.
 *
 * @throws Error if npm is not found
 */
function findNpm(env: NodeJS.ProcessEnv = process.env): string {
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
	throw new Error('npm was not found. Run this through npm ("npm run demo", "npm run test:e2e").');
}

/** The node-gyp bundled with npm; undefined if this npm has none. */
export function findNodeGyp(env: NodeJS.ProcessEnv = process.env): string | undefined {
	const candidates = [
		env.npm_config_node_gyp,
		join(dirname(findNpm(env)), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
	];
	return candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
}

/** Runs npm in a folder and returns its standard output. */
export async function runNpm(args: string[], options: CommandOptions): Promise<string> {
	return await runCommand(process.execPath, [findNpm(), ...args], {
		...options,
		env: npmEnvironment(options.env ?? process.env),
	});
}
