import e2e from './jest.config.mjs';

/** Separate from the other tests: five processes of n8n, PostgreSQL and Redis, started once for all files. */
export default {
	...e2e,
	testMatch: ['<rootDir>/e2e/queue/*.queue.ts'],
	globalSetup: '<rootDir>/e2e/cluster/setUp.ts',
	globalTeardown: '<rootDir>/e2e/cluster/tearDown.ts',
};
