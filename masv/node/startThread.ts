import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

import type { TransportTimeouts } from './dispatcher';
import { countThread } from './nodeLoad';
import type { ThreadSettings } from './thread/messages';

/** @throws where the process may not start threads, for example under Node's permission model */
export type StartThread = (timeouts: TransportTimeouts) => Worker;

/** Its buffers are outside of its heap, and it keeps little else. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 };

/**
 * @param program the file of `thread/program.ts`. Default: as it was built; the sources have none
 * @param options for tests
 */
export function threadStarter(program?: string, options: WorkerOptions = {}): StartThread {
	return (timeouts) => {
		const workerData: ThreadSettings = { timeouts, authorities: getCACertificates('default') };
		const file = program ?? join(__dirname, 'thread', 'program.js');
		const worker = new Worker(file, { ...options, workerData, resourceLimits });
		worker.once('exit', countThread(worker.performance));
		return worker;
	};
}
