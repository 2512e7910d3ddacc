import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { compileSqlite } from './compileSqlite.ts';
import { installNode } from './installNode.ts';
import { runNpm } from './npm.ts';
import { CommandError, runCommand } from './runCommand.ts';
import { withLock } from './withLock.ts';

export interface N8nInstall {
	/** Contains n8n's `package.json` and `node_modules`. */
	folder: string;
	/** The `n8n` command's script. */
	bin: string;
	/** The Node to run it with. */
	node: string;
	version: string;
}

export interface InstallOptions {
	/** Installation folder; created if missing. About 2 GB. */
	folder: string;
	/** Default: `MASV_N8N_VERSION`, which `npm run test:compat` sets, or else the version pinned in `e2e/package.json`. */
	version?: string;
	/** Called with one line per stage, and with the Node that was chosen for another version; never if the pinned n8n is already installed. */
	report?: (line: string) => void;
}

const pinned = manifest.dependencies.n8n;

/** File in a complete tree that records what it was made from. It is written last: without it, the tree is incomplete. */
const wholeMark = '.whole';

/**
 * Installs a version of n8n, or returns the existing installation. The pinned version runs on the Node of this process, any other
 * one on the oldest Node that it supports, which npm downloads.
 *
 * The tree is built under a temporary name and renamed when complete, so that an interrupted installation is never
 * mistaken for a complete one, and an orphaned installer cannot write into a tree in use. If several processes call
 * this, one installs and the others wait for it.
 *
 * Install scripts are disabled: one dependency of n8n (a Kafka client, not needed here) would compile for minutes, fail,
 * and fail the whole installation. `compileSqlite` builds the only native module that is needed.
 *
 * @throws Error that says what to do if the network or a compiler is not available
 */
export async function installN8n(options: InstallOptions): Promise<N8nInstall> {
	const { version = process.env.MASV_N8N_VERSION ?? pinned, report = () => {} } = options;
	const folder = resolve(options.folder);
	const name = version === pinned ? 'n8n' : `version-${version}`;
	const tree = join(folder, name);
	const found = async (): Promise<N8nInstall> => ({
		folder: tree,
		bin: join(tree, 'node_modules', 'n8n', 'bin', 'n8n'),
		node: await nodeFor(tree, version, folder, report),
		version,
	});
	if (await isWhole(tree, version)) return await found();
	await mkdir(folder, { recursive: true });
	await withLock(
		join(folder, 'install.lock'),
		async () => {
			if (await isWhole(tree, version)) return;
			const startedAt = Date.now();
			await removeTrees(folder, name);
			const staging = join(folder, `${name}-${process.pid}-${startedAt}`);
			await mkdir(staging, { recursive: true });
			// Without bun: npm looks up dev dependencies even if it does not install them.
			const { devDependencies: _installer, ...installed } = { ...manifest, dependencies: { n8n: version } };
			await writeFile(join(staging, 'package.json'), `${JSON.stringify(installed, null, '\t')}\n`);

			const bun = await getBun(folder, report);
			await installPackages(staging, version, bun, report);
			await compileSqlite({ tree: staging, report });

			await writeFile(join(staging, wholeMark), recipe(version));
			await rename(staging, tree);
			report(`n8n ${version} is installed (${secondsSince(startedAt)} s)`);
		},
		{ onWait: () => report('Waiting for another process that is installing n8n') },
	);
	return await found();
}

/**
 * The Node that runs the n8n in this tree. Its native modules use Node-API or are prebuilt, so any Node may have installed them.
 * @param folder for a Node that has to be downloaded
 * @throws Error if the pinned version does not run on the Node of this process
 */
async function nodeFor(tree: string, version: string, folder: string, report: (line: string) => void): Promise<string> {
	const { engines } = JSON.parse(await readFile(join(tree, 'node_modules', 'n8n', 'package.json'), 'utf8')) as {
		engines: { node: string };
	};
	const oldest = Number(/\d+/.exec(engines.node)?.[0]);
	if (version !== pinned) return await installNode(oldest, folder, report);
	if (Number.parseInt(process.versions.node, 10) >= oldest) return process.execPath;
	throw new Error(
		`n8n ${version} needs Node ${engines.node}; this is ${process.versions.node}. ` +
			'Use "npm run": npm scripts use the Node 24 that "npm ci" installed into node_modules.',
	);
}

