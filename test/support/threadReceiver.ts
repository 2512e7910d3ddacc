/**
 * A process that gets content in a thread, which writes it to a file, and reports the status, or why it failed. The job comes as JSON in
 * the first argument.
 */
import { closeSync, openSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import type { WorkerOptions } from 'node:worker_threads';

import { threadStarter } from '../../masv/node/startThread';
import { ReceiveThreads } from '../../masv/node/thread/receiveThreads';
import type { LentFile } from '../../masv/transport';
import { patientTimeouts } from './patientTimeouts';

export interface ThreadReceiverJob {
	url: string;
	path: string;
	program: string;
	options: WorkerOptions;
	/** Whom the process trusts, in PEM. Default: as Node was started. */
	authorities?: string[];
}

async function main({ url, path, program, options, authorities }: ThreadReceiverJob): Promise<void> {
	if (authorities !== undefined) setDefaultCACertificates(authorities);
	const file = openSync(path, 'w');
	const threads = new ReceiveThreads({ timeouts: patientTimeouts, start: threadStarter(program, options) });
	const lent: LentFile = {
		...{ file, position: 0, end: undefined, bufferBytes: 100_000, blockBytes: undefined },
		check: () => undefined,
		arrived: () => undefined,
		written: () => true,
		summed: () => undefined,
		explain: async (error) => await Promise.reject(error),
		giveBack: () => closeSync(file),
	};
	const content = { takes: () => true, take: () => undefined, lend: () => lent };
	const request = { operation: 'get it', method: 'GET', url, headers: {}, maxResponseBytes: 1_000, content };
	const report = await threads.get(request).then(
		({ status }) => String(status),
		(error: unknown) => String(error),
	);
	threads.destroy();
	process.send?.(report, () => process.disconnect());
}

void main(JSON.parse(process.argv[2] ?? '') as ThreadReceiverJob);
