import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runNpm } from './npm.ts';

export interface PackOptions {
	/** The package: the folder with `package.json`. */
	root: string;
	/** Where the tarball goes; made when missing. */
	into: string;
	/** Told one line for each stage. */
	report?: (line: string) => void;
}

/** Builds the package and packs it, exactly what `npm publish` would send; returns the path of the tarball. */
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
	if (name === undefined) throw new Error(`npm pack named no tarball: ${printed}`);
	return join(resolve(into), name);
}
