import e2e from './jest.config.mjs';

/** Apart from the other tests: for minutes n8n needs all that the machine has, and refuses what comes when it gets less. */
export default { ...e2e, testMatch: ['<rootDir>/e2e/**/*.burst.ts'] };
