import e2e from './jest.config.mjs';

/** Separate from the other tests: n8n needs the whole machine for minutes, and rejects requests if it gets less. */
export default { ...e2e, testMatch: ['<rootDir>/e2e/**/*.burst.ts'] };
