import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { MasvClient } from '../../masv/client';
import { sendPackage } from '../../masv/upload/sendPackage';
import { patternBytes, rangeOf, streamOf } from '../support/testSources';
import { createDispatcher } from '../../masv/node/dispatcher';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { systemClock } from '../../masv/node/systemClock';
import { createTransport } from '../../masv/node/undiciTransport';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
// For other tests in this process.
setFlagsFromString('--no-expose-gc');

const mebibyte = 1024 * 1024;

/** The sandbox stores what it receives, so it must run outside the process whose memory is measured. */
async function startSandboxProcess(): Promise<{ child: ChildProcess; url: string; apiKey: string; teamId: string }> {
	const child = spawn(process.execPath, ['sandbox/main.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
	const facts: Record<string, string> = {};
	for await (const line of createInterface({ input: child.stdout })) {
		const [, name, value] = /^\s*(Base URL|API key|Team ID):?\s+(\S+)\s*$/i.exec(line) ?? [];
		if (name !== undefined && value !== undefined) facts[name.toLowerCase()] = value;
		if (Object.keys(facts).length === 3) break;
	}
	child.stdout.resume();
	return { child, url: facts['base url'] ?? '', apiKey: facts['api key'] ?? '', teamId: facts['team id'] ?? '' };
}

function openDescriptors(): number {
	return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

describe('500 uploads in one process', () => {
	it('leak no heap memory, buffers, sockets, descriptors or timers', async () => {
		const { child, url, apiKey, teamId } = await startSandboxProcess();
		const dispatcher = createDispatcher();
		const contents = patternBytes(6 * mebibyte, 9);
		const deliver = async (count: number): Promise<void> => {
			for (let index = 0; index < count; index++) {
				const bytes = index % 10 === 0 ? contents : contents.subarray(0, 10_000);
				const makeSource = index % 2 === 0 ? rangeOf : streamOf;
				await sendPackage(
					new MasvClient({
						baseUrl: url,
						apiKey,
						teamId,
						transport: createTransport(dispatcher),
						clock: systemClock,
						hashing: nodeHashing,
					}),
					{
						target: { kind: 'team', request: { name: `upload ${index}`, description: '', recipients: [] } },
						sources: [makeSource('file.bin', bytes)],
						partBytes: 5 * mebibyte,
						unfinished: 'delete',
					},
				);
			}
		};
		const measure = async () => {
			// Before anything that takes long: connections that are idle for some seconds are closed.
			const resources = process.getActiveResourcesInfo();
			const open = {
				descriptors: openDescriptors(),
				sockets: resources.filter((name) => name === 'TCPSocketWrap').length,
				timers: resources.filter((name) => name === 'Timeout').length,
			};
			// Freed buffers are returned by another thread, which may be late: what counts is what stays after many turns.
			let [heap, buffers] = [Infinity, Infinity];
			for (let turn = 0; turn < 50; turn++) {
				collectGarbage();
				await new Promise((resolve) => setImmediate(resolve));
				heap = Math.min(heap, process.memoryUsage().heapUsed);
				buffers = Math.min(buffers, process.memoryUsage().external);
			}
			return { heap, buffers, ...open };
		};
		try {
			await deliver(100);
			const before = await measure();
			await deliver(400);
			const after = await measure();
			// Leaking a small object per request would add a few MiB, leaking a buffer hundreds.
			expect(after.heap - before.heap).toBeLessThan(4 * mebibyte);
			expect(after.buffers - before.buffers).toBeLessThan(32 * mebibyte);
			expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
			expect(after.sockets).toBeLessThanOrEqual(before.sockets + 2);
			expect(after.timers).toBeLessThanOrEqual(before.timers + 2);
		} finally {
			await dispatcher.destroy();
			child.kill();
			await new Promise((resolve) => child.once('exit', resolve));
		}
	}, 600_000);
});
