import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { StartThread } from '../../masv/node/startThread';
import { threadStarter } from '../../masv/node/startThread';

const register = pathToFileURL(join(__dirname, '..', 'simulation', 'register.mjs')).href;

/** How the thread is started from its source. */
export const threadSource = {
	program: join(__dirname, '..', '..', 'masv', 'node', 'thread', 'program.ts'),
	options: { execArgv: ['--import', register] },
};

/** Starts the thread from its source. */
export const startThreadFromSource: StartThread = threadStarter(threadSource.program, threadSource.options);
