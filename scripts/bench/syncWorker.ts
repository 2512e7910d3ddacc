/**
 * One execution of the built MASV node in a process of its own, whose memory and processor time are measured from
 * its start to its end. The job is the first argument, as JSON; the result is sent to the parent process.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { INodeExecutionData } from 'n8n-workflow';

import type { Masv as MasvClass } from '../../nodes/Masv/Masv.node.ts';
import { fakeN8n } from '../../test/support/fakeN8n.ts';
import { timed } from './timed.ts';

export interface SyncJob {
	credential: { apiKey: string; teamId: string; baseUrl: string };
	parameters: Record<string, unknown>;
	executionId: string;
}

export interface SyncResult {
	seconds: number;
	cpuSeconds: number;
	/** For how long the event loop stood still at most, in milliseconds. */
	standstillMs: number;
	/** MiB above the memory of the process before the execution. */
	peakMebibytes: number;
	output: Array<Record<string, unknown>>;
}

const { credential, parameters, executionId } = JSON.parse(process.argv[2] ?? '') as SyncJob;
const built = join(import.meta.dirname, '..', '..', 'dist', 'nodes', 'Masv', 'Masv.node.js');
const { Masv } = createRequire(import.meta.url)(built) as { Masv: typeof MasvClass };
const { n8n } = fakeN8n({ parameters, credentials: { masvApi: credential }, executionId });

const mebibyte = 1024 * 1024;
const before = process.memoryUsage.rss() / mebibyte;
const cpuBefore = process.cpuUsage();
let output: INodeExecutionData[] = [];
const { seconds, standstillMs } = await timed(async () => {
	[output = []] = await new Masv().execute.call(n8n);
});
const { user, system } = process.cpuUsage(cpuBefore);
const result: SyncResult = {
	seconds,
	cpuSeconds: (user + system) / 1e6,
	standstillMs,
	// In KiB on all systems.
	peakMebibytes: process.resourceUsage().maxRSS / 1024 - before,
	output: output.map(({ json }) => json as Record<string, unknown>),
};
process.send?.(result, () => process.exit());
