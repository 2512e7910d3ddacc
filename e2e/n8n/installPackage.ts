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
 * Installs a packed node package where n8n looks for community packages, with the same steps as n8n's own installer
 * (`downloadPackage` in its `community-packages.service`): unpack, remove peer, dev and optional dependencies from its
 * `package.json`, and install the others below it without scripts. n8n itself only installs from the public registry.
 *
 * The peer dependency `n8n-workflow` is not installed because n8n provides its own copy to every node it loads.
 *
 * @param tarball the output of `npm pack`
 * @param nodesFolder `<N8N_USER_FOLDER>/.n8n/nodes`
 * @returns the folder of the package
 */
export async function installPackage(tarball: string, nodesFolder: string): Promise<string> {
	// The package's name is only known after unpacking, and moving a folder is faster than unpacking twice.
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
			// Not used by n8n: "npm ci" in this repository has usually just downloaded the same packages.
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