/** Everything that makes an installed tree outdated if it changes: the versions and the native platform. */
function recipe(version: string): string {
	const { overrides } = manifest;
	const native = { modules: process.versions.modules, platform: process.platform, arch: process.arch };
	return `${JSON.stringify({ dependencies: { n8n: version }, overrides, native })}\n`;
}

async function isWhole(tree: string, version: string): Promise<boolean> {
	return (await readFile(join(tree, wholeMark), 'utf8').catch(() => '')) === recipe(version);
}

/** Removes an outdated tree and what interrupted installations left, even if an orphaned installer still writes to it. */
async function removeTrees(folder: string, name: string): Promise<void> {
	for (const each of await readdir(folder)) {
		if (each !== name && !each.startsWith(`${name}-`)) continue;
		const tree = join(folder, each);
		// The mark is removed first, so that an interrupted removal does not leave a tree that looks complete.
		await rm(join(tree, wholeMark), { force: true });
		const doomed = join(folder, `${name}-old-${process.pid}-${Date.now()}`);
		await rename(tree, doomed);
		await rm(doomed, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
	}
}

/** Path of the bun executable, installed from npm; undefined if there is none for this machine. */
async function getBun(folder: string, report: (line: string) => void): Promise<string | undefined> {
	const version = manifest.devDependencies.bun;
	const home = join(folder, `bun-${version}`);
	const found = await findBun(home);
	if (found !== undefined) return found;
	report(`installer: bun ${version} from npm`);
	await rm(home, { recursive: true, force: true });
	await mkdir(home, { recursive: true });
	await writeFile(join(home, 'package.json'), `${JSON.stringify({ private: true, dependencies: { bun: version } })}\n`);
	try {
		// Its install script only moves the executable out of the right platform package.
		await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: home });
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		report(`installer: bun is not available (${firstErrorLine(error)})`);
		return undefined;
	}
	return await findBun(home);
}

/** The first bun that runs: npm may install several, for other C libraries or older processors. */
async function findBun(home: string): Promise<string | undefined> {
	const packages = join(home, 'node_modules', '@oven');
	const names = await readdir(packages).catch(() => []);
	for (const name of names.sort()) {
		const program = join(packages, name, 'bin', process.platform === 'win32' ? 'bun.exe' : 'bun');
		if (!existsSync(program)) continue;
		const version = await runCommand(program, ['--version'], { cwd: home, timeoutMs: 10_000 }).catch(() => '');
		if (version.trim() !== '') return program;
	}
	return undefined;
}

async function installPackages(
	tree: string,
	version: string,
	bun: string | undefined,
	report: (line: string) => void,
): Promise<void> {
	const startedAt = Date.now();
	if (bun !== undefined) {
		report(`n8n packages: n8n ${version} and about 1800 more, with bun`);
		try {
			// Uses bun's cache in the home folder, so that a second checkout installs without the network.
			await runCommand(bun, ['install', '--production', '--ignore-scripts', '--no-save'], { cwd: tree });
			report(`n8n packages: in place (${secondsSince(startedAt)} s)`);
			return;
		} catch (error) {
			if (!(error instanceof CommandError)) throw error;
			report(`n8n packages: bun failed (${firstErrorLine(error)}), trying again with npm`);
			await rm(join(tree, 'node_modules'), { recursive: true, force: true, maxRetries: 3 });
		}
	} else {
		report(`n8n packages: n8n ${version} and about 2400 more, with npm; this takes a few minutes`);
	}
	await runNpm(
		['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
		{
			cwd: tree,
		},
	);
	report(`n8n packages: in place (${secondsSince(startedAt)} s)`);
}

function firstErrorLine(error: CommandError): string {
	const line = error.output.split('\n').find((text) => /error/i.test(text)) ?? error.message.split('\n')[0] ?? '';
	return line.trim().slice(0, 160);
}

function secondsSince(startedAt: number): number {
	return Math.round((Date.now() - startedAt) / 1000);
}
