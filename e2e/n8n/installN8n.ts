import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { compileSqlite } from './compileSqlite.ts';
import { runNpm } from './npm.ts';
import { CommandError, runCommand } from './runCommand.ts';
import { withLock } from './withLock.ts';

export interface N8nInstall {
	/** Holds `package.json` and `node_modules` of n8n. */
	folder: string;
	/** The script that is the `n8n` command. */
	bin: string;
	/** The Node to run it with. */
	node: string;
	version: string;
}

export interface InstallOptions {
	/** Where everything goes; made when missing. About 2 GB. */
	folder: string;
	/** Told one line for each stage. Silent when n8n is there already. */
	report?: (line: string) => void;
}

/** n8n 2.36 and newer refuses older ones. */
const oldestNodeMajor = 24;

/** In the finished tree: what it was made from. Written last, so that a tree without it is not whole. */
const wholeMark = '.whole';

/**
 * Installs the n8n that is pinned in `e2e/package.json`, or returns the one that is there.
 *
 * The tree is made under a name of its own and renamed when it is whole: a killed install leaves nothing that could
 * be taken for one, and what a killed installer may still write goes where nobody looks. Of several processes one
 * installs, the others wait for it.
 *
 * Install scripts are off: a dependency of n8n (a Kafka client nobody needs here) would try to compile for minutes,
 * fail, and take the whole tree with it. The one module that has to be native is made by `compileSqlite`.
 *
 * @throws Error with what to do, when the network or a compiler is missing
 */
export async function installN8n({ folder: given, report = () => {} }: InstallOptions): Promise<N8nInstall> {
	assertNode();
	const folder = resolve(given);
	const tree = join(folder, 'n8n');
	const install: N8nInstall = {
		folder: tree,
		bin: join(tree, 'node_modules', 'n8n', 'bin', 'n8n'),
		node: process.execPath,
		version: manifest.dependencies.n8n,
	};
	if (await isWhole(tree)) return install;
	await mkdir(folder, { recursive: true });
	await withLock(
		join(folder, 'install.lock'),
		async () => {
			if (await isWhole(tree)) return;
			const startedAt = Date.now();
			await removeTrees(folder);
			const staging = join(folder, `n8n-${process.pid}-${startedAt}`);
			await mkdir(staging, { recursive: true });
			// Without the installer: npm looks up dev dependencies even where it leaves them out.
			const { devDependencies: _installer, ...installed } = manifest;
			await writeFile(join(staging, 'package.json'), `${JSON.stringify(installed, null, '\t')}\n`);

			const bun = await getBun(folder, report);
			await installPackages(staging, bun, report);
			await compileSqlite({ tree: staging, report });

			await writeFile(join(staging, wholeMark), recipe());
			await rename(staging, tree);
			report(`n8n ${install.version} is installed (${secondsSince(startedAt)} s)`);
		},
		{ onWait: () => report('n8n is being installed by another process, waiting for it') },
	);
	return install;
}

function assertNode(): void {
	if (Number.parseInt(process.versions.node, 10) < oldestNodeMajor) {
		throw new Error(
			`n8n ${manifest.dependencies.n8n} needs Node ${oldestNodeMajor}, this is ${process.versions.node}. ` +
				'Start this with "npm run": npm scripts use the Node 24 that "npm ci" put into node_modules.',
		);
	}
}

/** Everything that, when it changes, makes an installed tree unfit: the pinned versions, and whom native code fits. */
function recipe(): string {
	const { dependencies, overrides } = manifest;
	const native = { modules: process.versions.modules, platform: process.platform, arch: process.arch };
	return `${JSON.stringify({ dependencies, overrides, native })}\n`;
}

async function isWhole(tree: string): Promise<boolean> {
	return (await readFile(join(tree, wholeMark), 'utf8').catch(() => '')) === recipe();
}

/** Removes an outdated tree and what killed installs left. An orphaned installer may still be writing into one. */
async function removeTrees(folder: string): Promise<void> {
	for (const name of await readdir(folder)) {
		if (name !== 'n8n' && !name.startsWith('n8n-')) continue;
		const tree = join(folder, name);
		// The mark goes first: a removal that is cut short must not leave something that looks whole.
		await rm(join(tree, wholeMark), { force: true });
		const doomed = join(folder, `n8n-old-${process.pid}-${Date.now()}`);
		await rename(tree, doomed);
		await rm(doomed, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
	}
}

/** The bun program, from npm; undefined where there is none for this machine. */
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
		// Its install script only moves the program of the right platform package to where a shell finds it.
		await runNpm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], { cwd: home });
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		report(`installer: no bun (${firstErrorLine(error)})`);
		return undefined;
	}
	return await findBun(home);
}

/** The first bun that runs: npm may bring several (other C libraries, older processors), named after what they are for. */
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

async function installPackages(tree: string, bun: string | undefined, report: (line: string) => void): Promise<void> {
	const { version, startedAt } = { version: manifest.dependencies.n8n, startedAt: Date.now() };
	if (bun !== undefined) {
		report(`n8n packages: n8n ${version} and about 1800 more, with bun`);
		try {
			// Bun's own cache folder in the home folder is used: a second checkout then installs without the network.
			await runCommand(bun, ['install', '--production', '--ignore-scripts', '--no-save'], { cwd: tree });
			report(`n8n packages: in place (${secondsSince(startedAt)} s)`);
			return;
		} catch (error) {
			if (!(error instanceof CommandError)) throw error;
			report(`n8n packages: bun failed (${firstErrorLine(error)}), once more with npm`);
			await rm(join(tree, 'node_modules'), { recursive: true, force: true, maxRetries: 3 });
		}
	} else {
		report(`n8n packages: n8n ${version} and about 2400 more, with npm; this takes some minutes`);
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
