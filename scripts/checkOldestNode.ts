/** Loads the built nodes with the oldest Node that `package.json` allows, which npm downloads. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { runNpm } from '../e2e/n8n/npm.ts';

const root = dirname(import.meta.dirname);
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
const oldest = engines.node.replace('>=', '');

const printed = await runNpm(['exec', '--yes', `--package=node@${oldest}`, '--', 'node', 'scripts/loadBuiltNodes.ts'], {
	cwd: root,
});
console.log(printed.trim());
process.exitCode = printed.includes(`Node v${oldest}.`) ? 0 : 1;
