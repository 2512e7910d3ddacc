/**
 * Fails when files import each other in a circle, by type imports too: such files can only be understood all at once. Fails
 * also when a file loads both nock and the sandbox, however indirectly: nock replaces how sockets connect, for the whole
 * process, and real connections then break or carry damaged bodies, in the tests that run after it too.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { preProcessFile } from 'typescript';

const folders = ['credentials', 'e2e', 'masv', 'nodes', 'sandbox', 'scripts', 'test'];
const sandbox = join('sandbox', 'start.ts');
const files = folders
	.flatMap((folder) => globSync(`${folder}/**/*.ts`))
	.filter((file) => !file.includes('node_modules'));
const importsOf = new Map(files.map((file) => [file, readImports(file)]));
const circles = findCircles();
for (const circle of circles) console.error(`Circle: ${circle.join(' -> ')}`);
const mixed = files.filter((file) => nockMeetsSandbox(reachedFrom(file)));
for (const file of mixed) console.error(`${file} loads both nock and ${sandbox}`);
if (circles.length + mixed.length > 0) process.exitCode = 1;

function readImports(file: string): string[] {
	return preProcessFile(readFileSync(file, 'utf8'))
		.importedFiles.map(({ fileName }) => (fileName.startsWith('.') ? resolve(join(dirname(file), fileName)) : fileName))
		.filter((target) => target !== undefined);
}

function resolve(path: string): string | undefined {
	return [path, `${path}.ts`, join(path, 'index.ts')]
		.map(normalize)
		.find((each) => /\.ts$/.test(each) && existsSync(each));
}

/** One circle for each import that closes one. */
function findCircles(): string[][] {
	const found: string[][] = [];
	const done = new Set<string>();
	const visit = (file: string, above: string[]): void => {
		const at = above.indexOf(file);
		if (at >= 0) {
			found.push([...above.slice(at), file]);
			return;
		}
		if (done.has(file)) return;
		for (const target of importsOf.get(file) ?? []) visit(target, [...above, file]);
		done.add(file);
	};
	for (const file of files) visit(file, []);
	return found;
}

/** The file itself, what it imports, and what those import; packages by name. */
function reachedFrom(file: string, reached = new Set<string>()): Set<string> {
	if (reached.has(file)) return reached;
	reached.add(file);
	for (const target of importsOf.get(file) ?? []) reachedFrom(target, reached);
	return reached;
}

function nockMeetsSandbox(reached: Set<string>): boolean {
	return reached.has('nock') && reached.has(sandbox);
}
