import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { base } from '../jest.config.mjs';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** The installed n8n: 300,000 files that jest must not list or watch. */
const installedN8n = '<rootDir>/e2e/\\.n8n';

export default {
	...base,
	rootDir,
	roots: ['<rootDir>/e2e'],
	testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
	globalSetup: '<rootDir>/e2e/support/setUp.ts',
	globalTeardown: '<rootDir>/e2e/support/tearDown.ts',
	modulePathIgnorePatterns: [installedN8n],
	testPathIgnorePatterns: ['/node_modules/', installedN8n],
	watchPathIgnorePatterns: [installedN8n],
	// `find` and watchman would walk the whole tree and filter afterwards; jest's own walk does not enter ignored folders.
	haste: { forceNodeFilesystemAPI: true },
	watchman: false,
	// While it starts, one n8n uses 700 MB and two cores.
	maxWorkers: 1,
	// The first test installs n8n.
	testTimeout: 10 * 60_000,
	// A test file that fails while it opens its servers leaves them open, and jest would wait for them for ever.
	forceExit: true,
};
