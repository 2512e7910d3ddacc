/** Checks the contents and the size of the tarball, and loads every entry of the `n8n` block in `package.json` as n8n does. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { builtModules } from './bench/builtModules.ts';
import { builtEntries, loadBuiltEntry } from './loadBuiltNodes.ts';

const root = dirname(import.meta.dirname);
const maxTarballBytes = 300_000;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	dependencies: Record<string, string>;
};
const [packed] = JSON.parse(
	execFileSync('npm', ['pack', '--dry-run', '--json'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	}),
) as Array<{ files: Array<{ path: string }>; size: number; unpackedSize: number }>;

const files = packed?.files.map(({ path }) => path) ?? [];
const problems: string[] = [];

const allowed = /^(dist\/.+|README\.md|LICENSE\.md|package\.json)$/;
for (const file of files) if (!allowed.test(file)) problems.push(`${file} does not belong in the package`);
for (const file of ['README.md', 'LICENSE.md', 'package.json'])
	if (!files.includes(file)) problems.push(`${file} is missing`);

const schemas = join('nodes', 'Masv', '__schema__');
for (const file of readdirSync(join(root, schemas), { recursive: true, encoding: 'utf8' })) {
	const packedAs = join('dist', schemas, file);
	if (file.endsWith('.json') && !files.includes(packedAs)) problems.push(`${packedAs} is missing`);
}

const runTime = Object.keys(manifest.dependencies).sort().join(', ');
if (runTime !== 'p-limit, undici, zod') problems.push(`The runtime dependencies are ${runTime}`);

for (const entry of builtEntries()) {
	if (files.includes(entry)) loadBuiltEntry(entry);
	else problems.push(`${entry} is listed in package.json, but missing from the package`);
}

for (const file of builtModules)
	if (!files.includes(`dist/${file}`)) problems.push(`dist/${file}, which the benchmark calls, is missing`);

const bytes = packed?.size ?? Infinity;
if (bytes > maxTarballBytes) problems.push(`The tarball has ${bytes} bytes; the limit is ${maxTarballBytes}`);

for (const problem of problems) console.error(problem);
console.log(
	`${files.length} files, ${bytes} bytes packed, ${packed?.unpackedSize} bytes unpacked, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
