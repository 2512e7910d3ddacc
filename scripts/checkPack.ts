/** Checks the contents of the tarball, and loads every entry of the `n8n` block in `package.json` as n8n does. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const require = createRequire(import.meta.url);

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	n8n: { nodes: string[]; credentials: string[] };
	dependencies: Record<string, string>;
};
const [packed] = JSON.parse(
	execFileSync('npm', ['pack', '--dry-run', '--json'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	}),
) as Array<{ files: Array<{ path: string }>; unpackedSize: number }>;

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

for (const entry of [...manifest.n8n.nodes, ...manifest.n8n.credentials]) {
	if (!files.includes(entry)) {
		problems.push(`${entry} is listed in package.json, but missing from the package`);
		continue;
	}
	const exported = require(join(root, entry)) as Record<string, new () => object>;
	const name = basename(entry).split('.')[0] as string;
	const Loaded = exported[name];
	if (Loaded === undefined) problems.push(`${entry} does not export ${name}`);
	else new Loaded();
}

for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${packed?.unpackedSize} bytes unpacked, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
