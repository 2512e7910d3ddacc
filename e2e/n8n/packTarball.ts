import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runNpm } from './npm.ts';

export interface PackOptions {
	/** Folder with the package's `package.json`. */
	root: string;
	/** Folder for the tarball; created if missing. */
	into: string;
	/** Called with one line per stage. */
	report?: (line: string) => void;
}

/** Builds and packs the package exactly as `npm publish` would; returns the path of the tarball. */
export async function packTarball({ root, into, report = () => {} }: PackOptions): Promise<string> {
	report('package: npm run build');
	await runNpm(['run', 'build', '--silent'], { cwd: root });
	await mkdir(into, { recursive: true });
	report('package: npm pack');
	const printed = await runNpm(['pack', '--silent', '--pack-destination', resolve(into)], { cwd: root });
	const name = printed
		.trim()
		.split('\n')
		.findLast((line) => line.endsWith('.tgz'));
	if (name === undefined) throw new Error(`npm pack did not print the name of a tarball: ${printed}`);
	return join(resolve(into), name);
}
