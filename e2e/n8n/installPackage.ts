import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { runNpm } from './npm.ts';
import { runCommand } from './runCommand.ts';

interface PackageManifest {
	name: string;
	version: string;
	peerDependencies?: unknown;
	devDependencies?: unknown;
	optionalDependencies?: unknown;
}

/**
 * Puts a packed node package where n8n looks for community packages, step by step as n8n's own installer does it
 * (`downloadPackage` in its `community-packages.service`): unpack, drop peer, dev and optional dependencies from its
 * `package.json`, install the rest below it without scripts. n8n itself takes packages from the public registry only.
 *
 * The peer `n8n-workflow` is left out because n8n offers its own copy to every node it loads.
 *
 * @param tarball what `npm pack` made
 * @param nodesFolder `<N8N_USER_FOLDER>/.n8n/nodes`
 * @returns the folder of the package
 */
export async function installPackage(tarball: string, nodesFolder: string): Promise<string> {
	// The name is known only from inside, and a folder is moved faster than unpacked twice.
	const unpacked = join(nodesFolder, '.unpacking');
	await rm(unpacked, { recursive: true, force: true });
	await mkdir(unpacked, { recursive: true });
	await runCommand('tar', ['-xzf', resolve(tarball), '-C', unpacked, '--strip-components=1'], { cwd: nodesFolder });
	const packed = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8')) as PackageManifest;
	const { devDependencies: _dev, peerDependencies: _peer, optionalDependencies: _optional, ...manifest } = packed;

	const folder = join(nodesFolder, 'node_modules', ...packed.name.split('/'));
	await rm(folder, { recursive: true, force: true });
	await mkdir(dirname(folder), { recursive: true });
	await rename(unpacked, folder);
	await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
	await runNpm(
		[
			'install',
			'--audit=false',
			'--fund=false',
			'--bin-links=false',
			'--install-strategy=shallow',
			'--ignore-scripts=true',
			'--package-lock=false',
			// Not n8n's: what "npm ci" of this repository has just fetched need not come again.
			'--prefer-offline',
		],
		{ cwd: folder },
	);
	await writeFile(
		join(nodesFolder, 'package.json'),
		JSON.stringify(
			{ name: 'installed-nodes', private: true, dependencies: { [manifest.name]: manifest.version } },
			null,
			2,
		),
	);
	return folder;
}
