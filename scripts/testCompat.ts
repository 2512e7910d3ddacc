/**
 * Runs the examples in another version of n8n, on the oldest Node that it supports: `npm run test:compat -- 2.35.7`. What else is
 * given is passed on to jest.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const root = dirname(import.meta.dirname);
const [version = '', ...others] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) {
	console.error('Which version of n8n? For example: npm run test:compat -- 2.35.7');
	process.exit(2);
}
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { status } = spawnSync(process.execPath, [jest, '-c', 'e2e/jest.config.mjs', 'e2e/examples', ...others], {
	cwd: root,
	stdio: 'inherit',
	env: { ...process.env, MASV_N8N_VERSION: version },
});
process.exitCode = status ?? 1;
